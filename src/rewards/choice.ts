// Multiple choice: which option a response chooses, for the reward of the right one and for a vote. Nothing is gained by naming several options.
import { finalTexts, retraction } from './finalText.ts';
import { hedge, hedgeBehind } from './hedges.ts';
import type { Answers, RewardFunction } from './reward.ts';

const letters = 'ABCDEFGHIJ';

/**
 * 1 where the response chooses the right option and no other, else 0; null where the row's gold is none of its options.
 * @param answerColumn the column with the gold: a letter.
 * @param optionsColumn the column with the options' texts, in the order of their letters; two to ten.
 */
export function choiceAccuracy(answerColumn: string, optionsColumn: string): RewardFunction {
  return ({ completions, rows }) =>
    completions.map((completion, i) => {
      const options: unknown = rows[i][optionsColumn];
      const gold = indexOfLetter(String(rows[i][answerColumn] ?? '').trim());
      if (!Array.isArray(options) || options.length < 2 || options.length > letters.length || gold < 0 || gold >= options.length)
        return null;
      return Number(agreedOption(finalTexts(completion), options.map(String)) === gold);
    });
}

/** The letter of the option that the response chooses. @param optionsColumn as for `choiceAccuracy` */
export function choiceAnswers(optionsColumn: string): Answers {
  return {
    of: (completion, row) => {
      const options: unknown = row[optionsColumn];
      const chosen = Array.isArray(options) ? agreedOption(finalTexts(completion), options.map(String)) : undefined;
      return chosen === undefined ? null : letters[chosen];
    },
  };
}

/**
 * The option that a response chooses whose answer may be read so (`finalTexts`), counted from 0; undefined for none or several. The first reading
 * decides, which is that of a box where there is one, unless the whole text chooses another option
 * ("\boxed{A} The answer is B").
 */
export function agreedOption(readings: readonly string[], options: readonly string[]): number | undefined {
  const chosen = readings.map((text) => chosenOption(text, options)).filter((option, i) => i === 0 || option !== undefined);
  return chosen.every((option) => option === chosen[0]) ? chosen[0] : undefined;
}

// "the answer is", "Answer:", "I choose", "my choice would be option"
const statement =
  /\b(?:(?:answer|choice|option|one)\b(?:\s+(?:here|to the question|i choose))?\s*(?:is|:|=|must be|would be|should be)|it(?:'s|\s+is|\s+must\s+be)|(?:i|we)(?:'d)?\s+(?:would\s+)?(?:choose|pick|select|go with|chose))\s*:?\s*(?:(?:option|choice|letter|answer)\s+)?/gi;
const clauseEnd = /[.;!,\n](?!\d)|\b(?:because|since|while|whereas|(?<!\b(?:all|any|every)(?:thing)? )but)\b/;
const denied =
  /\b(?:not|neither|nor|wrong|incorrect|false|eliminated?|excluded?|ruled? out|cannot|impossible|unlikely|except|other than|(?:all|any|every)(?:thing)? but)\b|n't\b|\?/i;
const praised =
  /\b(?:also|too\W*$|as well|correct|right|true|possibl[ey]|could|may|might|maybe|perhaps|answers?|equally|valid|works?|or|both)(?:\b|$)/i;

/**
 * The option that the text chooses, counted from 0; undefined where it chooses none or more than one.
 * Read from the first "the answer is", "I choose" and their like (after the last one that a "no" or "wait" takes back), else from the beginning.
 * There a letter alone, in parentheses or as a label, or the text that is exactly one option's. Letters that are denied ("not A", "A is
 * wrong") do not count, nor, after an answer, those of which something is said ("A is too small"); any other second letter makes it no choice. Nor is
 * a guess one ("maybe B", "the answer could be B", "B, perhaps"), as in mathematics.
 */
export function chosenOption(text: string, options: readonly string[]): number | undefined {
  const single = text.replace(/[^\S\n]+/g, ' ');
  const marks = [...single.matchAll(statement)];
  const takenBack = [...single.slice(0, marks.at(-1)?.index).matchAll(new RegExp(retraction, 'gi'))].at(-1)?.index ?? -1;
  const mark = marks.find(({ index }) => index > takenBack);
  if (mark && joined.test(single.slice(Math.max(0, mark.index - 20), mark.index))) return undefined;
  if (
    mark &&
    hedge.test(
      single
        .slice(0, mark.index)
        .split(/[.;!?\n](?!\d)/)
        .at(-1) ?? '',
    )
  )
    return undefined;
  const said = single.slice(mark ? mark.index + mark[0].length : 0).trim();
  const named = optionOf(said, options);
  if (named !== undefined) return named;
  const chosen = new Set<number>();
  for (const clause of clauses(said)) {
    const found = lettersIn(clause, options.length);
    if (found.length === 0) continue;
    if (denied.test(clause)) continue;
    if (mark && chosen.size > 0 && explains.test(clause) && !praised.test(clause) && clause.search(statement) < 0) continue;
    if (hedge.test(clause.slice(0, placeOf(found[0], clause)))) return undefined;
    for (const letter of found) chosen.add(letter);
    if (chosen.size > 1) return undefined;
  }
  const [only] = chosen;
  if (
    chosen.size !== 1 ||
    hedgeBehind.test(said.split(/[.;!\n](?!\d)|\b(?:because|since)\b/).find((part) => placeOf(only, part) >= 0) ?? '')
  )
    return undefined;
  // "B) Paris" where Paris is another option's text.
  const labelled = /^\W*(?:(?:option|choice|answer)\s*)?\(?[A-J][\s).:,=-]+(.+)$/is.exec(said.split('\n')[0]);
  const other = labelled ? optionOf(labelled[1], options) : undefined;
  return other === undefined || other === only ? only : undefined;
}

// "A or the answer is B"
const joined = /\b[A-J]\)?\s*(?:,|\/|\bor\b|\band\b)\s*(?:the\s+)?$/i;
const explains =
  /^\W*(?:and\s+)?(?:(?:[Oo]ption|[Cc]hoice|[Aa]nswer)s?\s+)?\(?[A-HJ]\)?(?:\s+(?!or\b|and\b)[a-z]|:.*\b(?:is|are|was|has|does|would|gives)\b)/;

/** Pieces of a sentence; "A, C and D" stays together. */
function clauses(text: string): string[] {
  return text.replace(/\b[A-J](?: ?, ?[A-J]){0,9} ?,? ?(?:and|or) [A-J]\b/g, (list) => list.replaceAll(',', ' ')).split(clauseEnd);
}

/** The option whose text this is, word for word but for case, spaces and closing punctuation. */
function optionOf(text: string, options: readonly string[]): number | undefined {
  const plain = (words: string) =>
    words
      .toLowerCase()
      .replace(/\s+/g, ' ')
      .replace(/[\s.,;!"'()[\]]+$/, '')
      .replace(/^[\s"'([]+/, '');
  const same = options.flatMap((option, i) => (plain(option) !== '' && plain(option) === plain(text) ? [i] : []));
  return same.length === 1 ? same[0] : undefined;
}

/** The options that a clause names by letter. A capital A or I before a word is an article or a pronoun unless something is said of it. */
function lettersIn(clause: string, count: number): number[] {
  const alone = /^[\s("']*([a-j])[\s).:"']*$/i.exec(clause);
  if (alone) return indexes([alone[1]], count);
  const found: string[] = [];
  for (const match of clause.matchAll(/(?<![\p{L}\p{N}'-])(?:\(\s*([A-Ja-j])\s*\)|([A-J])(?![\p{L}\p{N}'^_+-]))/gu)) {
    const [all, enclosed, bare] = match;
    const next = clause.slice(match.index + all.length);
    const before = clause.slice(0, match.index);
    const article = (bare === 'A' || bare === 'I') && /^\s+[a-z]/.test(next) && !/^\s+(?:is|was|and|or|nor|seems|looks|has)\b/.test(next);
    if (!article || /\b(?:option|choice|letter|answer)\s+$/i.test(before)) found.push(enclosed ?? bare);
  }
  return indexes(found, count);
}

const letterPatterns = [...letters].map((letter) => new RegExp(`(?<![\\p{L}\\p{N}])${letter}(?![\\p{L}\\p{N}])`, 'iu'));

/** Where an option's letter stands in a text; -1 where it does not. */
function placeOf(option: number, text: string): number {
  return text.search(letterPatterns[option]);
}

function indexes(found: readonly string[], count: number): number[] {
  return found.map(indexOfLetter).filter((at) => at < count);
}

/** -1 where it is no letter of an option. */
function indexOfLetter(text: string): number {
  return text.length === 1 ? letters.indexOf(text.toUpperCase()) : -1;
}
