// The number a response to a word problem gives as its answer, exactly: integers of any length and decimals as fractions of integers.
import { closedBoxes } from './boxes.ts';
import { afterThought, answerText } from './format.ts';

/** An exact number: top / bottom, bottom above zero. */
export interface ExactNumber {
  top: bigint;
  bottom: bigint;
}

/**
 * The response's final number, read only from what follows its thought; undefined where there is none, or the thought never ends.
 * Where it is said, in this order: in the last <answer> block, the last \boxed{}, after the last ####, after the last
 * "answer is", else the last number at all.
 */
export function finalNumber(completion: string): ExactNumber | undefined {
  const text = answerText(completion) ?? afterThought(completion);
  if (text === undefined) return undefined;
  const box = closedBoxes(text).at(-1);
  if (box) return lastNumber(box.content);
  const marked = text.lastIndexOf('####');
  if (marked >= 0) return numbersIn(text.slice(marked + 4))[0];
  const said = text.toLowerCase().lastIndexOf('answer is');
  return (said >= 0 ? numbersIn(text.slice(said))[0] : undefined) ?? lastNumber(text);
}

/** The gold answer of a GSM8K row: the number after `####`, or the whole text where it is just a number. */
export function goldNumber(answer: string): ExactNumber | undefined {
  const at = answer.lastIndexOf('####');
  const text = (at >= 0 ? answer.slice(at + 4) : answer).trim();
  const numbers = numbersIn(text);
  return numbers.length === 1 ? numbers[0] : undefined;
}

export function equalNumbers(a: ExactNumber, b: ExactNumber): boolean {
  return a.top * b.bottom === b.top * a.bottom;
}

/** The number in lowest terms, `-3` or `1/2`: equal numbers have one text. */
export function numberText({ top, bottom }: ExactNumber): string {
  const divisor = greatestCommonDivisor(top < 0n ? -top : top, bottom);
  return bottom === divisor ? String(top / divisor) : `${top / divisor}/${bottom / divisor}`;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  while (b > 0n) [a, b] = [b, a % b];
  return a;
}

/** The numbers of a text in their order. `$1,200`, `-3`, `18.` (a full stop), `2.50`, `3/4` and \frac{3}{4} are one each. */
export function numbersIn(text: string): ExactNumber[] {
  const plain = text
    .replaceAll('\u2212', '-')
    .replace(/\\[dt]?frac\s*\{\s*(-?\d+)\s*\}\s*\{\s*(\d+)\s*\}/g, ' $1/$2 ')
    // TeX's ways of writing 1,200
    .replace(/\\[,!]/g, '')
    .replaceAll('{,}', ',');
  const number = /(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+/g;
  const divisor = /\s*\/\s*(\d+)(?!\.?\d)/y;
  const found: ExactNumber[] = [];
  for (let match = number.exec(plain); match; match = number.exec(plain)) {
    const exact = decimal(match[0]);
    // A minus in front (also `-$5`) is a sign unless it follows something to subtract from: `10-4`.
    if (/(?:^|[^\w)])-(?:\\?\$)?$/.test(plain.slice(Math.max(0, match.index - 4), match.index))) exact.top = -exact.top;
    divisor.lastIndex = number.lastIndex;
    const below = divisor.exec(plain);
    if (below) {
      number.lastIndex = divisor.lastIndex;
      exact.bottom *= BigInt(below[1]);
      if (exact.bottom === 0n) continue;
    }
    found.push(exact);
  }
  return found;
}

function lastNumber(text: string): ExactNumber | undefined {
  return numbersIn(text).at(-1);
}

function decimal(text: string): ExactNumber {
  const [whole, fraction = ''] = text.replaceAll(',', '').split('.');
  return { top: BigInt(`${whole}${fraction}`), bottom: 10n ** BigInt(fraction.length) };
}
