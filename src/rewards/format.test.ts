import { describe, expect, it } from 'vitest';
import { afterThought, answerText, formatReward, isThinkAnswer } from './format.ts';

describe('isThinkAnswer', () => {
  it.each([
    ['<think> a </think> <answer> b </answer>', true],
    ['<think>\na\n</think>\n\n<answer>\nb\n</answer>\n', true],
    // Also the form of a response whose <think> the prompt prefilled: it is put back in front.
    ['<think>\nso 2 </think><answer>2</answer>', true],
    ['<answer> b </answer>', false],
    ['a </think> <answer> b </answer>', false],
    ['<think> a </think> b', false],
    ['<think> a </think> <answer> b', false],
    ['<think> a </think> so <answer> b </answer>', false],
    ['hm <think> a </think> <answer> b </answer>', false],
    ['<think> a </think> <answer> b </answer> .', false],
    ['<answer> b </answer> <think> a </think>', false],
    ['<think> <think> a </think> <answer> b </answer>', false],
    ['<think> a </think> <answer> b </answer> <answer> c </answer>', false],
    ['<think> <answer> x </answer> </think> <answer> b </answer>', false],
    ['<think> </think> <answer> b </answer>', false],
    ['<think> a </think> <answer> </answer>', false],
    ['', false],
  ])('%j: %s', (completion, good) => {
    expect(isThinkAnswer(completion)).toBe(good);
  });

  it('takes no long time over a response of tags alone', () => {
    expect(isThinkAnswer(`<think>${'</think><answer>'.repeat(100_000)}`)).toBe(false);
  });

  it('scores each completion 1 or 0', () => {
    const rows = [{ id: 'a', prompt: 'p' }];
    expect(formatReward({ prompts: ['p', 'p'], completions: ['<think>a</think><answer>b</answer>', 'b'], rows })).toEqual([1, 0]);
  });
});

describe('answerText', () => {
  it('is the last answer after the thought', () => {
    expect(answerText('<think> <answer> 1 </answer> </think> <answer> 2 </answer>')).toBe('2');
    expect(answerText('<answer> 1 </answer> no <answer> 2 </answer>')).toBe('2');
  });

  it('is nothing while the thought goes on, or the answer is not closed', () => {
    expect(answerText('<think> <answer> 1 </answer>')).toBeUndefined();
    expect(answerText('<think> a </think> <answer> 1')).toBeUndefined();
    expect(answerText('1')).toBeUndefined();
  });

  it('takes what follows a closing tag whose opening one the prompt had', () => {
    expect(afterThought('a </think> 5')).toBe(' 5');
    expect(afterThought('5')).toBe('5');
  });
});
