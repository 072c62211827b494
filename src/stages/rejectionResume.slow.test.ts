// A rejection stage killed with -9, by the clock at random moments and as soon as a file of it appears, and started again by the same command,
// ends with the shards, verdicts and counts of one that was never killed, byte for byte.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stream } from '../algorithms/random.ts';
import { newModel, saveModel } from '../engine/local/model.ts';
import { thinkling } from '../testing/killedCommand.ts';
import { tinyNewModel } from '../testing/tinyModel.ts';

const scratch = mkdtempSync(join(tmpdir(), 'thinkling-rejection-resume-'));
const recipe = join(scratch, 'recipe.yaml');
const whole = join(scratch, 'whole');
let duration = 0;
let trials = 0;

const run = (out: string, kill?: number | (() => boolean)) => thinkling(['run', recipe, '--out', out, '--plain'], kill);
const dataOf = (out: string): string => join(out, 'data', 'take');

/** All files of the stage but those that say when, and what is there only meanwhile. */
function made(out: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(dataOf(out), { recursive: true, withFileTypes: true }))
    if (entry.isFile()) {
      const file = join(entry.parentPath, entry.name);
      found[file.slice(dataOf(out).length)] = readFileSync(file).toString('base64');
    }
  return found;
}

beforeAll(async () => {
  const model = newModel(tinyNewModel(), 1, 1);
  await saveModel(join(scratch, 'model'), model, model.store);
  const task = join(scratch, 'task.mjs');
  writeFileSync(
    task,
    `export default { name: 'low', accuracy: 'low', weights: { low: 1 },
  load: () => ({ train: Array.from({ length: 160 }, (_, n) => ({ id: 'row ' + n, prompt: 'w' + (n % 38 + 1), domain: n % 3 ? 'many' : 'few' })), heldOut: [] }),
  rewards: { low: ({ completions }) => completions.map((text) => Number(Number(text.slice(1, 3)) < 25)) } };`,
  );
  const stage = `kind: rejection, samples: 4, maxTokens: 40, promptsPerShard: 16, perPrompt: 2, balance: equal, filters: { unfinished: false, duplicates: {}, repetition: {} }`;
  writeFileSync(recipe, `{ name: r, model: ${join(scratch, 'model')}, task: ${task}, seed: 5, stages: { take: { ${stage} } } }`);
  const start = performance.now();
  const { status, output } = await run(whole);
  duration = performance.now() - start;
  expect(status, output).toBe(0);
}, 300_000);

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function endsTheSame(kills: readonly (number | ((out: string) => boolean))[]): Promise<number> {
  const out = join(scratch, `trial-${trials++}`);
  let killed = 0;
  for (const kill of kills) {
    const { status } = await run(out, typeof kill === 'number' ? kill : () => kill(out));
    if (status === null) killed++;
  }
  const { status, output } = await run(out);
  expect(status, output).toBe(0);
  expect(made(out)).toEqual(made(whole));
  expect(existsSync(join(dataOf(out), '.spill'))).toBe(false);
  rmSync(out, { recursive: true, force: true });
  return killed;
}

it('killed at random moments, several times in one run', { timeout: 1_200_000 }, async () => {
  const random = stream(Date.now(), 'kills');
  let killed = 0;
  for (let trial = 0; trial < 6; trial++)
    killed += await endsTheSame(Array.from({ length: 2 }, () => duration * (0.1 + 0.85 * random.next())));
  // Where the machine was slow a few moments may not lie within the run.
  expect(killed).toBeGreaterThan(5);
});

it.each([
  ['a shard is being written', join('generated', 'part-00003.parquet.tmp')],
  ['a shard is there', join('generated', 'part-00005.parquet')],
  ['measuring begins', join('measured', 'part-00000.parquet')],
  ['what is learnt is written', join('curated', 'part-00000.parquet')],
  ['verdicts are there', 'verdicts.parquet'],
])('killed as soon as %s', { timeout: 300_000 }, async (_, file) => {
  await endsTheSame([(out) => existsSync(join(dataOf(out), file))]);
});
