import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choiceAccuracy, chosenOption } from './choice.ts';

const options = ['London', 'Paris', 'Rome', 'Berlin'];
const reward = choiceAccuracy('answer', 'options');
const score = async (completion: string, answer: unknown = 'B', given: unknown = options) =>
  (await reward({ prompts: ['p'], completions: [completion], rows: [{ id: '1', prompt: 'p', answer, options: given }] }))[0];

describe('choiceAccuracy, where B is right', () => {
  it.each([
    'B',
    'b',
    '(B)',
    'B)',
    'B.',
    '**B**',
    '\\boxed{B}',
    '\\boxed{\\text{B}}',
    'Answer: B',
    'The correct answer is (B) because it is the capital.',
    'Option B',
    'option B',
    'B: Paris',
    'B) Paris',
    '(B) Paris',
    'B. Paris',
    'Paris',
    'paris.',
    'I choose B',
    'It is B',
    'The answer is B, not A.',
    'The answer is not A. The answer is B.',
    'A is wrong, C is wrong. The answer is B.',
    'The answer is A. Wait, no. The answer is B.',
    '<think>A or C</think><answer>B</answer>',
    '<think>x</think>The answer is \\boxed{\\text{(B) Paris}}',
    'The answer is B. Option A is too small, and C is too big.',
    'Final Answer: **B**',
    '$\\boxed{\\textbf{(B)}\\ 5}$',
    'The answer is b',
    'The correct option is B.',
    'Choice B is correct.',
    'Let us look. London is in England. Therefore, the answer is B.',
    '<answer> (b) </answer>',
    'B because A is wrong',
    'A city. The answer is Paris.',
    'Answer: B\n\nExplanation: Paris is the capital.',
    'The best choice would be option B.',
    '**Answer:** (B)',
    '\\boxed{A}. No: \\boxed{B}',
    'The answer is $\\mathbf{B}$',
    'It must be B, since A, C and D are not capitals of France.',
  ])('%j: 1', async (completion) => {
    expect(await score(completion)).toBe(1);
  });

  it.each([
    'A',
    'A, B, C, D',
    'A B C D',
    'ABCD',
    'B or C',
    'A/B',
    'A and B',
    'The answer is A. The answer is B. The answer is C. The answer is D.',
    'The answer is A. Or B. Or C. Or D.',
    'The answer is B. D.',
    'not B',
    'B is wrong',
    'The answer is not B',
    '<think>The answer is B</think>',
    '<think>B',
    '<answer>B',
    '\\boxed{A}\\boxed{B}',
    '\\boxed{A,B}',
    '<answer>A</answer><answer>B</answer>',
    '<answer>A</answer> or <answer>B</answer>',
    'B) London',
    '',
    'The answer is B, C',
    'London',
    'Is it B?',
    'B? No. C.',
    '(A) (B) (C) (D)',
    'a, b',
    'The answer is B and C is also right',
    'London or Paris',
    'The answer is B. C is also correct.',
    'The answer is either B or C',
    'E',
    'Barcelona',
    'A\nB\nC\nD',
    'One of A, B, C, D',
    'The answer is B; C',
    'I choose B, or C',
    'All of A-D',
    'A) London B) Paris C) Rome D) Berlin',
  ])('%j: 0', async (completion) => {
    expect(await score(completion)).toBe(0);
  });

  const numbers = ['12', '15', '18', '21'];
  it.each([
    'The answer is C) 18',
    'The answer is: C',
    '**C) 18**',
    'C. 18',
    'The final answer is $\\boxed{C}$.',
    '\\boxed{C. 18}',
    '\\boxed{\\text{C}}.',
    'Thus the correct choice is **C**.',
    'Therefore, option C is correct.',
    '18',
    'Answer: 18',
    'The answer is 18.',
    'The correct answer is option (C), 18.',
    'Answer:\nC',
    'Answer:\n\n**C**',
    'I would go with C.',
    'My answer: C',
    'Answer - C',
    'Answer = C',
    'ANSWER: C',
    'answer: c',
    'The answer is (c).',
    'C is the answer.',
    'C is the correct answer.',
    '(C) is correct',
    'C is right because 12+6=18.',
    'So C.',
    'So, the answer is C.\n\nA: 12 is too small.',
    '$C$',
    '$$C$$',
    '<answer>C) 18</answer>',
    '<answer>The answer is C</answer>',
    '"C"',
    'C!',
    'Option (C): 18',
    'A is wrong. B is wrong. D is wrong. So C.',
    'We eliminate A and B. D is impossible. The answer must be C.',
    'The best answer is C',
    'Correct Answer: C',
    'Choose C',
    'I pick option C',
    'Of the options (A) 12, (B) 15, (C) 18, (D) 21, the answer is (C).',
    'The answer: C',
    '{"answer": "C"}',
    'It is option C.',
    'Final: C',
    'C (18)',
    'Option (C): 18',
    '\\boxed{C}\n\nThe answer is C.',
    'The answer is A. No, wait. It is \\boxed{C}',
  ])('%j: 1 where C is right', async (completion) => {
    expect(await score(completion, 'C', numbers)).toBe(1);
  });

  it.each([
    'The answer is A, B, C, or D',
    'The answer is one of C, D',
    'C? D?',
    'The answer is C or maybe D',
    'Maybe C',
    'The answer could be C',
    'Perhaps it is C.',
    'Maybe the answer is C.',
    'The answer is probably C',
    'I guess (C)',
    'C, maybe',
    'The answer is C, perhaps.',
    'If x is 3 the answer is C',
    'The answer might well be C.',
    'The answer is C, but I am not sure.',
    'The answer is 12 or 18',
    '12, 15, 18, 21',
    'Answer: A. Answer: B. Answer: C',
    'It is not C',
    'The answer is anything but C',
    'The answer is D) 18',
    'A) 18',
    'Answer: A\nAnswer: C',
    'Answers: A, C',
    '\\boxed{A} and \\boxed{C}',
    'C and D',
    'I choose all: A B C D',
    'The answer is not (C)',
    'C is incorrect',
    'C is not correct',
    'C is not the answer',
    'neither C',
    'Any except C',
    'all but C',
    'everything other than C',
    'The answer is C. The answer is also D.',
    'The answer is C^2',
    'The answer is C18',
    'AC',
    '{"answer": ["A","C"]}',
    'A C',
    'The letter C appears in D',
    'Which of A, B, C, D?',
    '<answer>A</answer><answer>C</answer>',
    'A or the answer is C',
    'The correct answer is option (C), 12.',
    'Option (C): 12',
    'C (12)',
    'C = 12',
    '\\boxed{C} The answer is A.',
    '\\boxed{C}. Answer: D',
    'The answer is C or A',
  ])('%j: 0 where C is right', async (completion) => {
    expect(await score(completion, 'C', numbers)).toBe(0);
  });

  it('does not apply where the gold is none of the options', async () => {
    expect(await score('B', 'E')).toBeNull();
    expect(await score('B', '')).toBeNull();
    expect(await score('B', null)).toBeNull();
    expect(await score('B', 'B', 'London')).toBeNull();
    expect(await score('b', ' b ')).toBe(1);
  });

  it('is at most one option for whatever is written, whichever is right', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.constantFrom(
              'A',
              'B',
              'C',
              'D',
              '(A)',
              ' or ',
              ' and ',
              '. ',
              ', ',
              'The answer is ',
              'not ',
              'No, ',
              'London',
              '\\boxed{',
              '}',
            ),
          ),
        ),
        async (pieces) => {
          const scores = await Promise.all([...'ABCD'].map((gold) => score(pieces.join(''), gold)));
          expect(scores.filter((one) => one === 1).length).toBeLessThanOrEqual(1);
        },
      ),
    ));

  it('takes a letter in any accepted frame, and no second one beside it', () => {
    const frames = [
      '%',
      '(%)',
      '%.',
      'Answer: %',
      'The answer is %.',
      'The correct option is (%), I think.',
      'I choose %',
      'Final answer: %',
    ];
    const joins = [', ', ' or ', ' and ', ' / ', '\n', '. ', '; ', ' '];
    fc.assert(
      fc.property(fc.constantFrom(...frames), fc.constantFrom(...joins), fc.nat(3), fc.nat(3), fc.boolean(), (frame, join, a, b, first) => {
        const say = (i: number) => frame.replace('%', 'ABCD'[i]);
        expect(chosenOption(say(a), options)).toBe(a);
        if (a === b) return;
        const both = first ? say(a) + join + 'ABCD'[b] : 'ABCD'[b] + join + 'ABCD'[a];
        expect(chosenOption(both, options), both).toBeUndefined();
        expect(chosenOption(say(a) + join + say(b), options)).toBeUndefined();
      }),
    );
  });

  it('keeps the cost of a hostile text down', () => {
    const begun = performance.now();
    for (const text of [
      'A, '.repeat(20_000),
      'the answer is '.repeat(10_000),
      '('.repeat(50_000),
      'A '.repeat(30_000),
      'answer '.repeat(9000),
    ])
      chosenOption(text, options);
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});
