// A run killed with -9 at a random moment and started again by the same command ends as one that was never killed: the same weights,
// optimizer and reference bit for bit, and every step once in metrics.jsonl. Also in mid-checkpoint and after a refresh of the reference.

import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stream } from '../algorithms/random.ts';
import { thinkling } from '../testing/killedCommand.ts';

const scratch = mkdtempSync(join(tmpdir(), 'thinkling-resume-'));
const recipe = join(scratch, 'recipe.yaml');
const STEPS = 12;

// Checkpoints every second rollout, the reference refreshed in between, two optimiser steps a rollout.
const text = `
name: resume
task: lab-countdown
seed: 5
stages:
  base:
    kind: pretrain
    corpus: lab
    architecture: { hiddenSize: 32, layers: 2, heads: 2, intermediateSize: 64, maxPositions: 128 }
    tokens: 20000
    rowTokens: 64
    rowsPerStep: 32
    learningRate: { peak: 3e-3, final: 3e-4 }
    saveEvery: 3
  zero:
    kind: rl
    model: $base
    steps: ${STEPS}
    promptsPerStep: 2
    minibatches: 2
    groupSize: 4
    maxTokens: [{ from: 0, value: 16 }, { from: 6, value: 24 }]
    learningRate: { peak: 1e-3, final: 1e-4 }
    beta: 0.01
    klRefreshEvery: 4
    evalEvery: 4
    evalProblems: 2
    beforeAfterSamples: 2
    saveEvery: 4
    keep: 2
`;

const run = (out: string, kill?: number) => thinkling(['run', recipe, '--out', out, '--plain'], kill);

function finalState(dir: string): Record<string, string> {
  const last = join(dir, 'checkpoints', `zero-${STEPS}`);
  const files = ['model.safetensors', 'optimizer.safetensors', join('reference', 'model.safetensors')];
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(last, file)).toString('base64')]));
}

function steps(dir: string, stage: string): number[] {
  const rows = readFileSync(join(dir, 'metrics.jsonl'), 'utf8').trim().split('\n');
  return rows
    .map((row) => JSON.parse(row) as { stage: string; step: number })
    .filter((row) => row.stage === stage)
    .map((row) => row.step);
}

const whole = join(scratch, 'whole');
let duration = 0;

beforeAll(async () => {
  writeFileSync(recipe, text);
  const start = performance.now();
  const { status, output } = await run(whole);
  duration = performance.now() - start;
  expect(status, output).toBe(0);
}, 120_000);

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

it('every step is there once in a run that was never killed', () => {
  expect(steps(whole, 'zero')).toEqual(Array.from({ length: STEPS + 1 }, (_, step) => step));
});

it('20 runs killed at random moments end as if they had not been', { timeout: 1_200_000 }, async () => {
  const random = stream(Date.now(), 'kills');
  let killed = 0;
  for (let trial = 0; trial < 20; trial++) {
    const out = join(scratch, `trial-${trial}`);
    const moment = duration * (0.1 + 0.88 * random.next());
    const first = await run(out, moment);
    if (first.status === null) killed++;
    const second = await run(out);
    expect(second.status, `killed after ${moment} ms: ${second.output}`).toBe(0);
    expect(finalState(out), `killed after ${moment} ms`).toEqual(finalState(whole));
    expect(steps(out, 'zero'), `killed after ${moment} ms`).toEqual(steps(whole, 'zero'));
    expect(steps(out, 'base')).toEqual(steps(whole, 'base'));
    expect(readdirSync(join(out, 'rollouts')).sort()).toEqual(readdirSync(join(whole, 'rollouts')).sort());
    rmSync(out, { recursive: true, force: true });
  }
  // Most moments lie within the run; where the machine was slow a few may not.
  expect(killed).toBeGreaterThan(10);
});

it('a checkpoint cut short by hand is passed over, and the run ends the same', { timeout: 240_000 }, async () => {
  const out = join(scratch, 'damaged');
  cpSync(whole, out, { recursive: true });
  rmSync(join(out, 'finished.json'));
  const last = join(out, 'checkpoints', `zero-${STEPS}`, 'model.safetensors');
  writeFileSync(last, readFileSync(last).subarray(0, 1000));
  const { status, output } = await run(out);
  expect(status, output).toBe(0);
  expect(output).toContain(`zero-${STEPS}`);
  expect(finalState(out)).toEqual(finalState(whole));
  expect(existsSync(join(out, 'lock'))).toBe(false);
});
