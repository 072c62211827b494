// What the built-in tasks' responses answer, for the majority vote: equal answers together, others never.
import { describe, expect, it } from 'vitest';
import { voteOn } from '../stages/evaluation/judge.ts';
import { loadTask } from './registry.ts';
import type { TaskRow } from './task.ts';

const row = (more: Partial<TaskRow> = {}): TaskRow => ({ id: 'a', prompt: 'p', ...more });
/** The samples that vote together. */
async function votes(name: string, completions: string[], problem = row()): Promise<number[][]> {
  const task = await loadTask(name);
  const given = completions.map((completion) => task.answers?.of(completion, problem) ?? null);
  return voteOn(task, problem, given).map(({ samples }) => samples);
}

describe('the votes of', () => {
  it('mathematics are by value, read as a response is judged', async () => {
    const said = [
      '\\boxed{1/2}',
      '<think>3</think>It is 0.5.',
      '\\boxed{\\frac12}',
      '\\boxed{3}',
      'The answer is $3$',
      '<think>3',
      'I give up',
    ];
    expect(await votes('math500', said)).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
    expect(await votes('aime24', ['\\boxed{025}', '\\boxed{25}', '\\boxed{205}'])).toEqual([[0, 1], [2]]);
    expect(await votes('math', ['\\boxed{x^2 - 1}', '\\boxed{(x-1)(x+1)}', '\\boxed{x^2 + 1}'])).toEqual([[0, 1], [2]]);
  });

  it('word problems are by number', async () => {
    expect(await votes('gsm8k', ['<answer>$1,200</answer>', '\\boxed{1200.0}', '#### 12', 'I do not know'])).toEqual([[0, 1], [2]]);
    expect(await votes('mgsm_es', ['\\boxed{1.200}', '\\boxed{1 200}', 'La respuesta es 1200', '\\boxed{1,2}'])).toEqual([[0, 1, 2], [3]]);
  });

  it('multiple choice are by letter', async () => {
    const problem = row({ choices: ['Oslo', 'Rome'], answer: 'B' });
    const said = ['<answer>B</answer>', 'Rome', 'The answer is (A).', 'A or B', ''];
    for (const name of ['multiple-choice', 'gpqa']) expect(await votes(name, said, problem)).toEqual([[0, 1], [2]]);
  });

  it('countdown are by expression, spaces, order and idle brackets aside', async () => {
    const said = ['<answer>(1 + 2) * 3</answer>', '<answer>3*((2+1))=9</answer>', '<answer>1+2*3</answer>', '<answer>', ''];
    for (const name of ['countdown', 'lab-countdown']) expect(await votes(name, said)).toEqual([[0, 1], [2]]);
    const puzzle = { numbers: [1, 2, 3], target: 9 };
    const levels = [
      '<answer>(1 + 2) × 3</answer>',
      '<answer>(1+2)*3 = 9</answer>',
      '<answer>9 = 3*(2+1)</answer>',
      '<answer>1+2*3</answer>',
    ];
    expect(await votes('countdown-1', levels, row({ puzzle }))).toEqual([[0, 1, 2], [3]]);
  });

  it('puzzles are by what is said, separators and capitals aside', async () => {
    const said = [
      '<answer>Ann is a knight\nBob is a knave</answer>',
      'ann is a knight, bob is a knave',
      '<answer>Bob is a knight</answer>',
      '<think>',
    ];
    expect(await votes('knights-knaves-1', said)).toEqual([[0, 1], [2]]);
    expect(await votes('sudoku-1', ['1 2\n3 4', '1, 2; 3, 4', '1 _\n3 4', '_ 1\n3 4'])).toEqual([[0, 1], [2], [3]]);
    const options = ['a', 'b'];
    expect(await votes('logical-deduction-1', ['B', '<answer>(B)</answer>', 'A'], row({ puzzle: { options } }))).toEqual([[0, 1], [2]]);
  });
});
