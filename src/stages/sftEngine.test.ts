// The SFT stage through the real engine: every sequence once an epoch on a cosine to a tenth, packed sequences as if each were alone, and
// an adapter that learns while its base stays as it is on disk.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Datum, Engine, ForwardResult } from '../engine/engine.ts';
import { createLocalEngine } from '../engine/local/localEngine.ts';
import { packData } from '../engine/local/packing.ts';
import { openAdapter } from '../formats/lora.ts';
import { openModel } from '../formats/modelSource.ts';
import { openSafetensors } from '../formats/safetensors.ts';
import { parseRecipe } from '../recipe/recipe.ts';
import { type RunOptions, runRecipe } from '../recipe/run.ts';
import { tinyConfig, writeTinyModel } from '../testing/tinyModel.ts';
import { Interrupted, type RunEvent } from './context.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-sft-engine-'));
const model = join(root, 'model');
const engine = createLocalEngine({ threads: 1 });
beforeAll(() => writeTinyModel(model));
afterAll(async () => {
  await engine.close();
  rmSync(root, { recursive: true, force: true });
});

const row = (prompt: string, completion: string) => ({ prompt, completion });
const pairs = Array.from({ length: 10 }, (_, i) => row(`w${i + 3} w${i + 4}`, ` w${i + 20} w${i + 21}`));

let runs = 0;
async function sft(rows: object[], settings: string, options: Partial<RunOptions> = {}) {
  const data = join(root, 'rows.jsonl');
  writeFileSync(data, rows.map((one) => `${JSON.stringify(one)}\n`).join(''));
  const text = `{ name: r, seed: 3, model: ${model}, data: ${data}, stages: { tune: { kind: sft, ${settings} } } }`;
  return runRecipe(parseRecipe(text, 'r.yaml'), { out: join(root, `run-${runs++}`), engine, ...options });
}

/** The engine, and what each step gave it and got from it. */
function watched() {
  const steps: { data: Datum[]; result: ForwardResult; learningRate?: number; gradNorm?: number }[] = [];
  const createTrainer: Engine['createTrainer'] = async (options) => {
    const trainer = await engine.createTrainer(options);
    return {
      ...trainer,
      async forwardBackward(data, loss) {
        const result = await trainer.forwardBackward(data, loss);
        steps.push({ data, result });
        return result;
      },
      async optimStep(adam) {
        const done = await trainer.optimStep(adam);
        Object.assign(steps[steps.length - 1], { learningRate: adam.learningRate, gradNorm: done.gradNorm });
        return done;
      },
    };
  };
  return { steps, engine: { ...engine, createTrainer } };
}

it('three epochs read every sequence three times, once in each, in another order; the rate falls on a cosine to a tenth', async () => {
  const { steps, engine: watching } = watched();
  await sft(pairs, 'epochs: 3, sequencesPerStep: 4, learningRate: { peak: 0.01, warmup: 2 }', { engine: watching });
  const read = steps.flatMap(({ data }) => data.map(({ tokens }) => tokens.join(' ')));
  const epochs = [0, 10, 20].map((at) => read.slice(at, at + 10));
  for (const epoch of epochs) expect(epoch.toSorted()).toEqual(epochs[0].toSorted());
  expect(new Set(epochs[0]).size).toBe(10);
  expect(new Set(epochs.map(String)).size).toBe(3);
  expect(steps.map(({ data }) => data.length)).toEqual([4, 4, 4, 4, 4, 4, 4, 2]);
  const cosine = (part: number) => 0.001 + (0.009 * (1 + Math.cos(Math.PI * part))) / 2;
  const rates = [0.005, 0.01, ...[0, 1, 2, 3, 4, 5].map((step) => cosine(step / 5))];
  expect(steps.map(({ learningRate }) => learningRate)).toEqual(rates.map((rate) => expect.closeTo(rate, 9)));
  expect(rates[7]).toBeCloseTo(0.001, 9);
});

// R16
it('sequences of 3 and 5 tokens share one row and give what each gives alone: log-probabilities, loss and gradient', async () => {
  const rows = [row('w11', ' w12'), row('w21 w22', ' w23 w24')];
  const { steps, engine: watching } = watched();
  await sft(rows, 'epochs: 1, sequencesPerStep: 2', { engine: watching });
  const [{ data, result, gradNorm }] = steps;
  expect(data.map(({ tokens }) => tokens.length + 1).toSorted()).toEqual([3, 5]);
  const packed = packData(data, { maxTokens: 8192, linearCost: 512 });
  expect(packed.map(({ rows: count }) => count)).toEqual([1]);
  // 2 and 3 learnt tokens, the ends among them: none predicts the first token of one from the last of the other.
  expect(packed[0].lossPositions).toHaveLength(5);

  const trainer = await engine.createTrainer({ model, seed: 3 });
  let loss = 0;
  for (const [i, datum] of data.entries()) {
    const alone = await trainer.forwardBackward([datum], { name: 'cross_entropy' });
    loss += alone.loss;
    for (const [t, logprob] of alone.logprobs[0].entries()) expect(Math.abs(result.logprobs[i][t] - logprob)).toBeLessThan(1e-5);
  }
  expect(Math.abs(result.loss - loss)).toBeLessThan(1e-5);
  const apart = await trainer.optimStep({ learningRate: 0, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0, gradClipNorm: 0 });
  expect(Math.abs((gradNorm as number) / apart.gradNorm - 1)).toBeLessThan(1e-5);
  await trainer.close();

  // Whatever the neighbour is.
  const other = watched();
  await sft([rows[1], row('w30', ' w31')], 'epochs: 1, sequencesPerStep: 2', { engine: other.engine });
  const long = (step: (typeof steps)[0]) => step.result.logprobs[step.data.findIndex(({ tokens }) => tokens.length === 4)];
  expect([...long(other.steps[0])]).toEqual([...long(steps[0])]);
});

it('an adapter is trained and its base is not: on disk as before, the adapter in the layout of peft; resumed it has the same bits', async () => {
  const before = files(model);
  const settings = 'epochs: 3, sequencesPerStep: 4, learningRate: 0.05, saveEvery: 100, lora: { rank: 2, targets: [q_proj, down_proj] }';
  const losses: number[] = [];
  const report = (event: RunEvent) => event.type === 'step' && losses.push(event.metrics.loss);
  const whole = await sft(pairs, settings, { report });
  expect(losses[7]).toBeLessThan(losses[0] - 0.5);
  expect(files(model)).toEqual(before);

  const dir = whole.checkpoints.tune;
  expect(
    readdirSync(dir)
      .filter((name) => /model|config\.json$/.test(name))
      .toSorted(),
  ).toEqual(['adapter_config.json', 'adapter_model.safetensors', 'tokenizer_config.json']);
  expect(JSON.parse(readFileSync(join(dir, 'adapter_config.json'), 'utf8'))).toEqual({
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: model,
    r: 2,
    lora_alpha: 4,
    target_modules: ['q_proj', 'down_proj'],
    lora_dropout: 0,
    use_rslora: false,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
  });
  const weights = await openSafetensors(join(dir, 'adapter_model.safetensors'));
  const projection = /^base_model\.model\.model\.layers\.[01]\.(self_attn\.q_proj|mlp\.down_proj)\.lora_[AB]\.weight$/;
  expect(weights.tensors.size).toBe(2 * 2 * 2);
  for (const name of weights.tensors.keys()) expect(name).toMatch(projection);
  await weights.close();
  const adapter = await openAdapter(dir);
  adapter.adapt(tinyConfig());
  // B begins as zeros: it was learnt.
  expect((await adapter.read('model.layers.1.mlp.down_proj.lora_B.weight')).some((value) => Math.abs(value) > 0.01)).toBe(true);
  await adapter.close();
  // Opened as a model: adapted projections moved, all else is the base's.
  const [merged, base] = [await openModel(dir), await openModel(model)];
  for (const name of base.shapes.keys()) {
    const same = Buffer.from((await merged.read(name)).buffer).equals(Buffer.from((await base.read(name)).buffer));
    expect(same, name).toBe(!/q_proj|down_proj/.test(name));
  }
  for (const source of [merged, base]) await source.close();

  const out = join(root, 'stopped');
  const stop = new AbortController();
  const stopping = (event: RunEvent) => event.type === 'step' && event.step === 3 && stop.abort();
  await expect(sft(pairs, settings, { out, report: stopping, signal: stop.signal })).rejects.toThrow(Interrupted);
  const again = await sft(pairs, settings, { out });
  for (const file of ['adapter_model.safetensors', 'optimizer.safetensors'])
    expect(readFileSync(join(again.checkpoints.tune, file)).equals(readFileSync(join(dir, file))), file).toBe(true);
});

// R68
it('a newest checkpoint that is cut short is passed over, which is said, and the run ends with the same bits', async () => {
  const settings = 'epochs: 2, sequencesPerStep: 4, saveEvery: 2, keep: 3';
  const out = join(root, 'damaged');
  const { checkpoints } = await sft(pairs, settings, { out });
  const [last, optimizer] = ['model.safetensors', 'optimizer.safetensors'].map((file) => join(checkpoints.tune, file));
  const whole = [readFileSync(last), readFileSync(optimizer)];
  writeFileSync(last, whole[0].subarray(0, 1000));
  rmSync(join(out, 'finished.json'));
  const told: string[] = [];
  let from: number | undefined;
  const report = (event: RunEvent): void => {
    if (event.type === 'warning') told.push(event.message);
    if (event.type === 'stageStart') from = event.doneSteps;
  };
  await sft(pairs, settings, { out, report });
  expect(from).toBe(4);
  expect(told.join()).toMatch(/tune-5 is passed over: model\.safetensors has 1000 bytes instead of \d+/);
  expect(readFileSync(last).equals(whole[0])).toBe(true);
  expect(readFileSync(optimizer).equals(whole[1])).toBe(true);
});

function files(dir: string): Record<string, string> {
  return Object.fromEntries(readdirSync(dir).map((name) => [name, readFileSync(join(dir, name), 'base64')]));
}
