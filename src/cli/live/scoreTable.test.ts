import { describe, expect, it } from 'vitest';
import { evaluation, score } from '../../testing/runEvents.ts';
import { displayWidth, plainPaint } from '../terminal.ts';
import { howMeasured, scoreTable } from './scoreTable.ts';

const measured = score(0.4, {
  consAtK: { 16: { value: 0.5, low: 0.33, high: 0.67 } },
  meanLengthInterval: { low: 30.1, high: 40.1 },
  truncatedShareInterval: { low: 0.01, high: 0.05 },
});
const withMeasures = {
  ...measured,
  measures: {
    helpfulness: { value: -0.25, low: -1.5, high: 1 },
    'a measure of a long name, and longer': { value: 1, low: 0.9, high: 1 },
  },
};
const widest = (lines: readonly string[]): number => Math.max(...lines.map(displayWidth));

describe('the table of an evaluation', () => {
  it('has every figure with its interval', () => {
    const text = scoreTable([evaluation({ aime24: withMeasures })], [], plainPaint).join('\n');
    expect(text).toMatch(/^aime24, 64 problems\n/);
    expect(text).toMatch(/pass@1 \[95% interval\] +0\.400 \[0\.36, 0\.44\]\n/);
    expect(text).toMatch(/cons@16 \[95% interval\] +0\.500 \[0\.33, 0\.67\]\n/);
    expect(text).toMatch(/helpfulness \[95%\] +-0\.250 \[-1\.50, 1\.00\]\n/);
    expect(text).toMatch(/mean length, tokens +35\.1 ± 5\.00\n/);
    expect(text).toMatch(/truncated +2\.0% \[1\.0%, 5\.0%\]/);
  });

  it('counts what is not judged', () => {
    const [head] = scoreTable([evaluation({ a: { ...measured, unjudged: 3, unjudgedSamples: 48 } })], [], plainPaint);
    expect(head).toBe('a, 64 problems, 3 more not judged');
    const [some] = scoreTable([evaluation({ a: { ...measured, unjudgedSamples: 2 } })], [], plainPaint);
    expect(some).toBe('a, 64 problems, 2 samples not judged');
  });

  it('shows what is not known as such', () => {
    const { meanLength: _, truncatedShare: __, ...unknown } = score(0.4);
    const text = scoreTable([evaluation({ a: unknown })], [], plainPaint).join('\n');
    expect(text).toMatch(/mean length, tokens +-\n/);
    expect(text).toMatch(/truncated +-$/);
  });

  it.each([20, 30, 40, 47, 48, 80, 200])('is no wider than %s columns', (width) => {
    const one = evaluation({ 'a domain with quite a long name': withMeasures });
    expect(widest(scoreTable([one], [], plainPaint, width))).toBeLessThanOrEqual(Math.max(width, 30));
    const many = evaluation(Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`微积分 domain ${i}`, measured])));
    expect(widest(scoreTable([{ ...many, overall: measured }], [], plainPaint, width))).toBeLessThanOrEqual(Math.max(width, 30));
  });

  it('of many domains has a line each, and one for all', () => {
    const many = evaluation(Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, measured])));
    const lines = scoreTable([{ ...many, overall: { ...measured, unjudged: 2 } }], [], plainPaint, 100);
    expect(lines).toHaveLength(8);
    expect(lines[0].trim()).toMatch(/^pass@1 \[95%\] +cons@16 +truncated +length +problems +pass@16$/);
    expect(lines[1]).toMatch(/^a +0\.400 \[0\.36, 0\.44\] +0\.500 +2\.0% +35\.1 +64 +0\.969$/);
    expect(lines[6]).toMatch(/^all +0\.400/);
    expect(lines[7]).toBe('2 more problems not judged: their answers cannot be read');
  });
});

it('how it was measured is always told', () => {
  expect(howMeasured(evaluation({}, 1))).toBe('1 sample a problem, temperature 1, top-p 1, at most 400 tokens');
  const { temperature: _, topP: __, maxTokens: ___, ...stored } = evaluation({}, 4);
  expect(howMeasured(stored)).toBe('4 stored samples a problem');
});
