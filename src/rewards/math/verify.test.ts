import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mathAccuracy } from './reward.ts';
import { verifyMath } from './verify.ts';

const boxed = (gold: string, answer: string): boolean | null => verifyMath(gold, `So it is \\boxed{${answer}}.`);

describe('verifyMath: the same answer in another form', () => {
  it.each([
    ['\\frac{1}{2}', '0.5'],
    ['\\frac{9}{5}', '1\\frac45'],
    ['137 \\frac{1}{2}', '137.5'],
    ['0.1\\overline{6}', '1/6'],
    ['3', '2\\frac32'],
    ['\\frac{52}{3}', '2\\frac{26}3'],
    ['\\sqrt{12}', '2\\sqrt 3'],
    ['-2', '\\sqrt[3]{-8}'],
    ['10{,}000', '10,000'],
    ['1 234 567', '1,\\!234,\\!567'],
    ['2.74', '2,74'],
    ['1,22', '1.22'],
    ['1.234,56', '1234.56'],
    ['1.234.567,5', '1,234,567.50'],
    ['100,200', '200, 100', false],
    ['100, 200', '100,200'],
    ['\\$18.90', '18.9'],
    ['1599 \\text{ dollars}', '\\$1599'],
    ['-\\$5', '-5'],
    ['440\\text{ cm}^2', '440 \\text{ square centimeters}'],
    ['12\\text{ square units}', '12'],
    ['30^\\circ', '30 degrees'],
    ['44\\%', '44'],
    ['44\\%', '0.44'],
    ['\\frac14', '25\\%'],
    ['33\\frac13\\%', '33\\frac13'],
    ['204_5', '204_{5}'],
    ['18 \\text{ km/h}', '18 km per hour'],
    ['5\\%', '5 per cent'],
    ['18', '18 dollars a day'],
    ['12', '\\textbf{(C) }12'],
    ['\\frac12', '\\text{(B)}\\ \\frac12'],
    ['12', '(C) 12'],
    ['C', '\\textbf{(C)}'],
    ['12', '\\textbf{(C) }13', false],
    ['x+1', '(C)(x+1)', false],
    ['18', '9 x 2'],
    ['6.02e23', '6.02 \\times 10^{23}'],
    ['20!', '2432902008176640000'],
    ['\\frac{1}{2004!}', '\\frac{1}{2004!}'],
    ['\\sqrt{2}', '1.41421356'],
    ['(x+1)^2', 'x^2+2x+1'],
    ['\\sin 3x', '3\\sin x - 4\\sin^3 x'],
    ['\\cos 58^\\circ', '\\sin 32^\\circ'],
    ['\\frac{1 + \\sqrt{5}}{4}', '\\cos 36^\\circ'],
    ['n!', 'n (n-1)!'],
    ['e^{it}+ax+by', 'by+ax+e^{i t}'],
    ['3-2f(x)', '-2f(x)+3'],
    ['6+9i', '9i+6'],
    ['3 \\pm 2\\sqrt{2}', '3+2\\sqrt{2}, 3-2\\sqrt{2}'],
    ['7, -2, \\text{ and } -5', '-5,-2,7'],
    ['1,2', 'x = 1 \\text{ or } x = 2'],
    ['a=1,b=2', 'b=2, a=1'],
    ['p=5,q=2;p=7,q=2', '(5,2),(7,2)'],
    ['\\{1,2\\}', '2, 1'],
    ['(1,2)', '\\begin{pmatrix}1\\\\2\\end{pmatrix}'],
    ['\\begin{pmatrix}1/5\\\\-3/5\\end{pmatrix}', '\\frac15\\begin{bmatrix}1\\\\-3\\end{bmatrix}'],
    ['(-\\infty,2)\\cup(3,\\infty)', '(3,\\infty)\\cup(-\\infty,2)'],
    ['x\\in(2,5)', '2<x<5'],
    ['(-\\infty,3)\\cup(3,\\infty)', 'x \\neq 3'],
    ['y=2x+3', '2x+3'],
    ['2x+y=3', 'y=3-2x'],
    ['9x^2-16y^2=144', '\\frac{x^2}{16}-\\frac{y^2}{9}=1'],
    ['f(2)<f(1)<f(4)', 'f(4)>f(1)>f(2)'],
    ['7:32', '\\frac{7}{32}'],
    ['\\text{(B)}', 'B'],
    ['E', '\\text{E}'],
    ['\\text{even}', 'Even'],
    ['\\text{4:30 p.m.}', '4:30 pm'],
    ['\\text{A,C,F}', 'F, C, A'],
    ['1.5 \\text{ hours}', '15 \\text{ hours}', false],
    ['x\\in\\{1,2\\}', '1, 2'],
    // Words and signs that change a value, and quantities side by side.
    ['5000000', '5 \\text{ million}'],
    ['\\$1.2 \\text{ million}', '1,200,000'],
    ['50000', '5\u4e07'],
    ['5', '5 million', false],
    ['5', '5 squared', false],
    ['25 \\text{ cm}^2', '25 cm squared'],
    ['15', '5 plus 3', false],
    ['15 \\text{ in}', '5 ft 3 in', false],
    ['10', '1 \\text{ through } 10', false],
    ['12', '3 \\text{ units } 4', false],
    // Unicode, and units in other scripts.
    ['2\\sqrt{13}', '2\u221a13'],
    ['x^{12}', 'x\u00b9\u00b2'],
    ['x^6', 'x\u00b2\u00b3', false],
    ['1\\frac13', '1\u2153'],
    ['5', '5\u4e2a'],
    ['7', '7 a\u00f1os'],
    ['\\gamma', '\u03b3'],
    ['x^2', '\u{1d465}^2'],
    // Floors at integers, and small beside huge.
    ['\\lfloor x \\rfloor', 'x', false],
    ['\\lfloor x \\rfloor + 1', '\\lceil x \\rceil', false],
    ['\\lfloor -3.5 \\rfloor', '-4'],
    ['10^{60}+\\sqrt{2}', '10^{60}+\\sqrt{3}', false],
    ['x+10^{60}', 'x+10^{60}+1', false],
    ['\\frac{\\pi}{10^{52}}', '\\frac{3.1415}{10^{52}}', false],
    ['x^{300}', 'x^{299} \\cdot x'],
    ['\\overline{z}', 'z', false],
    ['\\overline{3+4i}', '3-4i'],
    ['\\overline{AB}', 'AB'],
    // Sets, names and lists.
    ['[1,2]', '\\{1\\}', false],
    ['[1,2]', '\\{1,2\\}', false],
    ['(-\\infty,2)\\cup(3,\\infty)', 'x<2 \\text{ or } x>3'],
    ['(1,2)', 'y=2, x=1'],
    ['(1,2)', 'y=1, x=2', false],
    ['1,2,3', '[1, 2, 3]'],
    ['1,2', '[1, 2]', false],
    // Decimals, times of day, angles.
    ['1,234', '1.234', false],
    ['1.234', '1,234', false],
    ['0.125', '0,125'],
    ['4:30', '2:15', false],
    ['60^\\circ', '\\frac{\\pi}{3}'],
    ['\\frac{\\pi}{3}', '60', false],
    ['5^\\circ\\text{C}', '5'],
    ['5^\\circ\\text{C}', '5^\\circ\\text{F}', false],
    ['\\frac{1}{3}', '0.333333'],
    ['\\frac{12345}{4096}', '3.013916', false],
    ['\\begin{pmatrix}31&50\\\\-18&-29\\end{pmatrix}', '\\begin{pmatrix}31 50\\\\-18&-29\\end{pmatrix}', false],
    ['\\begin{pmatrix}1&x\\end{pmatrix}', '\\begin{pmatrix}1x\\end{pmatrix}', false],
    ['x=1, y=2', '\\begin{cases}x=1\\\\y=2\\end{cases}'],
    ['x=1, y=2', '\\begin{cases}x=1\\\\y=3\\end{cases}', false],
    ['\\begin{cases}x&x>0\\\\-x&x\\le0\\end{cases}', '\\begin{cases}x&x>0\\\\x&x\\le0\\end{cases}', false],
    // Chains and exponents.
    ['5', '2+2=5', false],
    ['64', '2^3^2', false],
    ['(x^2)^3', 'x^6'],
    ['\\frac12', '{1 \\over 2}'],
    ['10', '{5 \\choose 2}'],
    ['6', '\\gcd(12, 18)'],
    ['\\text{John and Mary}', '\\text{Mary and John}'],
    ['\\text{an ellipse}', 'ellipse'],
    ['5', '\\text{The answer is } 5.'],
    ['5', '5\\ '],
    // A comma and one digit are two numbers in a gold; a response may write its decimal so.
    ['1,2', '1.2', false],
    ['1{,}2', '1.2'],
    ['1.2', '1,2'],
    // Ratios of three, remainders, sets of one, hours.
    ['3:4:5', '6:8:10'],
    ['3:4:5', '6:8:11', false],
    ['3:4:5', '4:3:5', false],
    ['2', '17 \\bmod 5'],
    ['7', 'x \\in \\{7\\}'],
    ['x \\in \\{7\\}', '7'],
    ['7', 'x \\in \\{8\\}', false],
    ['12', "12 o'clock"],
    ["12 \\text{ o'clock}", '12'],
    // Parts that touch or overlap.
    ['[0,2]', '[0,1]\\cup[1,2]'],
    ['[0,1]\\cup[1,2]', '[0,2]'],
    ['[0,2]', '[1,2]\\cup[0,1)'],
    ['[0,2]', '[0,1)\\cup\\{1\\}\\cup(1,2]'],
    ['(0,\\pi)', '(0,2)\\cup(1,\\pi)'],
    ['[0,2]', '[0,1)\\cup(1,2]', false],
    ['[0,2]', '[0,1]\\cup[1,2)', false],
    ['\\mathbb{R}', '(-\\infty,0]\\cup[0,\\infty)'],
    ['\\mathbb{R}', '(-\\infty,0)\\cup(0,\\infty)', false],
    ['(2,2)', '\\{2\\}', false],
  ] as [string, string, boolean?][])('%s is %s', (gold, answer, expected = true) => {
    expect(boxed(gold, answer)).toBe(expected);
  });

  it('compares decimals at a precision where one is asked for, integers exactly even then', () => {
    const at = (gold: string, response: string): boolean | null => verifyMath(gold, response, { precision: 2 });
    expect(at('\\frac{1}{3}', '0.33')).toBe(true);
    expect(at('\\frac{1}{3}', '0.34')).toBe(false);
    expect(at('(\\frac{3}{5},\\frac{8}{3}]', '(0.6,2.6667]')).toBe(true);
    expect(at('90071992547409931', '90071992547409930')).toBe(false);
    expect(verifyMath('\\frac{1}{3}', '0.33')).toBe(false);
  });
});

describe('verifyMath: what it judges', () => {
  it.each([
    ['first try \\boxed{8}. No: \\boxed{11}.', '11'],
    ['\\boxed{6}, again \\boxed{6}', '6'],
    ['$y_1 = \\boxed{2}$ and $y_2 = \\boxed{3}$', '2, 3'],
    ['\\boxed{\\frac{2}{\\sqrt{7}}}', '\\frac{2}{\\sqrt{7}}'],
    ['\\boxed{5}, or rather \\boxed{9', '5'],
    ['<think> \\boxed{7} </think> \\boxed{5}', '5'],
    ['<think> 7 </think> <answer> $5$ </answer>', '5'],
    ['<answer> The answer is \\boxed{5}. </answer> 7', '5'],
    ['9 * 2 = <<9*2=18>>18\n#### 18', '18'],
    ['The answer is 9. I checked it 2 times.', '9'],
    ['**Answer:** $\\frac{10}{2}$', '5'],
    ['The final answer is $28\\%$. I hope it is correct.', '28'],
    ['x^2 + 1', 'x^2+1'],
    ['Tuesday', '\\text{Tuesday}'],
    ['The number of ways is 12.', '12'],
    ['It costs $5.', '5'],
    ['Thus $x <= 2$ is what we want', 'x \\le 2'],
    ['\\boxed{4}<|im_end|>', '4'],
    ['#### Step 1\nAdd 2 to 3.\n#### Final answer\nThe answer is 5.', '5'],
    ['#### Final Answer\n5', '5'],
    ['The answer is 5, since 2 + 4 is 6.', '5'],
    ['The answer is A, not B.', 'A'],
    ['Ans: 5', '5'],
    ['There are 3 and 4.\n\n$\\$40$', '\\$40'],
    ['Some work with 3 and 4.\n\n\\[\n\\frac{1}{2}\n\\]', '\\frac12'],
    ['So the answer is\n\\[\n4\n\\]', '4'],
    ['Answer:\n```\n4\n```', '4'],
    ['Janet makes 9 x $2 = $18.', '18'],
    ['It costs -$0.50.', '-\\$0.50'],
    ['So $x=1$ or $x=2$.', '1,2'],
    ['The correct option is (A).', 'A'],
    ['The answer is $\\text{does not exist}$.', '\\text{does not exist}'],
    ['The answer is negative 3.', '-3'],
    ['The answer is June 20.', '\\text{June 20}'],
    ['La r\u00e9ponse : 1 500', '1500'],
    ['\\boxed{=4}', '4'],
    ['\\boxed{\\approx 4}', '4'],
    ['\\boxed{4\\,}', '4'],
    ['\\boxed{(1011)_2}', '1011_2'],
    ['We tried a few but the sum is 5.', '5'],
    ['Since it does not change, the total is 5.', '5'],
    ['I think the answer is 5.', '5'],
    ['The answer is 5 and so we are done.', '5'],
    ['We do not know his speed. So he ran 5 miles.', '5'],
    ['So 5 apples remain.', '5'],
  ])('%j: the answer is %s', (response, gold) => {
    expect(verifyMath(gold, response)).toBe(true);
  });

  it.each([
    ['<think> \\boxed{5}', 'an unfinished thought'],
    ['\\boxed{5', 'an open box'],
    ['5 \\boxed{}', 'an empty box'],
    ['', 'nothing'],
    ['3 and 4 make 7, so 5', 'numbers without a word on which is meant'],
    ['<answer> 5', 'an open answer'],
    ['It can\u2019t be 5.', 'a denial with a curly apostrophe'],
    ['The answer isn\u2019t $5$.', 'a denial of the answer'],
    ['5 is ruled out.', 'a denial behind the value'],
    ['The answer is 5 more than x.', 'a comparison'],
    ['The answer might be 5.', 'a doubt'],
    ['Question 5 is hard. I give up.', 'a label'],
    ['Try 5. It fails.', 'an attempt that fails'],
    ['n = 5 fails.', 'another'],
    ['Suppose the answer is 5. Contradiction.', 'a supposition'],
    ['Could it be 5?', 'a question'],
    ['It is greater than or equal to 5.', 'a bound'],
    ['Answer: >5', 'a bound as a sign'],
    ['It costs -$5.', 'an amount below zero'],
    ['It is June 5.', 'a date'],
  ])('%j: no answer (%s)', (response) => {
    expect(verifyMath('5', response)).toBe(false);
  });

  it.each([
    '',
    '  ',
    '(see the figure)',
    'n/a',
    'Answers will vary',
    '\\frac{1}{',
    '\\boxed{}',
    '####',
    'The proof is left to the reader.',
    '???',
  ])('the gold %j is judged null, against itself too', (gold) => {
    expect(verifyMath(gold, '\\boxed{5}')).toBeNull();
    expect(verifyMath(gold, `\\boxed{${gold}}`)).toBeNull();
  });

  it('as a reward: 1, 0 or null a row, a gold of 0 given as a number too', async () => {
    const rows = ['\\frac12', '3', '(see the figure)', 0].map((answer, i) => ({ id: String(i), prompt: 'q', answer }));
    const completions = ['0.5', '\\boxed{4}', '5', '\\boxed{0}'];
    expect(await mathAccuracy('answer')({ prompts: ['q', 'q', 'q', 'q'], completions, rows })).toEqual([1, 0, null, 1]);
  });
});

it('reads no sentence of short words as a product of letters', () => {
  expect(verifyMath('9', 'He owned seven games and got two more. So, he had 7 + 2 = 9 games.')).toBe(true);
  expect(verifyMath('10', 'On Monday they got 5 more. So they have 5 + 5 = 10 dogs now.')).toBe(true);
});

describe('verifyMath: properties', () => {
  const fractions = fc.record({ top: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), bottom: fc.bigInt({ min: 1n, max: 10n ** 30n }) });
  const latex = ({ top, bottom }: { top: bigint; bottom: bigint }): string => `\\frac{${top}}{${bottom}}`;

  it('fractions are equal exactly where their cross products are', () => {
    fc.assert(
      fc.property(fractions, fractions, fc.bigInt({ min: 1n, max: 10n ** 9n }), (a, b, k) => {
        expect(boxed(latex(a), latex({ top: a.top * k, bottom: a.bottom * k }))).toBe(true);
        expect(boxed(latex(a), latex(b))).toBe(a.top * b.bottom === b.top * a.bottom);
        expect(boxed(latex(a), latex({ top: a.top + 1n, bottom: a.bottom }))).toBe(false);
      }),
    );
  });

  /** Random expressions in x and y, and the same written otherwise. */
  const { expression } = fc.letrec<{ expression: [string, string] }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom<[string, string]>(
        ['x', 'x'],
        ['y', '{y}'],
        ['2', '\\frac{4}{2}'],
        ['0.5', '\\tfrac12'],
        ['\\pi', '\\pi'],
        ['3', '3.0'],
      ),
      fc
        .tuple(tie('expression'), tie('expression'))
        .map(([a, b]): [string, string] => [`(${a[0]}+${b[0]})`, `\\left(${b[1]} + ${a[1]}\\right)`]),
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]): [string, string] => [`(${a[0]}-${b[0]})`, `(-(${b[1]}-${a[1]}))`]),
      fc
        .tuple(tie('expression'), tie('expression'))
        .map(([a, b]): [string, string] => [`(${a[0]})(${b[0]})`, `{${b[1]}} \\cdot {(${a[1]})}`]),
      tie('expression').map((a): [string, string] => [`(${a[0]})^2`, `(${a[1]})\\times(${a[1]})`]),
    ),
  }));

  it('an expression is equal to itself written otherwise, and not to itself plus one', () => {
    fc.assert(
      fc.property(expression, ([a, b]) => {
        expect(boxed(a, b)).toBe(true);
        expect(boxed(a, `${b} + 1`)).toBe(false);
      }),
    );
  });

  it('lists are equal in any order, tuples in one', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: -999, max: 999 }), { minLength: 2, maxLength: 6 }), (values) => {
        const turned = [...values.slice(1), values[0]];
        expect(boxed(values.join(', '), turned.join(' , '))).toBe(true);
        expect(boxed(`(${values.join(',')})`, `(${turned.join(',')})`)).toBe(false);
        expect(boxed(values.join(', '), values.slice(1).join(', '))).toBe(false);
      }),
    );
  });
});

describe('what a last sentence works out', () => {
  it.each([
    ['So she had 98 - 96 = 2 books left to sell.', '2'],
    ['The tree had 4 + 3 = 7 apples left over from the previous day.', '7'],
    ['There were 39 + 12 = 51 customers. So 51 - 49 = 2 customers left no tip, then.', '2'],
    ['Dan has $3.00 - $1.00 = $2.00 left in his pocket.', '2'],
    ['The difference between the number of chairs before selling and the left is 15 - 3 = 12 chairs.', '12'],
    ['First, 43 + 23 = 66. So, Kaleb scored 66 points.', '66'],
    ['So, there are 292 + 324 = 616 shells Lino picked up in all.', '616'],
    ['Together they have 1,200 + 34 = 1,234 marbles in the jar.', '1234'],
  ])('%s', (response, gold) => {
    expect(verifyMath(gold, response)).toBe(true);
    expect(verifyMath(`${Number(gold) + 1}`, response)).toBe(false);
  });

  it.each([
    ['There are 4 squirrels that have 2 nuts.', '2'],
    ['There were 24 soccer campers and 32 football campers.', '32'],
    ['4 + 3 = 7 apples is wrong.', '7'],
    ['It is not true that 4 + 3 = 7 apples are left.', '7'],
    ['If 4 + 3 = 7 apples were left, all would be well.', '7'],
    ['Perhaps 4 + 3 = 7 apples are left.', '7'],
    ['4 + 3 = 7 apples and 2 pears are left.', '7'],
    ['4 + 3 = 7 apples and 2 pears are left.', '2'],
    ['Are 4 + 3 = 7 apples left?', '7'],
    ['4 + 3 = 7. So 7 of the 9 apples are left.', '7'],
    ['4 + 3 = 7. So there may be 7 apples.', '7'],
    ['4 + 3 = 7. So there are not 7 apples.', '7'],
    ['4 + 3 = 7. So what do 7 apples cost?', '7'],
    ['4 + 3 = 7. There were 7 apples.', '7'],
  ])('claims nothing where it only names, denies or supposes: %s', (response, gold) => {
    expect(verifyMath(gold, response)).toBe(false);
  });
});
