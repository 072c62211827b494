// Responses with our rewards, for the peer's port of the rewards to be held against (bench/peers/check_lab_rewards.py): those that
// runs recorded, each once more spoilt at random, and spellings of answers that only an exact judge gets right.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Stream, stream } from '../../src/algorithms/random.ts';
import { scoreCompletions } from '../../src/rewards/mix.ts';
import type { TaskRow } from '../../src/tasks/task.ts';
import { listRollouts, readRollouts } from '../../src/tracking/rollouts.ts';
import { learningSetup } from './setup.ts';

const pieces =
  '<think> </think> <answer> </answer> <think <answer > + - * / ( ) = == // ** 0 1 07 12 1e1 1.5 , . no \u00a0 \u2003 \ufeff \u0085 \u001c \u0663 \uff11 \ud83d\ude00 \n \t';

/** Writes {numbers, target, text, rewards, reward} a line; what a run recorded has its `step` and token `ids`, and `recorded`, the rewards that it wrote down. */
export async function writeJudged(file: string, runs: readonly string[]): Promise<void> {
  const { task, weights } = await learningSetup(1);
  const random = stream(1, 'judge');
  const rows: { row: TaskRow; text: string; recorded?: Record<string, number | null>; ids?: unknown; step?: number }[] = [];
  for (const run of runs)
    for (const { file: rollouts, step } of await listRollouts(join(run, 'rollouts')))
      for (const { prompt, text, rewards, ids } of await readRollouts(rollouts)) {
        const row = countdown(prompt);
        rows.push(
          { row, text, recorded: rewards, ids, step },
          { row, text: spoilt(text, random) },
          { row, text: wrapped(spellings(row, random), random) },
        );
      }
  const scores = await scoreCompletions(task, weights, {
    prompts: rows.map(({ row }) => row.prompt),
    completions: rows.map(({ text }) => text),
    rows: rows.map(({ row }) => row),
  });
  const lines = rows.map(({ row, text, recorded, ids, step }, i) => {
    const rewards = Object.fromEntries(Object.entries(scores.rewards).map(([name, values]) => [name, values[i]]));
    return `${JSON.stringify({ numbers: row.numbers, target: row.target, text, step, ids, recorded, rewards, reward: scores.total[i] })}\n`;
  });
  writeFileSync(file, lines.join(''));
}

/** The row that a rollout's prompt id names: `countdown 7 7 1 = 56`. */
function countdown(id: string): TaskRow {
  const [, numbers, target] = /^countdown ([\d ]+) = (\d+)$/.exec(id) ?? [];
  return { id, prompt: '', domain: 'countdown', numbers: numbers.split(' ').map(Number), target: Number(target) };
}

/** One to three places of a text replaced, dropped or doubled. */
function spoilt(text: string, random: Stream): string {
  const parts = text.split(/( )/);
  const other = pieces.split(' ');
  for (let times = 1 + random.int(3); times > 0; times--) {
    const at = random.int(parts.length);
    const kind = random.int(4);
    if (kind === 0) parts.splice(at, 1);
    else if (kind === 1) parts.splice(at, 1, other[random.int(other.length)]);
    else if (kind === 2) parts.splice(at, 0, other[random.int(other.length)], random.int(2) === 0 ? ' ' : '');
    else parts.splice(at, 0, ...parts.slice(at, at + 1 + random.int(6)));
  }
  return parts.join('');
}

/** An expression over the row's numbers, often of the target's value, in odd spellings. */
function spellings({ numbers, target }: TaskRow, random: Stream): string {
  const [a, b, c] = random.shuffle([...(numbers as number[])]);
  const [p, q] = [random.int(4), random.int(4)].map((i) => '+-*/'[i]);
  const space = ['', ' ', '  ', '\n', '\u00a0', '\u0085'][random.int(6)];
  const inner = [`(${a}${space}${p}${space}${b})`, `${a}${space}${p}${space}${b}`, `((${a})${p}0${b})`][random.int(3)];
  const whole = random.int(2) === 0 ? `${inner}${space}${q}${space}${c}` : `${c}${space}${q}${space}${inner}`;
  const deep = random.int(40) === 0 ? `${'('.repeat(180)}${whole}${')'.repeat(180)}` : whole;
  const tail = ['', '', '', ` = ${target}`, `=${target}${space}`, `= 0${target}`, '=', ` = ${target} = ${target}`][random.int(8)];
  return `${space}${deep}${tail}`;
}

function wrapped(answer: string, random: Stream): string {
  const forms = [
    '<think> a </think> <answer> @ </answer>',
    '<answer>@</answer>',
    '<answer> 1 </answer> <answer>@</answer> .',
    '<think> <answer> @ </answer>',
    '@',
  ];
  return forms[random.int(forms.length)].replace('@', () => answer);
}
