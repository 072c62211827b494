import { describe, expect, it } from 'vitest';
import { stream } from '../../algorithms/random.ts';
import type { LoadedTask, TaskRow } from '../task.ts';
import { chainCanonical, walk } from './chains.ts';
import { labDocument } from './corpus.ts';
import { countdownCanonical, drawCountdown, solutions } from './countdown.ts';
import { isHeldOut } from './heldOut.ts';
import { labTask } from './index.ts';

const task = labTask({ name: 'lab', countdown: 3, chains: 1 });
const { train, heldOut } = (await task.load({ seed: 1 })) as LoadedTask;

/** From the prompt's text alone: the generator's own idea of what it drew is not trusted. */
function canonicalOf(prompt: string): string | undefined {
  const countdown = /^user : make (\d+) from ([\d ]+) \. assistant :$/.exec(prompt);
  if (countdown) return countdownCanonical({ numbers: countdown[2].split(' ').map(Number), target: Number(countdown[1]) });
  const chain = /^user : (\d+(?: [-+*/] \d+)+) \. assistant :$/.exec(prompt);
  if (!chain) return undefined;
  const parts = chain[1].split(' ');
  const numbers = parts.filter((_, i) => i % 2 === 0).map(Number);
  const result = walk(numbers, parts.filter((_, i) => i % 2 === 1) as ('+' | '-' | '*' | '/')[])?.at(-1)?.value;
  return chainCanonical({ numbers, result: result as number });
}

const promptOf = (row: TaskRow) => row.prompt as string;

describe('the split by canonical form', () => {
  const heldOutForms = new Set(heldOut.map((row) => canonicalOf(promptOf(row))));

  it('has no held-out problem in training, in any order of its numbers', () => {
    expect(heldOutForms.size).toBe(heldOut.length);
    for (const row of train) {
      const canonical = canonicalOf(promptOf(row)) as string;
      expect(heldOutForms.has(canonical) || isHeldOut(canonical), promptOf(row)).toBe(false);
    }
  });

  it('has no held-out problem in the corpus', () => {
    let problems = 0;
    for (let i = 0; i < 15_000; i++) {
      const canonical = canonicalOf(labDocument(3, i).prompt);
      if (canonical === undefined) continue;
      problems++;
      if (heldOutForms.has(canonical) || isHeldOut(canonical)) throw new Error(`${canonical} is held out, and document ${i} holds it`);
    }
    expect(problems).toBeGreaterThan(12_000);
  });

  it('holds out about 8% of the problems', () => {
    const random = stream(5, 'test');
    const all = Array.from({ length: 2000 }, () => {
      const numbers = [1 + random.int(12), 1 + random.int(12), 1 + random.int(12)];
      return isHeldOut(countdownCanonical({ numbers, target: 1 + random.int(100) }));
    });
    const share = all.filter(Boolean).length / all.length;
    expect(share).toBeGreaterThan(0.06);
    expect(share).toBeLessThan(0.1);
  });

  it('depends neither on the order of the numbers nor on the seed', async () => {
    expect(countdownCanonical({ numbers: [7, 1, 7], target: 56 })).toBe(countdownCanonical({ numbers: [7, 7, 1], target: 56 }));
    const again = (await task.load({ seed: 2 })) as LoadedTask;
    expect(again.heldOut).toEqual(heldOut);
    expect(again.train).not.toEqual(train);
  });
});

describe('the task lab', () => {
  it('draws three quarters countdown, different prompts, the same for the same seed', async () => {
    expect(train).toHaveLength(20_000);
    expect(new Set(train.map(promptOf)).size).toBe(20_000);
    expect(train.filter((row) => row.domain === 'countdown')).toHaveLength(15_000);
    expect(((await task.load({ seed: 1 })) as LoadedTask).train.slice(0, 50)).toEqual(train.slice(0, 50));
  });

  it('leaves a domain out where its share is 0', async () => {
    const only = (await labTask({ name: 'lab-countdown', countdown: 1, chains: 0 }).load({ seed: 0 })) as LoadedTask;
    expect(new Set([...only.train, ...only.heldOut].map((row) => row.domain))).toEqual(new Set(['countdown']));
    expect(only.heldOut.length).toBeGreaterThan(300);
  });

  it('asks only what can be solved', () => {
    const random = stream(1, 'solvable');
    for (let i = 0; i < 500; i++) expect(solutions(drawCountdown(random)).length).toBeGreaterThan(0);
  });

  it('rewards exact answers within the answer tags only', async () => {
    const countdown: TaskRow = { id: 'a', prompt: 'p', domain: 'countdown', numbers: [7, 7, 1], target: 56 };
    const chain: TaskRow = { id: 'b', prompt: 'p', domain: 'chain', numbers: [7, 5, 3, 2], result: 20 };
    const cases: [TaskRow, string, number][] = [
      [countdown, '<think> try 7 + 1 = 8 , 8 * 7 = 56 , yes . </think> <answer> ( 7 + 1 ) * 7 </answer>', 1],
      [countdown, '<answer> 7 * ( 1 + 7 ) </answer>', 1],
      [countdown, '( 7 + 1 ) * 7', 0],
      [countdown, '<answer> 56 </answer>', 0],
      // With a summary: what follows the last colon is the answer, and nothing else.
      [countdown, '<answer> first 7 + 1 = 8 , then 8 * 7 = 56 . so : ( 7 + 1 ) * 7 </answer>', 1],
      [countdown, '<answer> ( 7 + 1 ) * 7 : 56 </answer>', 0],
      [countdown, '<answer> first 7 + 1 = 8 , then 8 * 7 = 56 . so ( 7 + 1 ) * 7 </answer>', 0],
      [chain, '<answer> first 5 * 3 = 15 , then 7 + 15 = 22 , then 22 - 2 = 20 . so : 20 </answer>', 1],
      [countdown, '<think> <answer> ( 7 + 1 ) * 7 </answer>', 0],
      [chain, '<answer> 20 </answer>', 1],
      [chain, '<answer> 21 </answer>', 0],
      [chain, '<answer> 20 21 </answer>', 0],
      [chain, '20', 0],
    ];
    const rows = cases.map(([row]) => row);
    const completions = cases.map(([, completion]) => completion);
    const scores = await task.rewards.accuracy({ prompts: rows.map((row) => row.prompt), completions, rows });
    expect(scores).toEqual(cases.map(([, , score]) => score));
  });

  it('measures the language of the thinking by script, where it has words; as a reward having none is no fault', async () => {
    const row = train[0];
    const cases: [string, number | null][] = [
      ['<think> try 1 + 2 = 3 , no . wrong </think> <answer> 3 </answer>', 1],
      ['<think> try 1 + 2 = 3 , 不 . </think> <answer> 3 </answer>', 1 / 2],
      ['<think> 不 是 3 , no , 试 ann </think> <answer> wait </answer>', 1 / 4],
      ['<think> 1 + 2 = 3 . </think> <answer> 3 </answer>', null],
      ['<answer> 3 </answer>', null],
      // Without tags the whole response is judged, as ever.
      ['try 1 + 2 = 3 , 不 . so 3', 2 / 3],
    ];
    const completions = cases.map(([completion]) => completion);
    const input = { prompts: cases.map(() => row.prompt), completions, rows: cases.map(() => row) };
    expect(await task.measures?.language(input)).toEqual(cases.map(([, share]) => share));
    expect(await task.rewards.language(input)).toEqual(cases.map(([, share]) => share ?? 1));
    expect(task.weights.language).toBeUndefined();
  });
});
