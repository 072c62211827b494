// The peak of a process that loads a model: the weights as they are held, in float32, and no more than one tensor beside them.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writeModelDirectory } from '../../formats/modelWriter.ts';
import { ggufBytes, ggufNameOf } from '../../testing/ggufBytes.ts';
import { tinyConfig, tinyNewModel, tinyRaw } from '../../testing/tinyModel.ts';
import { ParameterStore } from './parameters.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-load-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const modelModule = new URL('./model.ts', import.meta.url).href;
const memoryModule = new URL('../../platform/memory.ts', import.meta.url).href;
const script = `
import { loadModel } from ${JSON.stringify(modelModule)};
import { peakResidentMemory, residentMemory } from ${JSON.stringify(memoryModule)};
const before = residentMemory();
const { store } = await loadModel(process.argv[1], 1);
console.log(peakResidentMemory() - before, store.parameters.size);
process.exit(0);`;

it.each(['F32', 'BF16', 'F16'] as const)('of %s weights', async (dtype) => {
  const shape = { hidden_size: 512, intermediate_size: 2048, num_hidden_layers: 8, vocab_size: 30_000 };
  const { parameters } = ParameterStore.random(tinyConfig(shape), 1);
  const tensors = [...parameters].map(([name, { shape, data }]) => ({ name, shape, data, dtype }));
  const dir = join(root, dtype);
  await writeModelDirectory(dir, { config: tinyRaw(shape), tokenizerFiles: tinyNewModel().tokenizerFiles, tensors });
  expectOneBeside(dir, tensors);
});

it('of a GGUF in 8 bits, which is dequantised tensor by tensor', () => {
  // Few tokens: a vocabulary takes memory of its own.
  const shape = { hidden_size: 512, intermediate_size: 2048, num_hidden_layers: 8, vocab_size: 2000, tie_word_embeddings: false };
  const config = tinyConfig(shape);
  const { parameters } = ParameterStore.random(config, 1);
  const u32 = (value: number) => ({ type: 'UINT32' as const, value });
  const strings = (value: string[]) => ({ type: 'ARRAY' as const, of: 'STRING' as const, value });
  const metadata = {
    'general.architecture': { type: 'STRING' as const, value: 'llama' },
    'llama.block_count': u32(8),
    'llama.context_length': u32(64),
    'llama.embedding_length': u32(512),
    'llama.feed_forward_length': u32(2048),
    'llama.attention.head_count': u32(config.heads),
    'llama.attention.head_count_kv': u32(config.kvHeads),
    'llama.attention.key_length': u32(config.headDim),
    'llama.attention.value_length': u32(config.headDim),
    'llama.rope.dimension_count': u32(config.headDim),
    'llama.attention.layer_norm_rms_epsilon': { type: 'FLOAT32' as const, value: 1e-5 },
    'tokenizer.ggml.model': { type: 'STRING' as const, value: 'gpt2' },
    'tokenizer.ggml.pre': { type: 'STRING' as const, value: 'smollm' },
    'tokenizer.ggml.tokens': strings(Array.from({ length: 2000 }, (_, id) => `t${id}`)),
    'tokenizer.ggml.merges': strings([]),
    'tokenizer.ggml.eos_token_id': u32(0),
  };
  const tensors = [...parameters].map(([name, { shape, data }]) => {
    const quantised = shape.length === 2;
    const bytes = quantised ? (data.length / 32) * 34 : data.byteLength;
    const dimensions = [...shape].reverse();
    return { name: ggufNameOf(name), dimensions, type: quantised ? 8 : 0, data: new Uint8Array(bytes).fill(1) };
  });
  const file = join(root, 'q8_0.gguf');
  writeFileSync(file, ggufBytes(metadata, tensors));
  expectOneBeside(file, [...parameters.values()]);
});

/** Loads it in a process of its own. */
function expectOneBeside(model: string, tensors: readonly { data: Float32Array }[]): void {
  const bytes = tensors.map(({ data }) => data.byteLength);
  const weights = bytes.reduce((a, b) => a + b, 0);
  const output = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, model], { encoding: 'utf8' });
  const [grown, count] = output.trim().split(' ').map(Number);
  expect(count).toBe(tensors.length);
  expect(grown).toBeGreaterThan(0.9 * weights);
  // What opening sessions and reading the tokenizer take is of the order of 10 MB.
  expect(grown).toBeLessThan(weights + Math.max(...bytes) + 20e6);
}
