// A model as the local engine holds it: weights, the graphs that serve them, and what is needed to write it back to disk.

import { type AdaptedConfig, adapterShapes, isAdapter, type Lora, loraScale, openAdapter, writeAdapter } from '../../formats/lora.ts';
import { type Head, readModelConfig, withScalarHead } from '../../formats/modelConfig.ts';
import { type ModelSource, openModel } from '../../formats/modelSource.ts';
import { writeModelDirectory, writeTokenizer } from '../../formats/modelWriter.ts';
import { openSafetensors, writeSafetensors } from '../../formats/safetensors.ts';
import { Tokenizer, type TokenizerFiles } from '../../formats/tokenizer.ts';
import { InputError } from '../../platform/errors.ts';
import { join, resolve } from '../../platform/files.ts';
import type { LoraOptions, NewModel } from '../engine.ts';
import { type Parameter, ParameterStore, type Parameters } from './parameters.ts';
import { RowGraphs } from './rowGraphs.ts';
import { DecodeGraphs } from './sampler.ts';
import type { OptimizerState } from './trainer.ts';

export interface LocalModel {
  config: AdaptedConfig;
  /** Where the weights, or those under the adapter, come from. */
  path?: string;
  tokenizerFiles: TokenizerFiles;
  decodeText(tokens: number[]): string;
  store: ParameterStore;
  rows: RowGraphs;
  decode: DecodeGraphs;
}

type Weighed = Pick<LocalModel, 'config' | 'path' | 'tokenizerFiles' | 'store'>;

function assemble(part: Weighed, threads: number): LocalModel {
  let tokenizer: Tokenizer | undefined;
  return {
    ...part,
    rows: new RowGraphs(part.config, threads),
    decode: new DecodeGraphs(part.config, threads),
    decodeText(tokens) {
      tokenizer ??= Tokenizer.fromFiles(part.tokenizerFiles, part.config);
      return tokenizer.decode(tokens);
    },
  };
}

async function readWeights(path: string, { head, seed }: Wanted): Promise<Weighed> {
  const source = await openModel(path);
  try {
    const { tokenizerFiles } = source;
    if (seed === undefined || head === 'lm') requireHead(source.config.head, head, path);
    const config = head === 'scalar' ? withScalarHead(source.config) : source.config;
    return { config, path, tokenizerFiles, store: await ParameterStore.load(source, config, seed) };
  } finally {
    await source.close();
  }
}

/** What a model is to end in; with a seed a scalar head that it has not is drawn. */
interface Wanted {
  head: Head;
  seed?: number;
}

function requireHead(found: Head, wanted: Head, path: string): void {
  if (found === wanted) return;
  throw new InputError(
    wanted === 'lm'
      ? `${path} is a reward model: it gives a text one score, and no tokens; give a language model`
      : `${path} has no scalar head: it is no reward model; give one that a reward_model stage made, or a ...ForSequenceClassification`,
  );
}

/** @throws InputError where the model does not end in the head that is wanted */
export async function loadModel(path: string, threads: number, wanted: Wanted = { head: 'lm' }): Promise<LocalModel> {
  return assemble(await readWeights(path, wanted), threads);
}

/** The model at `path`, frozen, under a fresh adapter. */
export async function loadAdapted(
  path: string,
  { rank, alpha, targets }: LoraOptions,
  seed: number,
  threads: number,
  head: Head = 'lm',
): Promise<LocalModel> {
  const base = await readWeights(path, { head, seed });
  const lora: Lora = { rank, alpha, targets, scale: loraScale(rank, alpha) };
  const store = ParameterStore.adapter(base.store.parameters, base.config, lora, seed);
  return assemble({ ...base, config: { ...base.config, lora }, store }, threads);
}

/**
 * A model to sample from, or of a scalar `head` to score with. Where one of `held` has the same weights frozen under an adapter, they are shared: `path` may be that base
 * itself, or another adapter of it.
 */
export async function loadSampled(path: string, held: readonly LocalModel[], threads: number, head: Head = 'lm'): Promise<LocalModel> {
  const adapter = (await isAdapter(path)) ? await openAdapter(path) : undefined;
  try {
    // Under a scalar head lies no lm_head, and a head that was drawn is no model's own.
    const frozenAt = (place: string | undefined) =>
      held.find(({ config, path: theirs }) => config.lora && config.head === 'lm' && theirs === place);
    // An adapter may itself be the base of another: then it lies merged under that one.
    const same = frozenAt(path);
    const base = same ?? frozenAt(adapter?.base);
    if (base === undefined) return await loadModel(path, threads, { head });
    requireHead(same === undefined && adapter !== undefined ? adapter.head : 'lm', head, path);
    const { lora: _, ...config } = base.config;
    const { tokenizerFiles } = base;
    if (same !== undefined || adapter === undefined)
      return assemble({ config, path, tokenizerFiles, store: ParameterStore.over(base.store.frozen) }, threads);
    const adapted = adapter.adapt(config);
    const weights = new Map<string, Parameter>();
    for (const [name, shape] of adapterShapes(adapted, adapted.lora)) weights.set(name, { shape, data: await adapter.read(name) });
    return assemble(
      { config: adapted, path: adapter.base, tokenizerFiles, store: ParameterStore.over(base.store.frozen, weights) },
      threads,
    );
  } finally {
    await adapter?.close();
  }
}

export function newModel({ config: raw, tokenizerFiles }: NewModel, seed: number, threads: number): LocalModel {
  const config = readModelConfig(raw, 'the new model');
  return assemble({ config, tokenizerFiles, store: ParameterStore.random(config, seed) }, threads);
}

/** A Hugging Face directory with float32 weights; an adapter's alone where there is one, with the tokenizer beside it. */
export async function saveModel(
  dir: string,
  { config, path, tokenizerFiles }: LocalModel,
  { trainable }: { trainable: Parameters },
): Promise<void> {
  const tensors = [...trainable].map(([name, { shape, data }]) => ({ name, shape, dtype: 'F32' as const, data }));
  if (config.lora) {
    await writeAdapter(dir, { lora: config.lora, head: config.head }, path as string, tensors);
    await writeTokenizer(dir, tokenizerFiles);
  } else await writeModelDirectory(dir, { config: config.raw, tokenizerFiles, tensors });
}

const OPTIMIZER_FILE = 'optimizer.safetensors';

/** AdamW's moments as `m.NAME`, `v.NAME`, with its step count and the policy's version. */
export async function saveOptimizer(dir: string, state: OptimizerState, parameters: Parameters, version: number): Promise<void> {
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
export async function restoreState(dir: string, { config, path, store }: LocalModel, optimizer: OptimizerState): Promise<void> {
  const source = config.lora ? await adapterSource(dir, config, path as string) : await openModel(dir);
  try {
    if (source.shapes.size !== store.trainable.size) throw anotherModel(dir, `${source.shapes.size} weights, not ${store.trainable.size}`);
    const weights = new Map<string, Float32Array>();
    for (const [name, { shape }] of store.trainable) {
      const found = source.shapes.get(name);
      if (found === undefined || String(found) !== String(shape))
        throw anotherModel(dir, `${name} is ${found ? `[${found.join(', ')}]` : 'missing'}, not [${shape.join(', ')}]`);
      weights.set(name, await source.read(name));
    }
    const { step, version, moments } = await readOptimizer(join(dir, OPTIMIZER_FILE), store.trainable);
    optimizer.moments.clear();
    for (const [name, state] of moments) optimizer.moments.set(name, state);
    optimizer.step = step;
    store.restore(weights, version);
  } finally {
    await source.close();
  }
}

async function adapterSource(dir: string, config: AdaptedConfig, base: string): Promise<Pick<ModelSource, 'shapes' | 'read' | 'close'>> {
  const adapter = await openAdapter(dir);
  if (adapter.base !== resolve(base)) {
    await adapter.close();
    throw anotherModel(
      dir,
      `its adapter was trained on ${adapter.base}, and the model is now ${base}. Give that one as model (one on the hub by its commit, owner/name@REVISION), or begin another run`,
    );
  }
  if (adapter.head !== config.head) {
    await adapter.close();
    throw anotherModel(dir, `its adapter is of a ${adapter.head} head, not of a ${config.head} one`);
  }
  return { shapes: adapterShapes(config, adapter.lora), read: adapter.read, close: adapter.close };
}

const anotherModel = (dir: string, difference: string): InputError =>
  new InputError(`${dir} is a state of another model than this trainer's: ${difference}`);

async function readOptimizer(path: string, parameters: Parameters): Promise<OptimizerState & { version: number }> {
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
