// The lab's vocabulary: 608 tokens, each a word, a whole number, a sign or a tag, separated by spaces in every text.
// Numbers up to 400 are single tokens, as in Llama 3 (three digits), so that arithmetic costs one token a value.
// The order is the token id: it must never change, or the shipped base reads another language.

/** The largest number that is a token; intermediate results of every problem stay within 0..400. */
export const maxNumber = 400;

const vocabularySize = 608;

/** The control tokens, ids 0 to 2. `<eos>` ends a response; documents begin with their prompt, so there is no bos. */
export const labSpecials = { unk: '<unk>', eos: '<eos>', pad: '<pad>' } as const;

const tags = ['<think>', '</think>', '<answer>', '</answer>'];
const signs = ['+', '-', '*', '/', '(', ')', '=', ',', '.', ':', '?'];
const problemWords = 'user assistant make from try wait no wrong yes again but maybe check so guess i in order the'.split(' ');
const generalWords = (
  'first then hello hi good morning evening thanks welcome glad hope please sorry ann bob tom li friend doctor you your me my am is are be a and or not ' +
  'to of for with that it what how can will should do need say tell talk answer help helps find rest sleep eat drink swim sick tired hungry thirsty sad ' +
  'hot cold bad steal hurt lie break number even odd comes before after bigger smaller than color red blue green white fire water ice snow sun sky grass ' +
  'milk food bread money house dog cat horse bird fish night'
).split(' ');
const chineseWords = (
  '试 等 不 错 对 猜 再 但 查 那 也许 依次 你 好 我 是 的 吗 什么 怎么 能 可以 请 帮 谢谢 对不起 朋友 助手 医生 说 找 和 早上 晚上 睡 吃 喝 累 饿 渴 冷 热 病 难过 ' +
  '偷 骗 伤害 偶数 奇数 数 前 后 比 大 小 火 水 冰 雪 太阳 天 草 奶 红 蓝 绿 白 狗 猫 钱'
).split(' ');

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
