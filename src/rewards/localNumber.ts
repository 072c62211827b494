// Numbers as other languages write them, for word problems that are asked and answered in these: 70.000 and 70 000 in Spanish or French,
// 7 万 in Chinese. A response is put into English notation, then read as any other (math/extract.ts).

export type NumberLanguage = 'en' | 'es' | 'fr' | 'zh';

/**
 * The response with its numbers, and its "the answer is", as English has them. Spanish and French: groups of three behind points, commas, spaces or
 * apostrophes are thousands (both are written, and so is English notation), any other comma is a decimal one. Chinese: full-width digits, 万 and 亿.
 */
export function inEnglishNotation(completion: string, language: NumberLanguage): string {
  return inEnglish[language](completion);
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
      // 18 $ is no torn formula.
      .replace(/(?<=\d) \$/g, ' dollars')
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
    .replace(/[\uff10-\uff19\uff0c\uff0e\uff0d\uff05\uff1a\uff1f\uff01]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replaceAll('\u3002', '. ')
    .replace(/(?<=\d),(?=\d{3}(?!\d))/g, '')
    .replace(/(\d+)(?:\.(\d+))?\s*([万萬亿億])/g, (all, whole: string, fraction = '', unit: string) => {
      const zeros = units[unit] - fraction.length;
      return zeros < 0 ? all : `${whole}${fraction}${'0'.repeat(zeros)}`;
    });
}
