// Writes a Hugging Face model directory that transformers loads: config.json, model.safetensors, the tokenizer's files.

import { join, mkdir, writeTextAtomic } from '../platform/files.ts';
import { type TensorEntry, writeSafetensors } from './safetensors.ts';
import type { TokenizerFiles } from './tokenizer.ts';

export interface ModelToWrite {
  /** config.json as an object. */
  config: Record<string, unknown>;
  tokenizerFiles: TokenizerFiles;
  tensors: TensorEntry[];
}

/** Writes into `dir`, which is created, as float32. Files of a model that lie there already are overwritten. */
export async function writeModelDirectory(dir: string, { config, tokenizerFiles, tensors }: ModelToWrite): Promise<void> {
  await mkdir(dir);
  await writeSafetensors(join(dir, 'model.safetensors'), tensors, { format: 'pt' });
  // transformers 5 heeds dtype before torch_dtype; before 4.56 there was torch_dtype alone. A model's config may bring either.
  await writeJson(dir, 'config.json', { ...config, dtype: 'float32', torch_dtype: 'float32' });
  await writeTokenizer(dir, tokenizerFiles);
}

/** The tokenizer's files alone, into an existing directory. */
export async function writeTokenizer(dir: string, { tokenizerJson, tokenizerConfig, generationConfig }: TokenizerFiles): Promise<void> {
  await writeJson(dir, 'tokenizer.json', tokenizerJson);
  await writeJson(dir, 'tokenizer_config.json', tokenizerConfig);
  if (generationConfig) await writeJson(dir, 'generation_config.json', generationConfig);
}

function writeJson(dir: string, name: string, value: unknown): Promise<void> {
  return writeTextAtomic(join(dir, name), `${JSON.stringify(value, null, 2)}\n`);
}
