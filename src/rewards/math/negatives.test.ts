// Wrong responses that a careless check takes for right ones, by the trick that each uses. None may be judged right: a policy finds the
// one that is.
import { describe, expect, it } from 'vitest';
import negatives from './fixtures/negatives.json' with { type: 'json' };
import { verifyMath } from './verify.ts';

const tricks = Object.entries(negatives as unknown as Record<string, [gold: string, response: string][]>);
const all = tricks.flatMap(([, cases]) => cases);

describe('adversarial negatives', () => {
  it('are at least 300, at most 20 by one trick, none twice', () => {
    expect(all.length).toBeGreaterThanOrEqual(300);
    expect(Math.max(...tricks.map(([, cases]) => cases.length))).toBeLessThanOrEqual(20);
    expect(new Set(all.map((each) => JSON.stringify(each))).size).toBe(all.length);
  });

  it.each(tricks)('%s: all false, and each gold is right against itself', (_, cases) => {
    for (const [gold, response] of cases) {
      expect.soft({ gold, response, judged: verifyMath(gold, response) }).toEqual({ gold, response, judged: false });
      expect.soft({ gold, judged: verifyMath(gold, `\\boxed{${gold}}`) }).toEqual({ gold, judged: true });
    }
  });

  it('each fool at least one of: the last numbers, a substring, floats within a tolerance', () => {
    const foolsNone = all.filter(
      ([gold, response]) => !sameLastNumber(gold, response) && !isPart(gold, response) && !nearFloats(gold, response),
    );
    expect(foolsNone).toEqual([]);
  });
});

// The three careless checks.

function sameLastNumber(gold: string, response: string): boolean {
  const last = (text: string): string | undefined =>
    text
      .replaceAll('{,}', ',')
      .match(/(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?/g)
      ?.at(-1)
      ?.replaceAll(',', '');
  return last(gold) !== undefined && Number(last(gold)) === Number(last(response));
}

function isPart(gold: string, response: string): boolean {
  const plain = (text: string): string => text.replace(/\\text|\\boxed|[\\${}()[\]\s]/g, '').toLowerCase();
  return plain(response).includes(plain(gold));
}

/** Both read as JavaScript would compute them, where they are arithmetic, and compared within one percent. */
function nearFloats(gold: string, response: string): boolean {
  const [a, b] = [computed(gold), computed(response)];
  return a !== undefined && b !== undefined && (a === b || Math.abs(a - b) <= 0.01 * Math.max(1, Math.abs(a)));
}

function computed(text: string): number | undefined {
  let left = text.replace(/^.*\\boxed\{(.*)\}[^}]*$/s, '$1').replace(/\\text\{[^}]*\}|\\%|\\\$|\^\\circ|\s|_\{?\d+\}?/g, '');
  const number = '(-?(?:\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?|Infinity))';
  const braced = `\\{?${number}\\}?`;
  const rules: [RegExp, (...found: string[]) => number][] = [
    [/\\pi/, () => Math.PI],
    [/\\infty/, () => Infinity],
    [new RegExp(`\\be\\^${braced}`), (_, x) => Math.exp(Number(x))],
    [new RegExp(`\\\\sqrt\\[3\\]\\{${number}\\}`), (_, x) => Math.cbrt(Number(x))],
    [new RegExp(`\\\\sqrt\\{${number}\\}`), (_, x) => Math.sqrt(Number(x))],
    [new RegExp(`\\\\frac\\{${number}\\}\\{${number}\\}`), (_, x, y) => Number(x) / Number(y)],
    [new RegExp(`\\\\binom\\{${number}\\}\\{${number}\\}`), (_, n, k) => binomial(Number(n), Number(k))],
    [new RegExp(`\\\\ln${braced}`), (_, x) => Math.log(Number(x))],
    [new RegExp(`\\\\cos${braced}`), (_, x) => Math.cos((Number(x) * Math.PI) / 180)],
    [new RegExp(`\\\\sin${braced}`), (_, x) => Math.sin((Number(x) * Math.PI) / 180)],
    [/(\d+)!/, (_, n) => binomial(Number(n), Number(n))],
    [new RegExp(`${number}\\^${braced}`), (_, x, y) => Number(x) ** Number(y)],
    [new RegExp(`${number}([+-]\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?)(?!\\^)`), (_, x, y) => Number(x) + Number(y)],
  ];
  for (let changed = true; changed; ) {
    changed = false;
    for (const [pattern, value] of rules) {
      const next = left.replace(pattern, (...found) => String(value(...found)));
      changed ||= next !== left;
      left = next;
    }
  }
  const value = Number(left.replaceAll(',', '.'));
  return left === '' || Number.isNaN(value) ? undefined : value;
}

/** n over k; n! where they are the same (the fixture has no n over n). */
function binomial(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= k; i++) result *= n === k ? i : (n - k + i) / i;
  return result;
}
