import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numberAccuracy } from './accuracy.ts';
import { finalNumber, numbersIn } from './lastNumber.ts';

async function judge(completion: string, gold: string | number): Promise<number | null> {
  const scores = await numberAccuracy('answer')({
    prompts: ['q'],
    completions: [completion],
    rows: [{ id: '1', prompt: 'q', answer: gold }],
  });
  return scores[0];
}

describe('numberAccuracy', () => {
  it.each([
    ['#### 18', '18', 1],
    ['She has 3 left.\n#### 1,200', '#### 1200', 1],
    ['#### $18.00', '18', 1],
    ['so 4 + 5 = 9. The answer is $9.', '9', 1],
    ['The answer is: 9. I checked it 2 times.', '9', 1],
    ['They earn $1,250.', '1250', 1],
    ['10-4', '4', 1],
    ['it is -3', '-3', 1],
    ['a loss of -$3', '-3', 1],
    ['a loss of \u22123', '-3', 1],
    ['\\boxed{18}', '18', 1],
    ['\\boxed{\\$1{,}200}', '1200', 1],
    ['First try \\boxed{8}. No: \\boxed{11}.', '11', 1],
    ['First try \\boxed{8}. No: \\boxed{11}.', '8', 0],
    ['\\boxed{6}, again \\boxed{6}', '6', 1],
    ['\\boxed{\\frac{3}{4}}', '4', 0],
    ['\\boxed{\\frac{3}{4}}', '0.75', 1],
    ['\\boxed{5}, or rather \\boxed{9', '5', 1],
    ['<think> 5 or 6 </think> <answer> 6 apples </answer> 7', '6', 1],
    ['<think> 5 or 6 </think> It is 6.', '6', 1],
    ['<think> 5 or 6', '6', 0],
    ['it is 5, <think> no, 6', '5', 0],
    ['<think> 6 </think> many', '6', 0],
    ['no idea', '6', 0],
    ['', '6', 0],
    ['5/0', '5', 0],
    ['0', '0', 1],
    ['90071992547409930', '90071992547409931', 0],
    ['90071992547409931', '90071992547409931', 1],
    ['123,456,789,012,345,679', '123456789012345678', 0],
  ])('%j against %j: %s', async (completion, gold, score) => {
    expect(await judge(completion, gold)).toBe(score);
  });

  it('does not judge rows whose own answer holds no number, or an unclear one', async () => {
    expect(await judge('\\boxed{5}', '(see the figure)')).toBeNull();
    expect(await judge('\\boxed{5}', '')).toBeNull();
    expect(await judge('5', '#### 5 or 6')).toBeNull();
  });

  it('takes a gold of 0 given as a number', async () => {
    expect(await judge('none, 0', 0)).toBe(1);
  });

  it('finds the integer that is written, whatever its length, with or without commas', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 40n }), fc.boolean(), (n, commas) => {
        const text = commas ? String(n).replace(/\B(?=(\d{3})+$)/g, ',') : String(n);
        expect(finalNumber(`so it is $${text}.`)).toEqual({ top: n, bottom: 1n });
      }),
    );
  });

  it('survives any text', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-\d.,/$\\{}#]*$/)), (text) => void numbersIn(text)));
  });
});
