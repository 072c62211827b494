// The whole of DeepSeek-R1 at the smallest size, every kind of stage of recipes/r1.yaml, killed with -9 again and again until it is done: it
// ends with the table, the checkpoints, the data and the samples of a run that was never killed, byte for byte. Kills are drawn by a seed from
// all moments between two changes of files, in the midst of writing included, and by the clock, which meets threads and native code too.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stream } from '../algorithms/random.ts';
import { sha256 } from '../platform/hash.ts';
import { changesOf, thinkling } from '../testing/killedCommand.ts';

const scratch = mkdtempSync(join(tmpdir(), 'thinkling-whole-'));
const recipe = join(scratch, 'recipe.yaml');
const counted = join(scratch, 'changes');
const whole = join(scratch, 'whole');
const killed = join(scratch, 'killed');

const small = 'promptsPerStep: 3, groupSize: 3, learningRate: 1e-3, beforeAfterSamples: 0, evalProblems: 4, saveEvery: 1, keep: 1';
const sampled = 'samples: 3, maxTokens: 120, promptsPerShard: 8, rewrite: summary';
const text = `
name: whole
model: lab:tiny
task: lab
seed: 7
stages:
  zero: { kind: rl, steps: 2, maxTokens: [{ from: 0, value: 24 }, { from: 1, value: 32 }], evalEvery: 1, ${small} }
  coldData: { kind: rejection, model: $zero, prompts: 24, filters: { format: true, repetition: {} }, perPrompt: 1, ${sampled} }
  coldStart: { kind: sft, model: lab:tiny, data: $coldData, epochs: 2, sequencesPerStep: 4, learningRate: { peak: 5e-4, warmup: 0 }, saveEvery: 1, keep: 1 }
  reasoning: { kind: rl, model: $coldStart, steps: 3, maxTokens: 32, beta: 0.001, klRefreshEvery: 2, rewards: { language: 0.5 }, evalEvery: 0, ${small} }
  rejection: { kind: rejection, model: $reasoning, prompts: 32, filters: { format: true, duplicates: {} }, plus: [{ data: lab:general, rows: 8 }], ${sampled} }
  students: { kind: distill, data: $rejection, students: { one: lab:tiny, two: $coldStart }, sequencesPerStep: 6, learningRate: { peak: 1e-3, warmup: 0 }, saveEvery: 1 }
  sft2: { kind: sft, model: lab:tiny, data: $rejection, sequencesPerStep: 6, learningRate: { peak: 5e-4, warmup: 0 }, saveEvery: 1 }
  pairs: { kind: judge, model: $sft2, task: lab-general, prompts: 40, samples: 3, pairs: 3, maxTokens: 24 }
  helpful: { kind: reward_model, model: $sft2, data: $pairs, objective: pairwise, batch: 16, learningRate: 3e-4, saveEvery: 1 }
  harmless: { kind: reward_model, model: $sft2, data: $pairs, objective: pointwise, batch: 40, learningRate: 3e-4, saveEvery: 1 }
  final:
    kind: rl
    model: $sft2
    tasks: { lab: 2, lab-general: { weight: 1, from: 1 } }
    rewards:
      language: 0.5
      helpfulness: { model: $helpful, weight: 0.5, from: 1, sees: summary, tasks: [lab-general] }
      harmlessness: { model: $harmless, weight: 0.5, from: 1, sees: response, tasks: [lab-general] }
    guard: { measure: accuracy, task: lab }
    ${['steps: 3', 'maxTokens: 32', 'temperature: 0.7', 'evalEvery: 1', ...small.split(', ')].join('\n    ')}
  table:
    kind: evaluate
    models: { base: lab:tiny, R1-Zero: $zero, R1: $final, one: $students.one }
    tasks: [lab, lab-general]
    problems: 4
    samples: 2
    maxTokens: 48
  thinking: { kind: thinking_test, models: { R1: $final, two: $students.two }, problems: 2, samples: 2, maxTokens: 32 }
`;

const run = (out: string, kill?: number, env?: Record<string, string>) => thinkling(['run', recipe, '--out', out, '--plain'], kill, env);

/** Every file that a run leaves, with its contents; of what tells of the time as well, what it tells beside. */
function left(dir: string): Record<string, string> {
  const all = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    all
      .map(({ parentPath, name }) => relative(dir, join(parentPath, name)))
      .filter((path) => !['began.json', 'starts.jsonl'].includes(path))
      .sort()
      .map((path) => [path, contentOf(path, readFileSync(join(dir, path)))]),
  );
}

/** Names of metrics that the clock decides on. */
const ofTheClock = /^time\/|time$|per_second$/;

function contentOf(path: string, bytes: Buffer): string {
  if (path === 'metrics.jsonl') {
    const rows = bytes.toString().trim().split('\n');
    return rows.map((row) => JSON.stringify(JSON.parse(row), withoutTimes)).join('\n');
  }
  if (path === 'finished.json') return JSON.stringify(JSON.parse(bytes.toString()), withoutTimes, 1);
  // The report's table and the samples side by side; how long it all took stands behind them.
  if (path === 'report.html') return (/<main>[\s\S]*(?=<section aria-labelledby="stages")/.exec(bytes.toString()) as RegExpExecArray)[0];
  return sha256(bytes);
}

function withoutTimes(key: string, value: unknown): unknown {
  return ofTheClock.test(key) ? undefined : value;
}

let duration = 0;
let changes = 0;

beforeAll(async () => {
  writeFileSync(recipe, text);
  const start = performance.now();
  const { status, output } = await run(whole, undefined, changesOf({ countIn: counted }));
  duration = performance.now() - start;
  expect(status, output).toBe(0);
  changes = Number(readFileSync(counted, 'utf8'));
}, 600_000);

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

it('has every kind of checkpoint, and in its report the table of every model on every task', () => {
  const files = left(whole);
  const stages = Object.keys(files).flatMap((path) => /^checkpoints\/(.*)-\d+\/state\.json$/.exec(path)?.[1] ?? []);
  const trained = ['coldStart', 'final', 'harmless', 'helpful', 'reasoning', 'sft2', 'students.one', 'students.two', 'zero'];
  expect([...new Set(stages)].sort()).toEqual(trained);
  for (const row of ['base', 'R1-Zero', 'R1', 'one']) expect(files['report.html']).toContain(`<th scope="row">${row}</th>`);
});

it('killed at random moments until it is done, it ends as if it had not been', { timeout: 1_800_000 }, async () => {
  const random = stream(11, 'kills');
  let kills = 0;
  const moments: string[] = [];
  for (let trial = 0; ; trial++) {
    // A start takes some twenty changes to find out where it was; every third process is killed by the clock.
    const byClock = trial % 3 === 2;
    const dieAt = 10 + random.int(Math.floor(changes / 6));
    const after = duration * (0.05 + 0.2 * random.next());
    moments.push(byClock ? `${Math.round(after)} ms` : `change ${dieAt}`);
    const { status, output } = await run(killed, byClock ? after : undefined, byClock ? {} : changesOf({ dieAt }));
    if (status === 0) break;
    expect(status, `${moments.join(', ')}: ${output}`).toBeNull();
    kills++;
    expect(kills, moments.join(', ')).toBeLessThan(200);
  }
  expect(kills).toBeGreaterThan(3);
  expect(left(killed), `killed at ${moments.join(', ')}`).toEqual(left(whole));
  expect(existsSync(join(killed, 'lock'))).toBe(false);
});
