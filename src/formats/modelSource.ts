// A model on disk, whatever its form: a Hugging Face directory or a .gguf file, seen as one thing: config, tensors by their Hugging
// Face names, tokenizer files. Everything is checked when it is opened; weights are read one at a time, when asked for.

import { InputError } from '../platform/errors.ts';
import { exists, isDirectory, isFile, join } from '../platform/files.ts';
import { openGguf } from './gguf.ts';
import { ggufConfig, ggufWeights, unpermute } from './ggufModel.ts';
import { ggufTokenizer } from './ggufTokenizer.ts';
import { adapterShapes, isAdapter, mergeAdapter, openAdapter } from './lora.ts';
import { type LlamaConfig, parameterShapes, readModelConfig, SCORE } from './modelConfig.ts';
import { openSafetensors, type Safetensors } from './safetensors.ts';
import { indexName, openShards } from './shardedSafetensors.ts';
import type { TokenizerFiles } from './tokenizer.ts';
import { checkTokenIds, readPart, readTokenizerFiles } from './tokenizerFiles.ts';

export interface ModelSource {
  config: LlamaConfig;
  /** Exactly the tensors that the config asks for; a projection is [out, in]. */
  shapes: Map<string, number[]>;
  /** One tensor by its Hugging Face name, flat and row-major, as float32; q and k for the half-split rotation. */
  read(hfName: string): Promise<Float32Array>;
  tokenizerFiles: TokenizerFiles;
  close(): Promise<void>;
}

/**
 * Opens an adapter's directory (as peft writes it; its base is found by the path in it, or on the hub), a Hugging Face directory (config.json,
 * model.safetensors or its shards with their index, tokenizer.json, tokenizer_config.json; generation_config.json and chat templates
 * where they are there) or a .gguf file.
 * @throws InputError naming the file, and the field or tensor, that is missing or does not fit; found and expected.
 */
export async function openModel(path: string): Promise<ModelSource> {
  const model = await openAny(path);
  try {
    checkTokenIds(model.tokenizerFiles, model.config);
    return model;
  } catch (error) {
    await model.close();
    throw error;
  }
}

async function openAny(path: string): Promise<ModelSource> {
  if (await isDirectory(path)) return (await isAdapter(path)) ? openAdapted(path) : openDirectory(path);
  if (path.endsWith('.gguf') || (await isFile(path))) return openGgufModel(path);
  throw new InputError(`${path}: there is no such model; expected a directory with config.json and model.safetensors, or a .gguf file`);
}

async function openDirectory(dir: string): Promise<ModelSource> {
  const config = readModelConfig(await readPart(dir, 'config.json'), join(dir, 'config.json'));
  const tokenizerFiles = await readTokenizerFiles(dir);
  const { weights, file } = await openWeights(dir);
  try {
    const found = new Map([...weights.tensors].map(([name, { shape }]) => [name, shape]));
    const shapes = checkShapes(found, config, file);
    for (const name of shapes.keys()) weights.requireReadable(name);
    return { config, shapes, read: (name) => weights.read(name), tokenizerFiles, close: () => weights.close() };
  } catch (error) {
    await weights.close();
    throw error;
  }
}

/** `file`: what names the tensors. One file goes before an index, as in transformers. */
async function openWeights(dir: string): Promise<{ weights: Safetensors; file: string }> {
  const [single, index] = [join(dir, 'model.safetensors'), join(dir, indexName)];
  if (await exists(single)) return { weights: await openSafetensors(single), file: single };
  if (await exists(index)) return { weights: await openShards(dir), file: index };
  const pickled = (await exists(join(dir, 'pytorch_model.bin'))) || (await exists(join(dir, 'pytorch_model.bin.index.json')));
  const mend = pickled ? '; pytorch_model.bin is not read, since it can hold code: save the model as safetensors' : '';
  throw new InputError(`${dir}: model.safetensors is missing, and so is ${indexName}${mend}`);
}

/** An adapter's base with the adapter merged into each weight as it is read. */
async function openAdapted(dir: string): Promise<ModelSource> {
  const adapter = await openAdapter(dir);
  let base: ModelSource | undefined;
  const close = async (): Promise<void> => {
    await adapter.close();
    await base?.close();
  };
  try {
    const source = await openModel(adapter.base);
    base = source;
    const { lora, ...config } = adapter.adapt(source.config);
    const { rank, scale } = lora;
    const adapted = adapterShapes(config, lora);
    const read = async (name: string): Promise<Float32Array> => {
      if (name === SCORE) return adapter.read(name);
      const weight = await source.read(name);
      const module = name.replace(/\.weight$/, '');
      if (adapted.has(`${module}.lora_A.weight`))
        mergeAdapter(weight, await adapter.read(`${module}.lora_A.weight`), await adapter.read(`${module}.lora_B.weight`), rank, scale);
      return weight;
    };
    const own = (await exists(join(dir, 'tokenizer.json'))) && (await exists(join(dir, 'tokenizer_config.json')));
    const shapes = parameterShapes(config);
    return { config, shapes, read, tokenizerFiles: own ? await readTokenizerFiles(dir) : source.tokenizerFiles, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openGgufModel(path: string): Promise<ModelSource> {
  const gguf = await openGguf(path);
  try {
    const config = await ggufConfig(gguf);
    const tokenizerFiles = ggufTokenizer(gguf);
    const names = ggufWeights(gguf);
    const found = new Map([...names].map(([hfName, name]) => [hfName, gguf.tensors.get(name)?.shape ?? []]));
    const shapes = checkShapes(found, config, path);
    for (const name of shapes.keys()) gguf.requireReadable(names.get(name) ?? name);
    const read = async (name: string) => unpermute(name, await gguf.read(names.get(name) ?? name), config);
    return { config, shapes, read, tokenizerFiles, close: () => gguf.close() };
  } catch (error) {
    await gguf.close();
    throw error;
  }
}

// Buffers that older checkpoints carry along and that follow from the config.
const ignored = /rotary_emb\.inv_freq$/;

// A tensor too many is refused as one too few is: a bias that we would leave out makes another model of it.
function checkShapes(found: Map<string, number[]>, config: LlamaConfig, file: string): Map<string, number[]> {
  const expected = parameterShapes(config);
  for (const [name, shape] of expected) {
    const actual = found.get(name);
    if (!actual) {
      const mend = name === 'lm_head.weight' ? ' (where the embeddings serve as the head, it says tie_word_embeddings: true)' : '';
      throw new InputError(`${file}: tensor '${name}' is missing; the config asks for [${shape.join(', ')}]${mend}`);
    }
    if (actual.length !== shape.length || actual.some((size, i) => size !== shape[i])) {
      throw new InputError(`${file}: tensor '${name}' is [${actual.join(', ')}]; the config asks for [${shape.join(', ')}]`);
    }
  }
  for (const name of found.keys()) {
    const tiedHead = name === 'lm_head.weight' && config.tiedEmbeddings;
    if (!expected.has(name) && !tiedHead && !ignored.test(name)) {
      throw new InputError(`${file}: tensor '${name}' is not part of a ${config.modelType} model of this config`);
    }
  }
  return expected;
}
