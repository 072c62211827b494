// DeepSeek-R1's language consistency: the share of words of the target language in the chain of thought (facts of the paper, section 2.3.2).
// By script where that decides (Latin against Han, exactly); between languages of one script by identifying its sentences.
import { InputError } from '../../platform/errors.ts';
import { thoughtText } from '../format.ts';
import type { RewardFunction, TaskRow } from '../reward.ts';
import { identify } from './identify.ts';
import { proseOf } from './prose.ts';
import { type Script, scriptOf, wordsOf } from './scripts.ts';

/** Fewer words than this do not tell their language. */
const PIECE = 6;
const sentenceEnd = /[.!?;:\u3002\uff01\uff1f\uff1b\uff1a\n]+/;

/**
 * The share of a text's words that are of a language, 0 to 1; null where it has no words. Words of another script are not; words of the
 * same script by the sentences they stand in, joined to pieces of six words and more: a piece is of the language where that is at least
 * half as likely as the likeliest. Fewer than six words of the script in all pass for it. Of formulas and code only words of other
 * scripts than Latin count: what looks like Latin words there are names.
 * @param language ISO 639: en, zh, fr.
 * @throws InputError where there is no such language.
 */
export async function languageShare(text: string, language: string): Promise<number | null> {
  const script = scriptOf(language);
  const { prose, rest } = proseOf(text);
  const latin = scriptOf('en');
  const sentences = prose.split(sentenceEnd).map(wordsOf);
  const words = [...sentences.flat(), ...wordsOf(rest).filter((word) => !latin.has(word))];
  if (words.length === 0) return null;
  let right = words.filter((word) => script.has(word)).length;
  if (script.shared && right > 0)
    for (const piece of pieces(sentences, script)) {
      const likeliest = await identify(piece.join(' '));
      const own = likeliest.find((found) => found.language === language)?.probability ?? 0;
      if (own < likeliest[0].probability / 2) right -= piece.length;
    }
  return right / words.length;
}

/** Sentences of the script's words, short ones joined to the next, the last to the one before. */
function pieces(sentences: readonly (readonly string[])[], script: Script): string[][] {
  const found: string[][] = [];
  let open: string[] = [];
  for (const sentence of sentences) {
    open.push(...sentence.filter((word) => script.has(word)));
    if (open.length < PIECE) continue;
    found.push(open);
    open = [];
  }
  if (found.length > 0) found[found.length - 1].push(...open);
  return found;
}

/** The language of a text, ISO 639; undefined where it has no words. */
export async function languageOf(text: string): Promise<string | undefined> {
  const words = wordsOf(proseOf(text).prose);
  return words.length === 0 ? undefined : (await identify(words.join(' ')))[0]?.language;
}

/**
 * The share of words of the target language in the thought, or in the whole response where there are no tags of a thought; null where
 * that has no words. The paper adds it to the reward as it is.
 * @param language of every response; without one it is the row's column `language`, else the language of its prompt.
 */
export function languageConsistency(language?: string): RewardFunction {
  if (language !== undefined) scriptOf(language);
  const ofPrompt = new Map<string, Promise<string | undefined>>();
  const target = (row: TaskRow): string | Promise<string | undefined> => {
    if (language !== undefined) return language;
    if (typeof row.language === 'string') return row.language;
    if (row.language !== undefined && row.language !== null)
      throw new InputError(`the column "language" of ${row.id} is not the code of a language, such as en`);
    const known = ofPrompt.get(row.id) ?? languageOf(promptText(row.prompt));
    ofPrompt.set(row.id, known);
    return known;
  };
  return ({ completions, rows }) =>
    Promise.all(
      completions.map(async (completion, i) => {
        const wanted = await target(rows[i]);
        return wanted === undefined ? null : languageShare(thoughtText(completion), wanted);
      }),
    );
}

function promptText(prompt: TaskRow['prompt']): string {
  if (typeof prompt === 'string') return prompt;
  return prompt.flatMap(({ role, content }) => (role === 'system' ? [] : [content])).join('\n');
}
