// Reasoning and a summary: made from a right response alone, judged right again, and accepted by the format reward.
import { describe, expect, it } from 'vitest';
import { stream } from '../../algorithms/random.ts';
import { isThinkAnswer } from '../../rewards/format.ts';
import { chainResponse } from './chainResponse.ts';
import { drawChain } from './chains.ts';
import { checkAnswer } from './check.ts';
import { drawCountdown } from './countdown.ts';
import { countdownResponse } from './countdownResponse.ts';
import { chainRow, countdownRow } from './rows.ts';
import { derivation, expressionSteps, stepText, trueSteps } from './steps.ts';
import { finalAnswer, labAnswers, labSummary } from './summary.ts';

const countdown = countdownRow({ numbers: [7, 7, 1], target: 56 });
const chain = chainRow({ numbers: [7, 5, 3, 2], operators: ['+', '*', '-'], result: 20 });
const steps = (text: string) => expressionSteps(text)?.map(stepText);

describe('labSummary', () => {
  it.each([
    [
      countdown,
      '<think> try 7 / 1 = 7 , 7 * 7 = 49 , wrong . 7 + 1 = 8 , 8 * 7 = 56 , yes . </think> <answer> ( 7 + 1 ) * 7 </answer>',
      '<think> try 7 / 1 = 7 , 7 * 7 = 49 , wrong . 7 + 1 = 8 , 8 * 7 = 56 , yes . </think> <answer> first 7 + 1 = 8 , then 8 * 7 = 56 . so : ( 7 + 1 ) * 7 </answer>',
    ],
    // Written the other way round than it is answered.
    [
      countdown,
      '<think> 1 + 7 = 8 , 7 * 8 = 56 . </think> <answer> ( 1 + 7 ) * 7 </answer>',
      '<think> 1 + 7 = 8 , 7 * 8 = 56 . </think> <answer> first 1 + 7 = 8 , then 8 * 7 = 56 . so : ( 1 + 7 ) * 7 </answer>',
    ],
    // A chain's steps are the thought's own: the mended ones.
    [
      chain,
      '<think> 5 * 3 = 16 , wait , no , 5 * 3 = 15 , 7 + 15 = 22 , 22 - 2 = 20 . </think> <answer> 20 </answer>',
      '<think> 5 * 3 = 16 , wait , no , 5 * 3 = 15 , 7 + 15 = 22 , 22 - 2 = 20 . </think> <answer> first 5 * 3 = 15 , then 7 + 15 = 22 , then 22 - 2 = 20 . so : 20 </answer>',
    ],
  ])('%#: the steps, then the answer', (row, completion, wanted) => {
    expect(labSummary(row, completion)).toBe(wanted);
    // Once more changes nothing.
    expect(labSummary(row, wanted)).toBe(wanted);
  });

  it.each([
    ['wrong', countdown, '<think> 7 * 7 = 49 , 49 * 1 = 49 , yes . </think> <answer> ( 7 * 7 ) * 1 </answer>'],
    ['guessed beside the thinking', countdown, '<think> 7 * 7 = 49 , no . so i guess . </think> <answer> ( 7 + 1 ) * 7 </answer>'],
    ['found by a step that is false', chain, '<think> 5 * 3 = 15 , 7 + 15 = 23 , 23 - 2 = 20 . </think> <answer> 20 </answer>'],
    ['without thinking', countdown, '<answer> ( 7 + 1 ) * 7 </answer>'],
    ['not finished', countdown, '<think> 7 + 1 = 8 , 8 * 7 = 56 , yes . </think> <answer> ( 7 + 1 ) * 7'],
    ['without tags', chain, '7 + 15 = 22 , 22 - 2 = 20 . so 20 .'],
  ])('is none where the response is %s', (_, row, completion) => {
    expect(labSummary(row, completion)).toBeNull();
  });

  it('of whatever the corpus writes: right, in the format, the thinking as it was', () => {
    const random = stream(5, 'summaries');
    let made = 0;
    for (let i = 0; i < 1500; i++) {
      const problem = drawCountdown(random);
      const numbers = drawChain(random);
      const [row, response] =
        i % 2 === 0
          ? [countdownRow(problem), countdownResponse(problem, 'en', true, random)]
          : [chainRow(numbers), chainResponse(numbers, 'en', true, random)];
      const summary = labSummary(row, response);
      if (summary === null) continue;
      made++;
      const answer = finalAnswer(summary) as string;
      expect(isThinkAnswer(summary) && checkAnswer(row, answer), summary).toBe(true);
      expect(summary.startsWith(response.slice(0, response.indexOf('</think>')))).toBe(true);
      expect(labAnswers.of(summary, row)).toBe(labAnswers.of(response, row));
      // Each step of the summary is true, and the last one reaches the answer.
      const said = trueSteps(summary.slice(summary.indexOf('<answer>')));
      expect(said).toHaveLength((row.numbers as number[]).length - 1);
      expect(said.at(-1)?.value).toBe(row.target ?? row.result);
    }
    // Every right thought of a chain, and every found answer of a countdown.
    expect(made).toBeGreaterThan(400);
  });
});

describe('finalAnswer', () => {
  it('is what follows the last colon of the answer', () => {
    expect(finalAnswer('<think> a </think> <answer> first 1 + 2 = 3 . so : 3 </answer>')).toBe('3');
    expect(finalAnswer('<answer> 1 : 2 : 3 </answer>')).toBe('3');
    expect(finalAnswer('<answer> 3 </answer>')).toBe('3');
    expect(finalAnswer('<answer> 3 : </answer>')).toBe('');
    expect(finalAnswer('so : 3')).toBeUndefined();
  });
});

describe('the steps of an answer', () => {
  it.each([
    ['( 7 + 1 ) * 7', ['7 + 1 = 8', '8 * 7 = 56']],
    ['7 * (7+1)', ['7 + 1 = 8', '7 * 8 = 56']],
    ['7 + 2 * 3', ['2 * 3 = 6', '7 + 6 = 13']],
    ['12 - 3 - 4', ['12 - 3 = 9', '9 - 4 = 5']],
    ['7 / 2 * 2', undefined],
    ['3 - 5 + 4', undefined],
    ['7 +', undefined],
    ['( 7 + 1', undefined],
    ['7 7', undefined],
    ['20', undefined],
    ['', undefined],
  ])('of %j', (text, wanted) => {
    expect(steps(text)).toEqual(wanted);
  });

  it('are found in a thought where they use each number once', () => {
    const thought = trueSteps('2 + 3 = 5 , 5 * 4 = 20 , no . 3 * 4 = 12 , 2 + 12 = 14 . 7 + 7 = 14');
    expect(derivation(thought, [2, 3, 4], 14)?.map(stepText)).toEqual(['3 * 4 = 12', '2 + 12 = 14']);
    expect(derivation(thought, [2, 3, 4], 20)?.map(stepText)).toEqual(['2 + 3 = 5', '5 * 4 = 20']);
    expect(derivation(thought, [2, 3, 5], 14)).toBeUndefined();
    expect(derivation(thought, [2, 3, 4, 1], 14)).toBeUndefined();
  });

  it('take no long time, however often a thought repeats itself', () => {
    const thought = trueSteps('1 + 1 = 2 , 2 - 1 = 1 , '.repeat(2000));
    const before = process.cpuUsage();
    // Three steps of three use four numbers, and these two give 2 or 1 only.
    expect(derivation(thought, [1, 1, 1, 1], 3)).toBeUndefined();
    expect(derivation(thought, [5, 6, 7, 8], 2)).toBeUndefined();
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(1);
  });
});
