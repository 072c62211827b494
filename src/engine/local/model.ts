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

/** Puts a saved state's weights, moments and counters where they belong. */
export async function restoreState(dir: string, { config, store }: LocalModel, optimizer: OptimizerState): Promise<void> {
  const source = await openModel(dir);
  const file = await openSafetensors(join(dir, OPTIMIZER_FILE));
  try {
    if (JSON.stringify(source.config.raw.hidden_size) !== JSON.stringify(config.raw.hidden_size))
      throw new InputError(`${dir}: another model's state`);
    const weights = new Map<string, Float32Array>();
    for (const name of store.parameters.keys()) weights.set(name, await source.read(name));
    optimizer.moments.clear();
    for (const name of store.parameters.keys())
      if (file.tensors.has(`m.${name}`)) optimizer.moments.set(name, { m: await file.read(`m.${name}`), v: await file.read(`v.${name}`) });
    optimizer.step = Number(file.metadata.step);
    store.restore(weights, Number(file.metadata.version));
  } finally {
    await file.close();
    await source.close();
  }
}
