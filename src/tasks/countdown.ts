// Countdown as TinyZero trains on it (Jiayi Pan and others, 2025): reach a target from three or four numbers, each used once. The score is
// 1 for a right equation, 0.1 for any answer in its tags, else 0; no other reward.

import { type Stream, stream } from '../algorithms/random.ts';
import { type DataRow, readRows } from '../datasets/rows.ts';
import { stringifyJson } from '../formats/jsonl.ts';
import { InputError } from '../platform/errors.ts';
import { answerText } from '../rewards/format.ts';
import type { RewardFunction, TaskRow } from '../rewards/reward.ts';
import { checkCountdown, countdownAnswers } from './countdownCheck.ts';
import { defineTask, type LoadedTask, type Task, type TaskContext } from './task.ts';

export interface CountdownOptions {
  name: string;
  /** 'chat': messages for the model's chat template; 'r1-zero': TinyZero's prompt as raw text, for a base model. */
  template: 'chat' | 'r1-zero';
}

interface Problem {
  numbers: number[];
  target: number;
}

const opening = 'Let me solve this step by step.\n<think>';
/** Of TinyZero's evaluation. */
const largestHeldOut = 1024;
/** Problems made where no data is given, a tenth of them held out. */
const made = 10_240;
const largestNumber = 99;
const largestTarget = 100;
const FORMAT_SCORE = 0.1;

/**
 * Without data the problems are made, by the seed, each with a solution. The recipe's `data` may name rows with the columns `nums` and
 * `target`, as Countdown-Tasks-3to4 on the hub has them. A tenth is held out, at most 1,024; no problem is on both sides, in whatever
 * order its numbers stand.
 */
export function countdownTask({ name, template }: CountdownOptions): Task {
  return defineTask({
    name,
    load: (context) => load(name, template, context),
    rewards: { score: countdownScore, accuracy: countdownAccuracy },
    weights: { score: 1, accuracy: 0 },
    accuracy: 'accuracy',
    answers: countdownAnswers,
    prefill: opening,
  });
}

/** TinyZero's score: 1, 0.1 or 0. */
export const countdownScore: RewardFunction = ({ completions, rows }) =>
  completions.map((completion, i) => {
    const answer = answerText(completion);
    if (answer === undefined) return 0;
    return isRight(answer, rows[i]) ? 1 : FORMAT_SCORE;
  });

const countdownAccuracy: RewardFunction = ({ completions, rows }) =>
  completions.map((completion, i) => Number(isRight(answerText(completion) ?? '', rows[i])));

function isRight(answer: string, row: TaskRow): boolean {
  const { numbers, target } = row.problem as Problem;
  return checkCountdown(answer, numbers, target);
}

async function load(name: string, template: CountdownOptions['template'], { data, columns, seed }: TaskContext): Promise<LoadedTask> {
  const random = stream(seed, 'countdown');
  const problems =
    data === undefined
      ? Array.from({ length: made }, () => solvable(random))
      : (await readRows(data, ['nums', 'target'], { columns })).map(problemOf);
  const distinct = [...new Map(problems.map((problem) => [canonical(problem), problem])).values()];
  const rows = distinct.map((problem) => taskRow(name, template, problem));
  if (data !== undefined && rows.length < 2)
    throw new InputError(
      `${data}: there is ${rows.length === 1 ? 'one problem' : 'no problem'} in it; one to train on and one to hold out are the least`,
    );
  const shuffled = stream(seed, 'countdown', 'held out').shuffle(rows);
  const held = Math.min(largestHeldOut, Math.ceil(rows.length / 10));
  return { train: shuffled.slice(held), heldOut: shuffled.slice(0, held) };
}

function problemOf({ place, row }: DataRow): Problem {
  const { nums, target } = row;
  // Beyond 2^53 a number would be another one, and the right answer be judged wrong.
  const whole = (n: unknown): n is number | bigint => (typeof n === 'bigint' || typeof n === 'number') && Number.isSafeInteger(Number(n));
  if (!Array.isArray(nums) || nums.length < 2 || !nums.every(whole) || !whole(target))
    throw new InputError(
      `${place}: "nums" must be two or more whole numbers and "target" one, none beyond 2^53; found ${stringifyJson(nums)} and ${stringifyJson(target)}`,
    );
  return { numbers: nums.map(Number), target: Number(target) };
}

/** Three or four numbers, and a target that some way of combining them reaches through whole numbers above zero. */
function solvable(random: Stream): Problem {
  for (;;) {
    const numbers = Array.from({ length: 3 + random.int(2) }, () => 1 + random.int(largestNumber));
    const target = combined(numbers, random)?.value;
    if (target !== undefined && target >= 10 && target <= largestTarget) return { numbers, target };
  }
}

/** The outcome of combining all the numbers by random operations; undefined where a step leaves the whole numbers above zero. */
export function combined(numbers: readonly number[], random: Stream): { value: number; expression: string } | undefined {
  const values = numbers.map((value) => ({ value, expression: String(value) }));
  while (values.length > 1) {
    const [a] = values.splice(random.int(values.length), 1);
    const [b] = values.splice(random.int(values.length), 1);
    const operation = random.int(4);
    const value = [a.value + b.value, a.value - b.value, a.value * b.value, a.value / b.value][operation];
    if (value < 1 || !Number.isInteger(value)) return undefined;
    values.push({ value, expression: `(${a.expression} ${'+-*/'[operation]} ${b.expression})` });
  }
  return { value: values[0].value, expression: values[0].expression.slice(1, -1) };
}

function canonical({ numbers, target }: Problem): string {
  return `${[...numbers].sort((a, b) => a - b).join(' ')} = ${target}`;
}

function taskRow(name: string, template: CountdownOptions['template'], problem: Problem): TaskRow {
  const { numbers, target } = problem;
  const question =
    `Using the numbers [${numbers.join(', ')}], create an equation that equals ${target}. You can use basic arithmetic operations (+, -, *, /) ` +
    'and each number can only be used once. Show your work in <think> </think> tags. And return the final answer in <answer> </answer> tags, ' +
    'for example <answer> (1 + 2) / 3 </answer>.';
  const prompt: TaskRow['prompt'] =
    template === 'r1-zero'
      ? 'A conversation between User and Assistant. The user asks a question, and the Assistant solves it. The assistant first thinks about the ' +
        `reasoning process in the mind and then provides the user with the answer.\nUser: ${question}\nAssistant: `
      : [
          {
            role: 'system',
            content:
              'You are a helpful assistant. You first think about the reasoning process in the mind and then provide the user with the answer.',
          },
          { role: 'user', content: question },
        ];
  return { id: `${name} ${numbers.join(' ')} = ${target}`, problem, prompt, domain: 'countdown' };
}
