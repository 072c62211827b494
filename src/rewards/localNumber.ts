// Numbers as other languages write them, for word problems that are asked and answered in these: 70.000 and 70 000 in Spanish or French,
// 7 万 in Chinese. A response is put into English notation, then read as any other.
import { afterThought } from './format.ts';
import { type ExactNumber, finalNumber } from './lastNumber.ts';

export type NumberLanguage = 'en' | 'es' | 'fr' | 'zh';

/**
 * The response's final number, read from what follows its thought in the language's notation; where it is looked for says `finalNumber`
 * (its "answer is" in the language's words). Spanish and French: groups of three behind points, commas, spaces or apostrophes are
 * thousands (both are written, and so is English notation), any other comma is a decimal one. Chinese: full-width digits, 万 and 亿.
 */
export function finalLocalNumber(completion: string, language: NumberLanguage): ExactNumber | undefined {
  const rest = afterThought(completion);
  return rest === undefined ? undefined : finalNumber(inEnglish[language](rest));
}

const inEnglish: Record<NumberLanguage, (text: string) => string> = {
  en: (text) => text,
  es: (text) => continental(text).replace(/\brespuesta(?:\s+final)?\s*(?:es\b|:)/gi, 'answer is '),
  fr: (text) => continental(text).replace(/\br[ée]ponse(?:\s+finale)?\s*(?:est\b|:)/gi, 'answer is '),
  zh: (text) => chinese(text).replace(/答案\s*(?:是|为|:)/g, 'answer is '),
};

function continental(text: string): string {
  return (
    text
      .replace(/\\[,; ]|[\u00a0\u2009\u202f]/g, ' ')
      .replaceAll('{,}', ',')
      // One kind of separator throughout: 1.234,567 has a decimal comma.
      .replace(/(?<![\d.,])\d{1,3}(?:(?:\.\d{3})+|(?:,\d{3})+|(?: \d{3})+|(?:['\u2019]\d{3})+)(?!\d)/g, (number) =>
        number.replace(/[^\d]/g, ''),
      )
      .replace(/(?<=\d),(?=\d)/g, '.')
  );
}

const units: Record<string, number> = { 万: 4, 萬: 4, 亿: 8, 億: 8 };

function chinese(text: string): string {
  return text
    .replace(/[\uff10-\uff19\uff0c\uff0e\uff0d\uff05\uff1a]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/(?<=\d),(?=\d{3}(?!\d))/g, '')
    .replace(/(\d+)(?:\.(\d+))?\s*([万萬亿億])/g, (all, whole: string, fraction = '', unit: string) => {
      const zeros = units[unit] - fraction.length;
      return zeros < 0 ? all : `${whole}${fraction}${'0'.repeat(zeros)}`;
    });
}
