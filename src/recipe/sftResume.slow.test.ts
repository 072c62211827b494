// Supervised fine-tuning killed with -9, at a random moment or while a checkpoint is being written, and started again by the same command:
// it ends with the weights and the optimizer of a run that was never killed, bit for bit, and has every row of metrics once.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stream } from '../algorithms/random.ts';
import { labDocument } from '../tasks/lab/corpus.ts';
import { thinkling } from '../testing/killedCommand.ts';

const scratch = mkdtempSync(join(tmpdir(), 'thinkling-sft-resume-'));
const STEPS = 18;
const PER_EPOCH = 24;

// 4 more rows are held out: 24 sequences, three times, 4 a step.
beforeAll(() => {
  const rows = Array.from({ length: PER_EPOCH + 4 }, (_, i) => labDocument(11, i)).map(({ prompt, response }) => ({
    prompt,
    completion: ` ${response}`,
  }));
  writeFileSync(join(scratch, 'rows.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe.each([
  ['all weights', '', 'model.safetensors'],
  ['an adapter', 'lora: { rank: 4 },', 'adapter_model.safetensors'],
])('%s', (name, lora, weights) => {
  const folder = join(scratch, name.replace(' ', '-'));
  const recipe = `${folder}.yaml`;
  const whole = join(folder, 'whole');
  const run = (out: string, kill?: number | (() => boolean)) => thinkling(['run', recipe, '--out', out, '--plain'], kill);
  let duration = 0;

  beforeAll(async () => {
    writeFileSync(
      recipe,
      `{ name: s, model: 'lab:base', seed: 5, data: ./rows.jsonl, stages: { tune: { kind: sft, epochs: 3, sequencesPerStep: 4,
        learningRate: 1e-4, ${lora} heldOut: 4, evalEvery: 5, saveEvery: 3, keep: 2 } } }`,
    );
    const start = performance.now();
    const { status, output } = await run(whole);
    duration = performance.now() - start;
    expect(status, output).toBe(0);
    expect(rows(whole).map(({ step }) => step)).toEqual(Array.from({ length: STEPS + 1 }, (_, step) => step));
    expect(rows(whole)[STEPS]).toMatchObject({ epoch: 3, eval_loss: expect.any(Number) });
  });

  /** Starts the run in `out` again and holds its end against the whole run's. */
  async function goOn(out: string, how: string): Promise<void> {
    const { status, output } = await run(out);
    expect(status, `${how}: ${output}`).toBe(0);
    expect(finalState(out, weights), how).toEqual(finalState(whole, weights));
    expect(rows(out), how).toEqual(rows(whole));
    expect(readdirSync(join(out, 'checkpoints')).sort(), how).toEqual([`tune-${STEPS - 3}`, `tune-${STEPS}`]);
    expect(existsSync(join(out, 'lock')), how).toBe(false);
    rmSync(out, { recursive: true });
  }

  it('killed at random moments', async () => {
    const random = stream(Date.now(), 'kills');
    let killed = 0;
    for (let trial = 0; trial < 4; trial++) {
      const moment = duration * (0.2 + 0.75 * random.next());
      const out = join(folder, `random-${trial}`);
      if ((await run(out, moment)).status === null) killed++;
      await goOn(out, `killed after ${moment} ms`);
    }
    // Most moments lie within the run; where the machine was slow a few may not.
    expect(killed).toBeGreaterThan(1);
  });

  it('killed while a checkpoint is being written', async () => {
    let unfinished = 0;
    // The first checkpoint, before which there is none; one in the midst; the last one. As soon as it is begun, or once its weights are there.
    for (const [step, file] of [
      [3, ''],
      [9, weights],
      [STEPS, weights],
    ] as const) {
      const out = join(folder, `writing-${step}`);
      const temporary = join(out, 'checkpoints', `.new-tune-${step}`);
      const { status } = await run(out, () => existsSync(join(temporary, file)));
      if (status === null && existsSync(temporary) && !existsSync(join(temporary, 'state.json'))) unfinished++;
      await goOn(out, `killed in checkpoint ${step}`);
    }
    expect(unfinished).toBeGreaterThan(1);
  });
});

function finalState(dir: string, weights: string): Record<string, string> {
  const last = join(dir, 'checkpoints', `tune-${STEPS}`);
  return Object.fromEntries([weights, 'optimizer.safetensors'].map((file) => [file, readFileSync(join(last, file), 'base64')]));
}

/** But for what the clock says. */
function rows(dir: string): Record<string, unknown>[] {
  const lines = readFileSync(join(dir, 'metrics.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => ({ ...JSON.parse(line), step_time: 0, tokens_per_second: 0 }));
}
