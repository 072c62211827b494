// What the word problems' reward takes and what it refuses: a response that only ends with the right number is none.
import { describe, expect, it } from 'vitest';
import { loadTask } from './registry.ts';

async function judge(name: string, completion: string, answer: string): Promise<number | null> {
  const task = await loadTask(name);
  const [score] = await task.rewards[task.accuracy as string]({
    prompts: ['q'],
    completions: [completion],
    rows: [{ id: 'a', prompt: 'q', answer }],
  });
  return score;
}

describe.each(['gsm8k', 'gsm8k-r1-zero', 'mgsm_en', 'mgsm_es', 'mgsm_zh'])('%s', (name) => {
  it.each([
    '#### 18',
    '#### $18.00',
    'so 4 + 14 = 18. The answer is $18.',
    'The answer is: 18. I checked it 2 times.',
    '\\boxed{18}',
    '\\boxed{\\$18}',
    'First try \\boxed{8}. No: \\boxed{18}.',
    '<think> 5 or 6 </think> <answer> 18 apples </answer> 7',
    '<answer>18 dollars per day</answer>',
    '<answer>9 x 2 = 18</answer>',
    'The answer is 19 - 1 = 18.',
    '<answer>She makes $18 every day.</answer>',
    '<think> 5 or 6 </think> It is 18.',
  ])('takes %s', async (completion) => {
    expect(await judge(name, completion, '18')).toBe(1);
  });

  it.each([
    'The answer is not 18.',
    'The answer is 18 or 19.',
    'The answer is between 18 and 20.',
    '<answer>17 18</answer>',
    '<answer>at least 18</answer>',
    '\\boxed{17, 18}',
    '\\boxed{17} and \\boxed{18}',
    '\\boxed{18',
    '\\boxed{x > 18}',
    '\\boxed{18x}',
    '\\boxed{18!}',
    '\\boxed{\\sqrt{18}}',
    '\\boxed{2.5e18}',
    '#### 18 19',
    '<think> 18',
    '',
  ])('refuses %s', async (completion) => {
    expect(await judge(name, completion, '18')).toBe(0);
  });
});

it('compares large numbers exactly', async () => {
  expect(await judge('gsm8k', '90071992547409930', '#### 90071992547409931')).toBe(0);
  expect(await judge('gsm8k', '123,456,789,012,345,678', '#### 123456789012345678')).toBe(1);
});
