// Inputs made to take long, to overflow the stack, or to throw. The time of one judgement is bounded whatever it is given.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verifyMath } from './verify.ts';

const many = 200_000;
const times = (text: string, n: number): string => text.repeat(n);
const box = (text: string): string => `\\boxed{${text}}`;

const hostile: [string, string][] = [
  ['open boxes', times('\\boxed{', many)],
  ['closed boxes', times('\\boxed{1} ', many)],
  ['nested boxes', times('\\boxed{', 1000) + times('}', 1000)],
  ['open braces', box(times('{', 1900))],
  ['nested braces', box(times('{', 900) + times('}', 900))],
  ['nested brackets', box(times('(', 900) + times(')', 900))],
  ['nested roots', box(times('\\sqrt{', 500) + times('}', 500))],
  ['nested roots within the depth', box(`${times('\\sqrt{2+', 20)}2${times('}', 20)}`)],
  ['nested fractions', box(`${times('\\frac{1}{1+', 22)}x${times('}', 22)}`)],
  ['signs', box(`${times('-', 3000)}1`)],
  ['powers', box(times('9^', 1000))],
  ['a tower', box('9^{9^{9^{9^{9}}}}')],
  ['a large power', box('7^{99999999999}')],
  ['a power of a symbol', box('(x+1)^{999999999}')],
  ['a large power of a fraction', box('(\\frac{123456789}{987654321})^{99999}')],
  ['factorials', box('9!!!!!!!!')],
  ['a large factorial', box('99999999!')],
  ['factorials of 500', box(times('500!+', 600))],
  ['roots beside a long decimal', box(`${Array.from({ length: 60 }, (_, k) => `\\sqrt[3]{x+${k}i}`).join('+')}+1.${times('3', 250)}`)],
  ['logarithms beside a long decimal', box(`${Array.from({ length: 60 }, (_, k) => `\\ln(x+${k}i)`).join('+')}+1.${times('3', 250)}`)],
  ['powers of 2', box(times('2^{8000}*', 300))],
  ['sums of fractions', box(Array.from({ length: 250 }, (_, i) => `\\frac{1}{${10007 + 2 * i}}`).join('+'))],
  ['a large binomial', box('\\binom{999}{499}+\\binom{998}{499}'.repeat(20))],
  ['exponentials', box(times('e^{x}+', 300))],
  ['sines', box(`${times('\\sin(', 20)}x${times(')', 20)}`)],
  ['sums of sines', box(times('\\sin(x)+', 250))],
  ['large arguments', box('\\sin(10^{300})+e^{10^{300}}')],
  ['plus-minus', box(times('\\pm 1', 400))],
  ['plus-minus in a list', box(times('1\\pm 2,', 300))],
  ['a union of many parts', box(Array.from({ length: 12 }, (_, i) => `[\\sqrt{${i}},\\sqrt{${i + 1}}]`).join('\\cup '))],
  ['a union of more parts', box(times('[0,1]\\cup ', 300))],
  ['a long ratio', box(times('2:', 300))],
  ['a long list', box(times('1,', 1500))],
  ['a long list of symbols', box(Array.from({ length: 150 }, (_, i) => `x_{${i}}+e`).join(','))],
  ['a large matrix', box(`\\begin{pmatrix}${times('1&2&3\\\\', 250)}\\end{pmatrix}`)],
  ['products of matrices', box(times('\\begin{pmatrix}a&b\\\\c&d\\end{pmatrix}', 40))],
  ['an open matrix', box('\\begin{pmatrix}1&2')],
  ['a long number', box(times('9', 3900))],
  ['a very long number', times('9', many)],
  ['a long decimal', box(`0.${times('3', 3900)}`)],
  ['a decimal with an exponent', box('1.5e1999')],
  ['grouped digits', times('1,', many)],
  ['grouped digits that break off', `${times('111,', many)}1`],
  ['spaced digits', times('1 ', many)],
  ['dollars', times('$', many)],
  ['odd dollars', times('$1', many)],
  ['open formulas', times('\\(', many)],
  ['open displays', times('\\[x', many)],
  ['backslashes', times('\\', many)],
  ['a lone backslash', box('\\,')],
  ['markers', times('answer is ', many)],
  ['hash marks', times('#### ', many)],
  ['thoughts', times('<think></think>', many)],
  ['open answers', times('<answer>', many)],
  ['sentences', times('it is 4. ', many)],
  ['words', times('is ', many)],
  ['equals', times('=', many)],
  ['chains', box(times('1=', 1000))],
  ['spaces', times(' ', many)],
  ['blank lines', times('\n', many)],
  ['texts', box(times('\\text{a}', 400))],
  ['open texts', box(times('\\text{', 400))],
  ['labels', `${times('x_1=', 20)}\\boxed{1} ${times('and ', 30)}\\boxed{2}`],
  ['subscripts', box(times('x_{', 300))],
  ['overlines', box(`0.${times('\\overline{3}', 300)}`)],
  ['absolute values', box(times('|', 1000))],
  ['NUL and halves of characters', '\u0000\ud800\\boxed{\udfff}'],
  ['names of Object', box('constructor __proto__ toString \\constructor \\__proto__')],
];
const golds = ['5', '\\frac{1}{3}', 'x+1', '1,2,3', '\\sqrt{2}', '\\begin{pmatrix}1\\\\2\\end{pmatrix}', 'e^{x}', 'y=2x+3', '(1,2)'];

describe('hostile input', () => {
  it.each(hostile)('%s: judged false within 50 ms, as response and as gold', (_, text) => {
    verifyMath('x+\\sqrt{2}', '\\boxed{x+1}');
    for (const gold of golds) {
      expect(fastest(() => verifyMath(gold, text))).toBeLessThan(50);
      expect(verifyMath(gold, text)).toBe(false);
    }
    expect(fastest(() => verifyMath(text, '\\boxed{5}'))).toBeLessThan(50);
    // Against itself an answer may be right, a formula too large to read is not, but neither takes long.
    expect(fastest(() => verifyMath(text, text))).toBeLessThan(50);
  });

  it.each(['\\sqrt[3]{x+2i}', '\\ln(x+2i)', '(x+2i)^{x}'])('sixty of %s beside a long decimal, in two forms: within 50 ms', (part) => {
    const text = Array.from({ length: 60 }, (_, k) => part.replaceAll('2', String(k + 2))).join('+');
    expect(fastest(() => verifyMath(`${text}+1.${times('3', 250)}`, box(`1.${times('3', 250)}+${text}+y-y`)))).toBeLessThan(50);
  });

  it('never throws over an interval beside a set of one point', () => {
    expect(verifyMath('[1,2]', '\\boxed{\\{1\\}}')).toBe(false);
    expect(verifyMath('(1,2) \\cup (3,4)', '\\boxed{\\{1\\} \\cup \\{3\\}}')).toBe(false);
  });

  it('never throws, whatever the texts', () => {
    const parts = fc.constantFrom(
      ...'\\boxed{ } \\frac { ( ) [ ] \\{ \\} , ; 1 2.5 1,000 x f \\sin ^ _ - + \\pm / | ! % \\% $ \\$ = < \\le \\in \\cup \\sqrt \\text{ a} \\begin{pmatrix} & \\\\ \\end{pmatrix} and <answer> </answer> </think> #### answer\u0020is . cm \\circ \\pi e i \\infty \\log \\overline \\binom : \\,'
        .split(' ')
        .map((part) => part.replace('\u0020', ' ')),
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(parts, { maxLength: 30 }).map((list) => list.join('')),
      fc.array(parts, { maxLength: 30 }).map((list) => `\\boxed{${list.join(' ')}}`),
    );
    fc.assert(
      fc.property(text, text, (gold, response) => {
        expect([true, false, null]).toContain(verifyMath(gold, response));
      }),
      { numRuns: 3000 },
    );
  });
});

/** Milliseconds of the processor, of the quickest of up to five runs: other programs on the machine take time too. */
function fastest(run: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5 && best >= 50; i++) {
    const begun = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(begun);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}
