// A recipe run again in the same directory: what is done is not done again, what has changed is never done anew silently, and `from` does.

import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Engine } from '../engine/engine.ts';
import { writeModelDirectory } from '../formats/modelWriter.ts';
import { InputError } from '../platform/errors.ts';
import { sha256 } from '../platform/hash.ts';
import { Interrupted, type RunEvent } from '../stages/context.ts';
import { tinyConfig, tinyNewModel, tinyStore } from '../testing/tinyModel.ts';
import { parseRecipe } from './recipe.ts';
import { type RunOptions, type RunResult, runRecipe } from './run.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-rerun-'));
const model = join(root, 'model');
const rows = join(root, 'rows.jsonl');
let runs = 0;
let out: string;

const saved: string[] = [];
/** Learns nothing, and saves the same model each time: what is looked at here is which stages run, and where from. */
const engine = {
  capabilities: async () => ({ losses: ['cross_entropy'], arithmetic: 'pen and paper' }),
  createTrainer: async (given: { model?: string }) => ({
    forwardBackward: async () => ({ logprobs: [], loss: 1 }),
    optimStep: async () => ({ gradNorm: 1, applied: true }),
    saveState: async (dir: string) => {
      saved.push(given.model ?? 'nothing');
      cpSync(model, dir, { recursive: true });
      return dir;
    },
    loadState: async () => {},
    close: async () => {},
  }),
} as unknown as Engine;

const rowLine = (n: number) => `${JSON.stringify({ prompt: `w${n}`, completion: ` w${n + 1}` })}\n`;
const writeRows = (...numbers: number[]) => writeFileSync(rows, numbers.map(rowLine).join(''));

beforeAll(async () => {
  const { config, tokenizerFiles } = tinyNewModel();
  const tensors = [...tinyStore(tinyConfig()).parameters].map(([name, { shape, data }]) => ({ name, shape, dtype: 'F32' as const, data }));
  await writeModelDirectory(model, { config, tokenizerFiles, tensors });
});
beforeEach(() => {
  out = join(root, `run-${runs++}`);
  writeRows(1, 2, 3, 4);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const sft = (from: string, more = '', epochs = 1) =>
  `{ kind: sft, ${from}, data: rows.jsonl, sequencesPerStep: 2, epochs: ${epochs}${more} }`;
const three = { first: sft('model: ./model'), second: sft('model: $first'), aside: sft('model: ./model', '', 2) };

async function run(stages: Record<string, string>, options: Partial<RunOptions> = {}): Promise<RunResult & { ran: string[] }> {
  const lines = Object.entries(stages).map(([name, text]) => `  ${name}: ${text}\n`);
  const ran: string[] = [];
  const report = (event: RunEvent): void => {
    if (event.type === 'stageStart') ran.push(event.stage);
    options.report?.(event);
  };
  const recipe = parseRecipe(`name: r\nseed: 3\nstages:\n${lines.join('')}`, join(root, 'r.yaml'));
  return { ...(await runRecipe(recipe, { out, engine, ...options, report })), ran };
}

const refusal = (stages: Record<string, string>): Promise<string> =>
  run(stages).then(
    () => 'it ran',
    (error) => {
      expect(error).toBeInstanceOf(InputError);
      return error.message;
    },
  );

/** Every file with its contents. */
function contents(): Record<string, string> {
  const names = (readdirSync(out, { recursive: true, withFileTypes: true }) ?? []).filter((entry) => entry.isFile());
  return Object.fromEntries(names.map(({ parentPath, name }) => [join(parentPath, name), sha256(readFileSync(join(parentPath, name)))]));
}

const metrics = (): string[] =>
  readFileSync(join(out, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .map(({ stage, step }) => `${stage} ${step}`);

it('what is done is not done again, and a stage that is added starts from what is there', async () => {
  const first = await run(three);
  expect(first.ran).toEqual(['first', 'second', 'aside']);
  const before = contents();
  const again = await run(three);
  expect(again).toEqual({ ...first, ran: [] });
  expect(contents()).toEqual(before);
  saved.length = 0;
  const { ran, checkpoints } = await run({ ...three, last: sft('model: $second') });
  expect(ran).toEqual(['last']);
  expect(new Set(saved)).toEqual(new Set([checkpoints.second]));
  expect(Object.keys(parse(readFileSync(join(out, 'recipe.yaml'), 'utf8')).stages)).toEqual(['first', 'second', 'aside', 'last']);
  // Without it again, and with it once more: it is still there.
  expect((await run(three)).ran).toEqual([]);
  expect((await run({ ...three, last: sft('model: $second') })).ran).toEqual([]);
});

it('settings that change nothing of what comes out are free to change', async () => {
  await run(three);
  const other = { ...three, first: sft('model: ./model', ', saveEvery: 7, keep: 1, logEvery: 3') };
  expect((await run(other)).ran).toEqual([]);
});

it('a stage whose settings have changed is refused before anything runs, with those that depend on it', async () => {
  await run(three);
  const before = contents();
  const changed = { ...three, first: sft('model: ./model', ', weightDecay: 0.5'), last: sft('model: $second') };
  const message = await refusal(changed);
  expect(message).toBe(
    `${out} holds stages that were begun otherwise than the recipe has it now:
  first: weightDecay was 0 and is now 0.5
  second: it is made from first
To do them anew, with all that depends on them: --from first (what was made is replaced). Or put back what has changed, or give another directory with --out`,
  );
  expect(contents()).toEqual(before);
});

it('a stage whose inputs have changed is refused, naming them', async () => {
  await run(three);
  writeRows(1, 2, 3, 9);
  expect(await refusal(three)).toContain(`  first: data: ${rows} has changed\n  second: data: ${rows} has changed\n`);
  writeRows(1, 2, 3, 4);
  expect(await refusal({ ...three, second: sft('model: ./model') })).toContain(`  second: model was $first and is now ${model}\n`);
  // The same model at another place is the same model.
  cpSync(model, join(root, 'moved'), { recursive: true });
  expect((await run({ ...three, aside: three.aside.replace('./model', './moved') })).ran).toEqual([]);
});

it('from a stage, it and what depends on it are done anew; the others stay, with their rows of metrics', async () => {
  const whole = await run(three);
  const rowsOfAll = metrics();
  const aside = readFileSync(join(whole.checkpoints.aside, 'state.json'), 'utf8');
  const { ran } = await run({ ...three, first: sft('model: ./model', ', weightDecay: 0.5') }, { from: ['first'] });
  expect(ran).toEqual(['first', 'second']);
  expect(metrics().sort()).toEqual(rowsOfAll.sort());
  expect(readFileSync(join(whole.checkpoints.aside, 'state.json'), 'utf8')).toBe(aside);
  // Also where nothing has changed.
  expect((await run({ ...three, first: sft('model: ./model', ', weightDecay: 0.5') }, { from: ['second'] })).ran).toEqual(['second']);
  await expect(run(three, { from: ['secnd'] })).rejects.toThrow('--from secnd: the recipe has no such stage; did you mean "second"?');
  await expect(run(three, { from: ['aside'] })).rejects.toThrow('--from first');
});

it('a removal that was stopped is brought to its end: nothing goes on from what was to be done anew', async () => {
  const { checkpoints } = await run(three);
  // As a kill in its midst leaves them: no longer done, no longer known, and their checkpoints still there.
  for (const file of ['finished.json', 'stages.json']) {
    const { first, second, ...others } = JSON.parse(readFileSync(join(out, file), 'utf8'));
    expect([first, second]).not.toContain(undefined);
    writeFileSync(join(out, file), JSON.stringify(others));
  }
  writeFileSync(join(checkpoints.first, 'mark'), '');
  const events: RunEvent[] = [];
  expect((await run(three, { report: (event) => events.push(event) })).ran).toEqual(['first', 'second']);
  expect(events.filter(({ type }) => type === 'stageStart')).toEqual(Array(2).fill(expect.objectContaining({ doneSteps: 0 })));
  expect(existsSync(join(checkpoints.first, 'mark'))).toBe(false);
});

it('a stage that was stopped goes on, also where a later one has changed meanwhile', async () => {
  const abort = new AbortController();
  const stopping = {
    signal: abort.signal,
    report: (event: RunEvent) => event.type === 'step' && event.stage === 'second' && abort.abort(),
  };
  await expect(run(three, stopping)).rejects.toThrow(Interrupted);
  const events: RunEvent[] = [];
  const { ran } = await run({ ...three, aside: sft('model: $second') }, { report: (event) => events.push(event) });
  expect(ran).toEqual(['second', 'aside']);
  expect(events.find((event) => event.type === 'stageStart')).toMatchObject({ stage: 'second', doneSteps: 1 });
});

it('a directory that holds the stages of another recipe alone is refused', async () => {
  await run(three);
  expect(await refusal({ other: sft('model: ./model') })).toContain(
    'holds a run of another recipe, with the stages first, second and aside',
  );
});

it('a run of before stages had fingerprints goes on, and is held to the recipe that it was begun with', async () => {
  const { checkpoints } = await run({ first: three.first, aside: three.aside });
  const old = sha256(JSON.stringify(parse(readFileSync(join(out, 'recipe.yaml'), 'utf8'))));
  rmSync(join(out, 'stages.json'));
  for (const dir of Object.values(checkpoints)) {
    const { owner, ...state } = JSON.parse(readFileSync(join(dir, 'state.json'), 'utf8'));
    expect(owner).toMatch(/^[0-9a-f]{64}$/);
    writeFileSync(join(dir, 'state.json'), JSON.stringify({ ...state, recipe: old, metricsBytes: 5 }));
  }
  expect(await refusal({ ...three, first: sft('model: ./model', ', beta1: 0.5') })).toContain('first: beta1 was 0.9 and is now 0.5');
  expect((await run(three)).ran).toEqual(['second']);
  expect((await run(three)).ran).toEqual([]);
  expect(existsSync(join(out, 'stages.json'))).toBe(true);
});
