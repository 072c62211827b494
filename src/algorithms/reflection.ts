// How often a response turns on itself: the words that DeepSeek-R1's paper counts (wait, mistake, however, but, retry, error,
// verify, wrong, evaluate, check), or a task's own.

export const paperReflectionWords = [
  'wait',
  'mistake',
  'however',
  'but',
  'retry',
  'error',
  'verify',
  'wrong',
  'evaluate',
  'check',
] as const;

/** Counts whole words of Latin script, whatever their case, and occurrences of words in scripts that write none apart. */
export function wordCounter(words: readonly string[]): (text: string) => number {
  const literal = (word: string): string => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const spaced = words.filter((word) => /^\p{Script=Latin}+$/u.test(word)).map(literal);
  const unspaced = words.filter((word) => !/^\p{Script=Latin}+$/u.test(word)).map(literal);
  const parts = [...(spaced.length > 0 ? [`(?<!\\p{L})(?:${spaced.join('|')})(?!\\p{L})`] : []), ...unspaced];
  if (parts.length === 0) return () => 0;
  const pattern = new RegExp(parts.join('|'), 'giu');
  return (text) => text.match(pattern)?.length ?? 0;
}
