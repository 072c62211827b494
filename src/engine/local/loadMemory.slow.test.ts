// The peak of a process that loads a model: the weights as they are held, in float32, and no more than one tensor beside them.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writeModelDirectory } from '../../formats/modelWriter.ts';
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
  const bytes = tensors.map(({ data }) => data.byteLength);
  const weights = bytes.reduce((a, b) => a + b, 0);
  const output = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, dir], { encoding: 'utf8' });
  const [grown, count] = output.trim().split(' ').map(Number);
  expect(count).toBe(parameters.size);
  expect(grown).toBeGreaterThan(0.9 * weights);
  // What opening sessions and reading the tokenizer take is of the order of 10 MB.
  expect(grown).toBeLessThan(weights + Math.max(...bytes) + 20e6);
});
