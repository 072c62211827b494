// SFT on a tiny model: which tokens bear the loss, that it learns, that a run that was stopped ends with the same bits, and what is refused.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Datum, Engine, TrainingClient } from '../engine/engine.ts';
import { writeModelDirectory } from '../formats/modelWriter.ts';
import { parseRecipe } from '../recipe/recipe.ts';
import { runRecipe } from '../recipe/run.ts';
import { tinyConfig, tinyNewModel, tinyStore } from '../testing/tinyModel.ts';
import { Interrupted, type RunEvent, StageError } from './context.ts';
import { openModelText } from './prompts.ts';
import { sftSchema } from './settings.ts';
import { loadSftData, sftDatum } from './sftData.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-sft-'));
const model = join(root, 'model');
const template =
  "{% for m in messages %}{{ ' w1 ' if m.role == 'user' else ' w2 ' }}{{ m.content }}{{ ' w0 ' }}{% endfor %}{% if add_generation_prompt %} w2 {% endif %}";

beforeAll(async () => {
  const { config, tokenizerFiles } = tinyNewModel();
  tokenizerFiles.tokenizerConfig = { ...tokenizerFiles.tokenizerConfig, chat_template: template };
  const tensors = [...tinyStore(tinyConfig()).parameters].map(([name, { shape, data }]) => ({ name, shape, dtype: 'F32' as const, data }));
  await writeModelDirectory(model, { config, tokenizerFiles, tensors });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function rowsFile(name: string, rows: object[]): string {
  const file = join(root, name);
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
}

const settings = (data: string, more: object = {}) => sftSchema.parse({ kind: 'sft', data, learningRate: { peak: 1e-2 }, ...more });

async function load(data: string, more: object = {}) {
  const warnings: string[] = [];
  const loaded = await loadSftData(settings(data, more), await openModelText(model), 1, (message) => warnings.push(message));
  const data_ = loaded.train.flatMap(({ sequences }) => sequences.map(sftDatum));
  const learnt = data_.map(({ targets, weights }) => [...targets].filter((_, t) => weights[t] !== 0));
  return { ...loaded, learnt, warnings };
}

const pairs = Array.from({ length: 10 }, (_, i) => ({ prompt: `w${i + 3} w${i + 4}`, completion: ` w${i + 20} w${i + 21}` }));

const recipe = (data: string, more = '') =>
  parseRecipe(
    `{ name: r, seed: 3, model: ${model}, stages: { tune: { kind: sft, data: ${data}, sequencesPerStep: 4, epochs: 3, learningRate: { peak: 0.01, warmup: 1 }${more} } } }`,
    'r.yaml',
  );

it('of prompt and completion the completion is learnt, with the end token', async () => {
  const { learnt } = await load(rowsFile('pairs.jsonl', [{ q: 'w3 w4', a: ' w5 w6' }]), { columns: { prompt: 'q', completion: 'a' } });
  expect(learnt).toEqual([[5, 6, 0]]);
});

it("of messages every turn of the assistant's is learnt with its end, and nothing else", async () => {
  const turns = ['user w7', 'assistant w8 w9', 'user w10', 'assistant w11'].map((turn) => {
    const [role, ...words] = turn.split(' ');
    return { role, content: words.join(' ') };
  });
  expect((await load(rowsFile('chat.jsonl', [{ messages: turns }]))).learnt).toEqual([[8, 9, 0, 11, 0]]);
  const completion = [{ prompt: turns.slice(0, 3), completion: turns.slice(3) }];
  expect((await load(rowsFile('turn.jsonl', completion))).learnt).toEqual([[11, 0]]);
});

it('rows with nothing to learn are counted, and a whole set of them is refused', async () => {
  const silent = { messages: [{ role: 'user', content: 'w3' }] };
  const spoken = { messages: [...silent.messages, { role: 'assistant', content: 'w4' }] };
  const { train, warnings } = await load(rowsFile('some.jsonl', [silent, spoken]));
  expect(train).toHaveLength(1);
  expect(warnings.join()).toContain('1 of 2 rows have nothing to learn');
  await expect(load(rowsFile('none.jsonl', [silent]))).rejects.toThrow(/none of its 1 rows is left to learn from/);
  await expect(load(rowsFile('prompts.jsonl', [{ prompt: 'w3' }]))).rejects.toThrow(/prompts.jsonl:1: .*prompts alone/);
});

// R18
it('rows that are too long are refused or left out whole and counted; the limit changes no other row', async () => {
  const long = { prompt: 'w3', completion: ' w4'.repeat(18) };
  const file = rowsFile('long.jsonl', [long, pairs[0]]);
  await expect(load(file, { maxLength: 12 })).rejects.toThrow(/long.jsonl:1: 20 tokens are more than maxLength \(12\)/);
  const { train, warnings } = await load(file, { maxLength: 12, longSequences: 'drop' });
  expect(warnings.join()).toContain('1 of 2 rows are longer than maxLength (12; the longest has 20 tokens)');
  expect(train[0].sequences).toEqual((await load(file)).train[1].sequences);
});

it('learns; stopped and taken up again it ends with the same bits', async () => {
  const data = rowsFile('learn.jsonl', pairs);
  const losses: number[] = [];
  const whole = await runRecipe(recipe(data, ', saveEvery: 100, heldOut: 2, evalEvery: 4'), {
    out: join(root, 'whole'),
    report: (event) => event.type === 'step' && event.metrics.loss !== undefined && losses.push(event.metrics.loss),
  });
  expect(losses).toHaveLength(6);
  expect(losses[5]).toBeLessThan(losses[0]);
  const out = join(root, 'stopped');
  const stop = new AbortController();
  const report = (event: RunEvent) => event.type === 'step' && event.step === 3 && stop.abort();
  const stopped = recipe(data, ', saveEvery: 100, heldOut: 2, evalEvery: 4');
  await expect(runRecipe(stopped, { out, report, signal: stop.signal })).rejects.toThrow(Interrupted);
  const again = await runRecipe(stopped, { out });
  for (const file of ['model.safetensors', 'optimizer.safetensors'])
    expect(readFileSync(join(again.checkpoints.tune, file)).equals(readFileSync(join(whole.checkpoints.tune, file))), file).toBe(true);
}, 60_000);

it('the weights of a step are 1 / its learnt tokens; a loss that is not finite is kept as an incident and not applied', async () => {
  const batches: Datum[][] = [];
  let applied = 0;
  const trainer = {
    forwardBackward: async (batch: Datum[]) => ({ logprobs: [], loss: batches.push(batch) === 2 ? Number.NaN : 1 }),
    optimStep: async () => ({ gradNorm: ++applied, applied: true }),
    saveState: async (dir: string) => dir,
    close: async () => {},
  } as unknown as TrainingClient;
  const capabilities = async () => ({ losses: ['cross_entropy'], arithmetic: 'none' });
  const engine = { capabilities, createTrainer: async () => trainer } as unknown as Engine;
  const out = join(root, 'nan');
  await expect(runRecipe(recipe(rowsFile('nan.jsonl', pairs)), { out, engine })).rejects.toThrow(StageError);
  expect(applied).toBe(1);
  expect(readdirSync(join(out, 'incidents'))).toHaveLength(1);
  expect(batches[0].flatMap(({ weights }) => [...weights]).filter((weight) => weight !== 0)).toEqual(Array(12).fill(Math.fround(1 / 12)));
});
