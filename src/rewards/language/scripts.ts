// Words by their script. A script that is written without spaces has a word a character.
import { spacelessScripts } from '../../algorithms/spacelessScripts.ts';
import { InputError } from '../../platform/errors.ts';

/** ISO 15924, but for those that are several scripts in one. */
const compound: Record<string, readonly string[]> = {
  Hans: ['Hani'],
  Hant: ['Hani'],
  Jpan: ['Hani', 'Hira', 'Kana'],
  Kore: ['Hang', 'Hani'],
};

/** Scripts that only one language in ten thousand texts shares with another. Japanese is told from Chinese by its kana. */
const unshared = new Set(['Hani', 'Hira', 'Kana', 'Hang', 'Thai', 'Grek', 'Hebr', 'Armn', 'Geor', 'Taml', 'Telu', 'Khmr', 'Laoo']);

/** A character of a script without spaces; else a run of letters, with what joins them. */
const letters = `[[\\p{L}\\p{M}]--[${spacelessScripts}]]+`;
const word = new RegExp(`[${spacelessScripts}]|${letters}(?:['\u2019\u00b7\\-]${letters})*`, 'gv');
const isSpaceless = new RegExp(`^[${spacelessScripts}]`, 'u');

export interface Script {
  /** Whether a word is written in it. */
  has(word: string): boolean;
  /** Several languages are: the script alone does not tell which. */
  shared: boolean;
}

/** Whether a text is the code of a language, ISO 639. */
export function isLanguage(code: string): boolean {
  return /^[a-z]{2,3}$/.test(code) && new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' }).of(code) !== undefined;
}

/**
 * The script that a language is written in.
 * @param language ISO 639, "en", "zh".
 * @throws InputError where there is no such language.
 */
export function scriptOf(language: string): Script {
  const code = isLanguage(language) ? new Intl.Locale(language).maximize().script : undefined;
  if (code === undefined) throw new InputError(`"${language}" is no language: give its code, such as en, zh or fr`);
  const scripts = compound[code] ?? [code];
  const letter = new RegExp(`[${scripts.map((name) => `\\p{sc=${name}}`).join('')}]`, 'u');
  return { has: (text) => letter.test(text), shared: scripts.some((name) => !unshared.has(name)) };
}

/** The words of a text that say something of its language: no number, and no single letter, which is mostly a symbol. */
export function wordsOf(text: string): string[] {
  return (text.match(word) ?? []).filter((found) => isSpaceless.test(found) || [...found].length > 1);
}
