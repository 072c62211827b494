import { describe, expect, it } from 'vitest';
import { checkCountdown } from '../countdownCheck.ts';
import type { LoadedTask, RewardFunction, TaskRow } from '../task.ts';
import { countdownLevels } from './countdownLevels.ts';
import { logicTasks } from './index.ts';

const score = async (reward: RewardFunction, completion: string, row: TaskRow) =>
  (await reward({ prompts: [row.prompt], completions: [completion], rows: [row] }))[0];

const made = new Map<string, Promise<LoadedTask> | LoadedTask>();

/** The rows of seed 1, made once. */
function rowsOf(name: string): Promise<LoadedTask> | LoadedTask {
  const rows = made.get(name) ?? logicTasks[name]().load({ seed: 1 });
  made.set(name, rows);
  return rows;
}

describe('the logic tasks', () => {
  // One level of each kind; the generators' own tests see all of them.
  const names = ['knights-knaves-3', 'zebra-2', 'sudoku-1', 'countdown-4', 'logical-deduction-3'];

  it('are each kind of puzzle at five levels', () => {
    expect(Object.keys(logicTasks)).toHaveLength(25);
    for (const name of names) expect(logicTasks[name]().name).toBe(name);
  });

  it.each(names)('%s: rows of its own for each seed, the same held-out ones for any, none on both sides', async (name) => {
    const { train, heldOut } = await rowsOf(name);
    expect([train.length, heldOut.length]).toEqual([1000, 100]);
    const other = await logicTasks[name]().load({ seed: 2 });
    expect(other.heldOut).toEqual(heldOut);
    expect(other.train).not.toEqual(train);
    const held = new Set(heldOut.map(({ id }) => id));
    expect(held.size).toBe(100);
    expect([...train, ...other.train].filter(({ id }) => held.has(id))).toEqual([]);
  });

  it.each(names)("%s: every row's own answer is right, and no other row's, nor one that is thought only or not ended", async (name) => {
    const task = logicTasks[name]();
    const { heldOut } = await rowsOf(name);
    const { accuracy, format } = task.rewards;
    for (const [i, row] of heldOut.entries()) {
      const answer = String(row.answer);
      const whole = `<think>Let me see.</think>\n<answer>\n${answer}\n</answer>`;
      expect(await score(accuracy, whole, row), answer).toBe(1);
      expect(await score(format, whole, row)).toBe(1);
      expect(await score(accuracy, answer, row)).toBe(1);
      for (const refused of [
        `<think>${answer}</think>`,
        `<think>${answer}`,
        `<think>I see. <answer>${answer}</answer>`,
        `<think>a</think><answer>${answer}`,
        `<think><answer>${answer}</answer></think> I cannot tell.`,
        '<think>a</think><answer></answer>',
        '',
      ])
        expect(await score(accuracy, refused, row), refused).toBe(0);
      const other = String(heldOut[(i + 1) % heldOut.length].answer);
      if (other !== answer) {
        expect(await score(accuracy, `<answer>${other}</answer>`, row)).toBe(0);
        for (const both of [
          `<answer>${answer}</answer> <answer>${other}</answer>`,
          `<answer>${other}</answer> or <answer>${answer}</answer>`,
          `<answer>${other}\n${answer}</answer>`,
        ])
          expect(await score(accuracy, both, row), both).toBe(0);
        expect(await score(accuracy, `<answer>${other}</answer> No, wait: <answer>${answer}</answer>`, row)).toBe(1);
      }
    }
  });

  it('ask for a countdown that can be reached, with as many numbers as the level says', async () => {
    for (const [level, count] of [
      [1, 3],
      [3, 4],
      [4, 5],
      [5, 6],
    ]) {
      const { heldOut } = await rowsOf(`countdown-${level}`);
      for (const { answer, puzzle } of heldOut) {
        const { numbers, target } = puzzle as { numbers: number[]; target: number };
        expect(numbers).toHaveLength(count);
        expect(checkCountdown(String(answer), numbers, target)).toBe(true);
      }
    }
  });

  it.each<[string, number[], number, boolean]>([
    ['3 = 9/3', [9, 3], 3, true],
    ['4 = 9/3', [9, 3], 3, false],
    ['(8 × 2) ÷ 4 − 1', [8, 2, 4, 1], 3, true],
    ['8 x 2 / (4 - 3)', [8, 2, 4, 3], 16, true],
    ['\\frac{8 \\times 3}{4} \\cdot \\left(5 - 3\\right)', [8, 3, 4, 5, 3], 12, true],
    ['[8 + 2] * 3 = 30.', [8, 2, 3], 30, true],
    ['8 × 2 × 2', [8, 2], 32, false],
    ['\\frac{8}{0}', [8, 0], 0, false],
    ['0x10', [0, 10], 16, false],
  ])('judge a countdown as it is written: %s from %j for %d: %s', (text, numbers, target, right) => {
    expect(countdownLevels.check([text], { canonical: '', question: '', answer: '', numbers, target })).toBe(right);
  });

  it.each(['The answer is %', 'Equation: %.', '$%$', '\\boxed{%}', '`%`'])('take a countdown written as %j', async (frame) => {
    const task = logicTasks['countdown-1']();
    const [row] = (await rowsOf('countdown-1')).heldOut;
    expect(await score(task.rewards.accuracy, frame.replace('%', String(row.answer)), row)).toBe(1);
    expect(await score(task.rewards.accuracy, frame.replace('%', `${row.answer} + 1`), row)).toBe(0);
  });

  it.each(names)('%s: a hostile response costs little', async (name) => {
    const { accuracy } = logicTasks[name]().rewards;
    const [row] = (await rowsOf(name)).heldOut;
    const pieces = [
      '1 ',
      '.',
      '(',
      '[[',
      '{"a":',
      '\\boxed{',
      '<answer>',
      '\\frac{',
      '| ',
      '\n',
      '; ',
      'knight ',
      'all of the ',
      'house 1 ',
      'A, ',
      'the answer is ',
      '<br',
      '\\text{',
    ];
    for (const piece of pieces)
      for (const length of [3900, 200_000]) {
        const text = piece.repeat(length / piece.length);
        const begun = performance.now();
        expect(await score(accuracy, text, row)).toBe(0);
        // 50 ms are the aim, and hold on an idle core; the bound leaves room for a busy one.
        expect(performance.now() - begun, `${piece} ${length}`).toBeLessThan(500);
      }
  });
});
