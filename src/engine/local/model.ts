// A model as the local engine holds it: weights, the graphs that serve them, and what is needed to write it back to disk.

import { type LlamaConfig, readModelConfig } from '../../formats/modelConfig.ts';
import { openModel } from '../../formats/modelSource.ts';
import { writeModelDirectory } from '../../formats/modelWriter.ts';
import { openSafetensors, writeSafetensors } from '../../formats/safetensors.ts';
import type { TokenizerFiles } from '../../formats/tokenizer.ts';
import { InputError } from '../../platform/errors.ts';
import { join } from '../../platform/files.ts';
import type { NewModel } from '../engine.ts';
import { type Parameter, ParameterStore } from './parameters.ts';
import { DecodeGraphs } from './sampler.ts';
import { type OptimizerState, RowGraphs } from './trainer.ts';

export interface LocalModel {
  config: LlamaConfig;
  tokenizerFiles: TokenizerFiles;
  store: ParameterStore;
  rows: RowGraphs;
  decode: DecodeGraphs;
}

function assemble(config: LlamaConfig, tokenizerFiles: TokenizerFiles, store: ParameterStore, threads: number): LocalModel {
  return { config, tokenizerFiles, store, rows: new RowGraphs(config, threads), decode: new DecodeGraphs(config, threads) };
}

export async function loadModel(path: string, threads: number): Promise<LocalModel> {
  const source = await openModel(path);
  try {
    return assemble(source.config, source.tokenizerFiles, await ParameterStore.load(source), threads);
  } finally {
    await source.close();
  }
}

export function newModel({ config: raw, tokenizerFiles }: NewModel, seed: number, threads: number): LocalModel {
  const config = readModelConfig(raw, 'the new model');
  return assemble(config, tokenizerFiles, ParameterStore.random(config, seed), threads);
}

/** A Hugging Face directory with float32 weights. */
export async function saveModel(
  dir: string,
  { config, tokenizerFiles }: LocalModel,
  parameters: ReadonlyMap<string, Parameter>,
): Promise<void> {
  const tensors = [...parameters].map(([name, { shape, data }]) => ({ name, shape, dtype: 'F32' as const, data }));
  await writeModelDirectory(dir, { config: config.raw, tokenizerFiles, tensors });
}

const OPTIMIZER_FILE = 'optimizer.safetensors';

/** AdamW's moments as `m.NAME`, `v.NAME`, with its step count and the policy's version. */
export async function saveOptimizer(
  dir: string,
  state: OptimizerState,
  parameters: ReadonlyMap<string, Parameter>,
  version: number,
): Promise<void> {
  const tensors = [...state.moments].flatMap(([name, { m, v }]) => {
    const { shape } = parameters.get(name) as Parameter;
    return [
      { name: `m.${name}`, shape, dtype: 'F32' as const, data: m },
      { name: `v.${name}`, shape, dtype: 'F32' as const, data: v },
    ];
  });
  await writeSafetensors(join(dir, OPTIMIZER_FILE), tensors, { step: String(state.step), version: String(version) });
}

/**
 * Puts a saved state's weights, moments and counters where they belong. Everything is read and checked before anything is changed.
 * @throws InputError naming the directory where it is not a state of this model.
 */
export async function restoreState(dir: string, { store }: LocalModel, optimizer: OptimizerState): Promise<void> {
  const source = await openModel(dir);
  try {
    if (source.shapes.size !== store.parameters.size)
      throw anotherModel(dir, `${source.shapes.size} weights, not ${store.parameters.size}`);
    const weights = new Map<string, Float32Array>();
    for (const [name, { shape }] of store.parameters) {
      const found = source.shapes.get(name);
      if (found === undefined || String(found) !== String(shape))
        throw anotherModel(dir, `${name} is ${found ? `[${found.join(', ')}]` : 'missing'}, not [${shape.join(', ')}]`);
      weights.set(name, await source.read(name));
    }
    const { step, version, moments } = await readOptimizer(join(dir, OPTIMIZER_FILE), store.parameters);
    optimizer.moments.clear();
    for (const [name, state] of moments) optimizer.moments.set(name, state);
    optimizer.step = step;
    store.restore(weights, version);
  } finally {
    await source.close();
  }
}

const anotherModel = (dir: string, difference: string): InputError =>
  new InputError(`${dir} is a state of another model than this trainer's: ${difference}`);

async function readOptimizer(path: string, parameters: ReadonlyMap<string, Parameter>): Promise<OptimizerState & { version: number }> {
  const file = await openSafetensors(path);
  try {
    const [step, version] = [Number(file.metadata.step), Number(file.metadata.version)];
    if (!Number.isSafeInteger(step) || !Number.isSafeInteger(version)) throw new InputError(`${path}: its metadata lacks step or version`);
    const moments: OptimizerState['moments'] = new Map();
    // Before the first update there are none.
    for (const [name, { data }] of step === 0 ? [] : parameters) {
      const state = { m: await file.read(`m.${name}`), v: await file.read(`v.${name}`) };
      if (state.m.length !== data.length || state.v.length !== data.length)
        throw new InputError(`${path}: the moments of ${name} have another size than the weight`);
      moments.set(name, state);
    }
    return { step, version, moments };
  } finally {
    await file.close();
  }
}
