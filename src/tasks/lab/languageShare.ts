// Language consistency in the lab, by script alone: its few words in a row ("no no wrong try") are too odd a text for an identifier of
// languages to tell, and what mixes in them is Latin and Han.
import { thoughtText } from '../../rewards/format.ts';
import { scriptOf, wordsOf } from '../../rewards/language/scripts.ts';
import type { RewardFunction, TaskRow } from '../task.ts';
import { people } from './general/item.ts';

/** Tags are no words, and names are of no language. */
const noWord = new RegExp(`</?(?:think|answer)>|\\b(?:${people.join('|')})\\b`, 'g');

/** The share of the words of a thought (of all of the response where no tags mark one) that are of the prompt's language, 0 to 1; null where it has none. */
function consistency(row: TaskRow, completion: string): number | null {
  const words = wordsOf(thoughtText(completion).replace(noWord, ' '));
  const script = scriptOf(row.language as string);
  return words.length === 0 ? null : words.filter((word) => script.has(word)).length / words.length;
}

/** For reports: null where a thought has no words, as that of most chains. */
export const labLanguage: RewardFunction = ({ completions, rows }) => completions.map((completion, i) => consistency(rows[i], completion));

/** DeepSeek-R1's language reward (section 2.3.2 of the paper). Without words nothing is mixed: 1, so that no one is paid for writing some. */
export const labLanguageReward: RewardFunction = ({ completions, rows }) =>
  completions.map((completion, i) => consistency(rows[i], completion) ?? 1);
