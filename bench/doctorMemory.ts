// What `thinkling doctor` says of memory, against what is measured: sampling, LoRA and full training of three models with random weights
// and of a checkpoint, each in a process of its own, whose peak (ru_maxrss, all threads) is what counts. Two steps of reinforcement
// learning in which every response is as long as it may be.
//   npx tsx bench/doctorMemory.ts [--only NAME] [--gguf SmolLM2-135M-Instruct.Q4_1.gguf]

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { stream } from '../src/algorithms/random.ts';
import type { Datum, LoraOptions, NewModel, PlannedSampling, SamplingClient } from '../src/engine/engine.ts';
import { createLocalEngine } from '../src/engine/local/localEngine.ts';
import { openModel } from '../src/formats/modelSource.ts';
import { peakResidentMemory } from '../src/platform/memory.ts';
import { smallAdapter } from '../src/stages/memoryCheck.ts';
import { type RlKind, rlWork } from '../src/stages/plannedWork.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    gguf: { type: 'string' },
    make: { type: 'string' },
    measure: { type: 'string' },
    model: { type: 'string', default: '' },
  },
});

type Mode = 'sampling' | 'lora' | 'full';
const modes: Mode[] = ['sampling', 'lora', 'full'];

/** config.json of each, and the step: SmolLM2's shapes; and a Qwen2 of few layers with the whole vocabulary of its family. */
const models: Record<string, Record<string, unknown>> = {
  'llama-27M': {
    ...{ model_type: 'llama', hidden_size: 512, intermediate_size: 1365, num_hidden_layers: 8, num_attention_heads: 8 },
    ...{ vocab_size: 4096, max_position_embeddings: 2048, tie_word_embeddings: true },
  },
  'smollm2-135M': {
    ...{
      model_type: 'llama',
      hidden_size: 576,
      intermediate_size: 1536,
      num_hidden_layers: 30,
      num_attention_heads: 9,
      num_key_value_heads: 3,
    },
    ...{ vocab_size: 49152, max_position_embeddings: 8192, tie_word_embeddings: true, rope_theta: 100000 },
  },
  'qwen2-84M': {
    ...{
      model_type: 'qwen2',
      hidden_size: 384,
      intermediate_size: 1536,
      num_hidden_layers: 12,
      num_attention_heads: 6,
      num_key_value_heads: 2,
    },
    ...{ vocab_size: 151936, max_position_embeddings: 32768, tie_word_embeddings: true, rope_theta: 1000000 },
  },
};
const PROMPTS = 2;
const PROMPT_TOKENS = 32;
const step: PlannedSampling = { prompts: Array<number>(PROMPTS).fill(PROMPT_TOKENS), samples: 8, maxTokens: 96 };
const kind: RlKind = {
  ...{ loss: 'ppo', clip: { low: 0.2, high: 0.2 }, beta: 0, tisCap: undefined, temperature: 1, minibatches: 1, innerEpochs: 1 },
} as RlKind;
const adam = { learningRate: 1e-5, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0, gradClipNorm: 1 };

function newModel(name: string): NewModel {
  const config = { rms_norm_eps: 1e-5, eos_token_id: 0, ...models[name] } as Record<string, unknown>;
  const vocab = Object.fromEntries(Array.from({ length: config.vocab_size as number }, (_, id) => [`w${id}`, id]));
  const tokenizerJson = {
    version: '1.0',
    added_tokens: [],
    pre_tokenizer: { type: 'WhitespaceSplit' },
    model: { type: 'WordLevel', vocab, unk_token: 'w0' },
  };
  return {
    config,
    tokenizerFiles: { source: name, tokenizerJson, tokenizerConfig: { tokenizer_class: 'PreTrainedTokenizerFast', unk_token: 'w0' } },
  };
}

async function make(name: string, dir: string): Promise<void> {
  const engine = createLocalEngine();
  const trainer = await engine.createTrainer({ init: newModel(name), seed: 1 });
  await trainer.saveState(dir);
  await engine.close();
}

function from(model: string, mode: Mode): { model: string; lora?: LoraOptions } {
  return { model, ...(mode === 'lora' ? { lora: smallAdapter } : {}) };
}

/** Two steps in the mode; its peak, and what was said of it before. */
async function measure(model: string, mode: Mode): Promise<void> {
  const engine = createLocalEngine();
  const work = rlWork(from(model, mode), kind, step);
  const need = await engine.memoryNeed?.(mode === 'sampling' ? { from: work.from, sampling: work.sampling } : work);
  const source = await openModel(model);
  await source.close();
  const { vocabSize } = source.config;
  const draw = (...key: number[]) => stream(1, 'doctorMemory', ...key);
  const prompt = (round: number, p: number): Int32Array => {
    const random = draw(round, p);
    return Int32Array.from({ length: PROMPT_TOKENS }, () => random.int(vocabSize));
  };
  const options = { n: step.samples, maxTokens: step.maxTokens, temperature: 1, topP: 1, topK: 0, stop: [], seed: 1 };
  const sample = (client: SamplingClient, round: number) =>
    Promise.all(Array.from({ length: PROMPTS }, (_, p) => client.sample(prompt(round, p), options)));
  if (mode === 'sampling') {
    const client = await engine.createSampler({ model });
    for (let round = 0; round < 2; round++) await sample(client, round);
  } else {
    const trainer = await engine.createTrainer({ ...from(model, mode), seed: 1 });
    for (let round = 0; round < 2; round++) {
      const client = await trainer.samplingClient();
      const groups = await sample(client, round);
      await client.close();
      const data = groups.flatMap((group, p) =>
        group.map(({ tokens }, i): Datum => {
          const all = [...prompt(round, p), ...tokens];
          const perToken = (value: number) => new Float32Array(all.length - 1).fill(value, PROMPT_TOKENS - 1);
          return {
            tokens: Int32Array.from(all.slice(0, -1)),
            targets: Int32Array.from(all.slice(1)),
            weights: perToken(1 / (PROMPTS * step.samples * step.maxTokens)),
            advantages: perToken(i % 2 === 0 ? 1 : -1),
            group: String(p),
            sharedPrefix: PROMPT_TOKENS,
          };
        }),
      );
      await trainer.forwardBackward(data, { name: 'ppo', clipLow: 0.2, clipHigh: 0.2 }, { entropy: true });
      await trainer.optimStep(adam);
    }
  }
  const peak = peakResidentMemory();
  await engine.close();
  console.log(JSON.stringify({ estimate: need?.bytes, peak, parts: need?.parts }));
}

/** The same script in a process of its own. */
function child(...args: string[]): string {
  const { stdout, status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.url), ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

function table(): void {
  const scratch = mkdtempSync(join(tmpdir(), 'doctor-memory-'));
  console.log('| model | mode | estimate | measured peak | ratio | largest part |\n| --- | --- | --- | --- | --- | --- |');
  const row = (name: string, model: string): void => {
    for (const mode of modes) {
      const { estimate, peak, parts } = JSON.parse(child('--measure', mode, '--model', model)) as {
        estimate: number;
        peak: number;
        parts: Record<string, number>;
      };
      const [part, size] = Object.entries(parts).reduce((a, b) => (b[1] > a[1] ? b : a));
      const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;
      console.log(
        `| ${name} | ${mode} | ${gigabytes(estimate)} | ${gigabytes(peak)} | ${(estimate / peak).toFixed(2)} | ${part}, ${gigabytes(size)} |`,
      );
    }
  };
  for (const name of Object.keys(models)) {
    if (values.only !== undefined && values.only !== name) continue;
    const dir = join(scratch, name);
    child('--make', name, '--model', dir);
    row(name, dir);
    rmSync(dir, { recursive: true });
  }
  if (values.gguf) row('SmolLM2-135M-Instruct, Q4_1', values.gguf);
  rmSync(scratch, { recursive: true });
}

if (values.make) await make(values.make, values.model);
else if (values.measure) await measure(values.model, values.measure as Mode);
else table();
