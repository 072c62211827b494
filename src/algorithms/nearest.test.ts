import { describe, expect, it } from 'vitest';
import { didYouMean, nearest } from './nearest.ts';

const keys = [
  'kind',
  'steps',
  'groupSize',
  'promptsPerStep',
  'maxTokens',
  'learningRate',
  'beta',
  'klRefreshEvery',
  'beta1',
  'clip',
  'loss',
  'rewards',
  'evalEvery',
  'evalSamples',
];

describe('nearest', () => {
  it('finds the name behind a slip, another spelling, initials or a longer name', () => {
    for (const [word, name] of [
      ['lerningRate', 'learningRate'],
      ['learning_rate', 'learningRate'],
      ['LEARNINGRATE', 'learningRate'],
      ['lr', 'learningRate'],
      ['klBeta', 'beta'],
      ['step', 'steps'],
      ['maxtoken', 'maxTokens'],
      ['groupsize', 'groupSize'],
      ['grouspize', 'groupSize'],
      ['reward', 'rewards'],
      ['eval_every', 'evalEvery'],
    ])
      expect(nearest(word, keys), word).toBe(name);
  });

  it('says nothing rather than something far-fetched', () => {
    expect(nearest('zzz', keys)).toBeUndefined();
    expect(nearest('', keys)).toBeUndefined();
    expect(nearest('x', [])).toBeUndefined();
  });

  it('makes a sentence of it, or lists what there is', () => {
    expect(didYouMean('zeor', ['zero', 'score'])).toBe('; did you mean "zero"?');
    expect(didYouMean('banana', ['zero', 'score'])).toBe('; there are zero, score');
    expect(didYouMean('banana', [])).toBe('');
  });
});
