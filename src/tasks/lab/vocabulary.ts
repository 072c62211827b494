// The lab's vocabulary: 512 tokens, each a word, a whole number, a sign or a tag, separated by spaces in every text.
// Numbers up to 400 are single tokens, as in Llama 3 (three digits), so that arithmetic costs one token a value.
// The order is the token id: it must never change, or the shipped base reads another language.

/** The largest number that is a token; intermediate results of every problem stay within 0..400. */
export const maxNumber = 400;

const vocabularySize = 512;

/** The control tokens, ids 0 to 2. `<eos>` ends a response; documents begin with their prompt, so there is no bos. */
export const labSpecials = { unk: '<unk>', eos: '<eos>', pad: '<pad>' } as const;

const tags = ['<think>', '</think>', '<answer>', '</answer>'];
const signs = ['+', '-', '*', '/', '(', ')', '=', ',', '.', ':', '?'];
const problemWords = 'user assistant make from try wait no wrong yes again but maybe check so guess i in order the'.split(' ');
const generalWords = (
  'hello you are good bad how what is am can me help my a to and or bigger smaller than even odd hot cold fire water sun sky blue red color ' +
  'friend sad tired sleep talk steal hurt lie not sorry do thanks'
).split(' ');
const chineseWords = '试 等 不 错 对 猜 再 但 查 那 也许 依次 你 好 我 是 什么 热 冷 火 水 大 小 比 谢谢 偷 帮'.split(' ');

/** All words that are not specials, in the order of their ids. */
export const labWords: readonly string[] = fill([
  ...tags,
  ...signs,
  ...Array.from({ length: maxNumber + 1 }, (_, n) => String(n)),
  ...problemWords,
  ...generalWords,
  ...chineseWords,
]);

function fill(words: string[]): string[] {
  const size = vocabularySize - Object.keys(labSpecials).length;
  if (words.length > size) throw new Error(`the lab's vocabulary holds ${words.length} words, ${size} fit`);
  return [...words, ...Array.from({ length: size - words.length }, (_, i) => `<reserved_${i}>`)];
}
