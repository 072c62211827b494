// Does the trained model reason, or only write in the form of it? Its held-out accuracy with its thinking taken away and cut in half,
// the base's with <think> forced, and what the self-checks in its answers change.
//   npx tsx bench/reasoning.ts CHECKPOINT [--base lab:base] [--samples 8] [--max-tokens 400]

import { parseArgs } from 'node:util';
import { clusteredInterval } from '../src/algorithms/intervals.ts';
import { deriveSeed } from '../src/algorithms/random.ts';
import type { SamplingClient } from '../src/engine/engine.ts';
import { createLocalEngine } from '../src/engine/local/localEngine.ts';
import type { Tokenizer } from '../src/formats/tokenizer.ts';
import { encodePrompt, openModelText } from '../src/stages/prompts.ts';
import { labTask } from '../src/tasks/lab/index.ts';
import type { TaskRow } from '../src/tasks/task.ts';
import { resolveModel } from '../src/tracking/resolveModel.ts';

const { values, positionals } = parseArgs({
  options: {
    base: { type: 'string', default: 'lab:base' },
    samples: { type: 'string', default: '8' },
    'max-tokens': { type: 'string', default: '400' },
    seed: { type: 'string', default: '7' },
  },
  allowPositionals: true,
});
const samples = Number(values.samples);
const maxTokens = Number(values['max-tokens']);
const task = labTask({ name: 'lab-countdown', countdown: 1, chains: 0 });
const { heldOut } = await task.load({ seed: 1 });
const engine = createLocalEngine();

interface Answer {
  row: TaskRow;
  /** Everything after the prompt. */
  text: string;
}

/** `samples` continuations of prompt + each of the row's starts. */
async function answers(
  sampler: SamplingClient,
  tokenizer: Tokenizer,
  starts: (row: TaskRow, index: number) => string[],
): Promise<Answer[][]> {
  return Promise.all(
    heldOut.map(async (row, index) => {
      const prompt = encodePrompt(tokenizer, task, row);
      const perStart = starts(row, index);
      const groups = await Promise.all(
        perStart.map((start, i) => {
          const tokens = Int32Array.from([...prompt, ...(start === '' ? [] : tokenizer.encode(start))]);
          const n = samples / perStart.length;
          return sampler.sample(tokens, {
            n,
            maxTokens,
            temperature: 1,
            topP: 1,
            topK: 0,
            stop: tokenizer.stopIds,
            seed: deriveSeed(Number(values.seed), index, i),
          });
        }),
      );
      return groups.flatMap((group, i) =>
        group.map(({ tokens }) => ({
          row,
          text: [perStart[i], tokenizer.decode(tokens, { skipSpecial: true })].filter(Boolean).join(' '),
        })),
      );
    }),
  );
}

async function verdicts(groups: Answer[][]): Promise<(number | null)[][]> {
  const accuracy = task.rewards[task.accuracy as string];
  return Promise.all(
    groups.map((group) =>
      accuracy({
        prompts: group.map(({ row }) => row.prompt),
        completions: group.map(({ text }) => text),
        rows: group.map(({ row }) => row),
      }),
    ),
  );
}

async function report(what: string, groups: Answer[][]): Promise<void> {
  const judged = (await verdicts(groups)).map((group) => ({ n: group.length, c: group.filter((score) => score === 1).length }));
  const { mean, low, high } = clusteredInterval(judged);
  console.log(`${what}: ${mean?.toFixed(3)} (${low.toFixed(3)}-${high.toFixed(3)})`);
}

const whole = (): string[] => [''];
const thoughtOf = (text: string): string[] | undefined => /^<think> (.*?) <\/think>/.exec(text)?.[1].split(' ');

const basePath = await resolveModel(values.base);
const { tokenizer } = await openModelText(basePath);
const base = await engine.createSampler({ model: basePath });
await report('base', await answers(base, tokenizer, whole));
await report('base, <think> forced', await answers(base, tokenizer, () => ['<think>']));
await report('base, answer forced at once', await answers(base, tokenizer, () => ['<answer>']));
await base.close();

const trained = await engine.createSampler({ model: await resolveModel(positionals[0]) });
const own = await answers(trained, tokenizer, whole);
await report('trained', own);
await report('trained, <think> forced', await answers(trained, tokenizer, () => ['<think>']));
await report('trained, thinking taken away', await answers(trained, tokenizer, () => ['<think> </think> <answer>']));
await report(
  'trained, its own thinking cut in half',
  await answers(trained, tokenizer, (_, index) =>
    own[index].map(({ text }) => {
      const thought = thoughtOf(text) ?? [];
      return `<think> ${thought.slice(0, Math.floor(thought.length / 2)).join(' ')} </think> <answer>`;
    }),
  ),
);
await trained.close();

// A self-check: the thought said that an attempt fits, looked again, and took it back. The answer that follows is another one.
const scores = await verdicts(own);
let checked = 0;
let changed = 0;
let changedToRight = 0;
for (const [p, group] of own.entries())
  for (const [s, { text }] of group.entries()) {
    const thought = (thoughtOf(text) ?? []).join(' ');
    if (/(?:yes|对) \. (?:check|查)/.test(thought)) checked++;
    if (!/(?:yes|对) \. (?:check|查)[^.]*(?:no|不|wrong|错) \./.test(thought)) continue;
    changed++;
    if (scores[p][s] === 1) changedToRight++;
  }
const total = own.flat().length;
console.log(
  `answers that a self-check looked at: ${(checked / total).toFixed(4)}; that it changed: ${(changed / total).toFixed(4)} (${changed} of ${total}), to a right one in ${changed > 0 ? (changedToRight / changed).toFixed(2) : '-'} of them`,
);
await engine.close();
