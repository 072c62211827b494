// Reinforcement learning on responses of several turns, from end to end: the real engine, lab:base, and the calculator of examples/.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createLocalEngine } from '../engine/local/localEngine.ts';
import { loadTask } from '../tasks/registry.ts';
import { rlSettings } from '../testing/rolloutGroups.ts';
import { resolveModel } from '../tracking/resolveModel.ts';
import type { RolloutRow } from '../tracking/rollouts.ts';
import { RunDirectory } from '../tracking/runDirectory.ts';
import type { RunEvent } from './context.ts';
import { openModelText } from './prompts.ts';
import { rl } from './rl.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-turns-'));
const engine = createLocalEngine({ threads: 1 });
afterAll(async () => {
  await engine.close();
  rmSync(root, { recursive: true, force: true });
});

async function train(name: string) {
  const dir = join(root, name);
  const model = await resolveModel('lab:base');
  const settings = rlSettings({
    ...{ steps: 2, groupSize: 4, promptsPerStep: 2, maxTokens: 60, learningRate: 1e-4 },
    ...{ evalEvery: 2, evalProblems: 4, beforeAfterSamples: 0, rewards: { repetition: 0.1 } },
  });
  const task = await loadTask('./examples/calculator-task.ts');
  const run = await RunDirectory.open({ dir, recipeText: 'name: test\n' });
  const events: RunEvent[] = [];
  try {
    await rl(settings, {
      name: 'zero',
      run,
      engine,
      seed: 1,
      model,
      task,
      signal: new AbortController().signal,
      report: (e) => events.push(e),
    });
  } finally {
    await run.close();
  }
  const lines = (file: string): unknown[] =>
    readFileSync(join(dir, file), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  return {
    dir,
    metrics: lines('metrics.jsonl') as Record<string, number>[],
    rollouts: lines('rollouts/zero-1.jsonl') as RolloutRow[],
    model,
  };
}

describe('the example of a calculator', () => {
  it('shows its replies to the model, and trainer and sampler agree on what the model itself wrote', async () => {
    const { metrics, rollouts, model } = await train('a');
    for (const row of metrics) {
      expect(row['environment/turns']).toBeGreaterThan(1);
      expect(row['environment/reply_tokens']).toBeGreaterThan(0.5);
      expect(row['sampling/sampling_logp_difference/max']).toBeLessThan(1e-4);
    }
    // Problems held out are answered by the calculator, too: no turn ends the response early.
    expect(metrics[1]['eval/calculator/mean_length']).toBeGreaterThan(6);
    const { tokenizer } = await openModelText(model);
    let replies = 0;
    for (const { ids, own = [], turns = [], text } of rollouts) {
      const isOwn = (_: number, t: number) => own[t] === 1;
      const written = (ids as number[]).filter(isOwn);
      const said = (ids as number[]).filter((_, t) => own[t] === 0);
      expect(tokenizer.decode(said).trim()).toBe(
        turns.flatMap(({ by, text: reply }) => (by === 'environment' ? [reply.trim()] : [])).join(' '),
      );
      expect(text).toBe(tokenizer.decode(written.filter((id) => !tokenizer.stopIds.includes(id))));
      for (const [i, turn] of turns.entries()) {
        if (turn.by !== 'environment') continue;
        replies++;
        const [, a, op, b] = /(\d+) ([-+*/]) (\d+) =$/.exec(turns[i - 1].text) ?? [];
        const value = { '+': Number(a) + Number(b), '-': Number(a) - Number(b), '*': Number(a) * Number(b), '/': Number(a) / Number(b) }[
          op
        ];
        const known = value !== undefined && Number.isInteger(value) && value >= 0 && value <= 400;
        expect(turn.text).toBe(known ? ` ${value}` : ' ?');
      }
    }
    expect(replies).toBeGreaterThan(2);
    for (const { text, prompt, rewards } of rollouts) {
      const [a, b, c, d] = prompt.split(/ [-+*] /).map(Number);
      expect(rewards.accuracy).toBe(Number(text.endsWith(`<answer> ${a + b * c - d} </answer>`)));
    }
    expect(rollouts.some(({ rewards }) => rewards.accuracy === 1)).toBe(true);
  });

  it('has the same result from the same seed', async () => {
    const weights = async (name: string) => readFileSync(join((await train(name)).dir, 'checkpoints/zero-2/model.safetensors'));
    expect((await weights('b')).equals(await weights('c'))).toBe(true);
  });
});
