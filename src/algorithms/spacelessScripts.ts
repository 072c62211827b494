// Scripts that are written without spaces between words: where words are counted or compared, there a character is a word.

/** For within the brackets of a regular expression with the flag u. */
export const spacelessScripts = ['Han', 'Hiragana', 'Katakana', 'Thai', 'Lao', 'Khmer', 'Myanmar']
  .map((name) => `\\p{Script=${name}}`)
  .join('');

const word = new RegExp(`[${spacelessScripts}]|[^\\s${spacelessScripts}]+`, 'gu');

/** What stands between white space, signs included; a character of a script without spaces is a word of its own. */
export function spacedWords(text: string): string[] {
  return text.match(word) ?? [];
}
