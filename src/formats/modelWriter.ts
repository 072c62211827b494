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

/** Writes into `dir`, which is created. Files of a model that lie there already are overwritten. */
export async function writeModelDirectory(dir: string, { config, tokenizerFiles, tensors }: ModelToWrite): Promise<void> {
  await mkdir(dir);
  await writeSafetensors(join(dir, 'model.safetensors'), tensors, { format: 'pt' });
  const json = (name: string, value: unknown): Promise<void> => writeTextAtomic(join(dir, name), `${JSON.stringify(value, null, 2)}\n`);
  await json('config.json', { ...config, torch_dtype: 'float32' });
  await json('tokenizer.json', tokenizerFiles.tokenizerJson);
  await json('tokenizer_config.json', tokenizerFiles.tokenizerConfig);
  if (tokenizerFiles.generationConfig) await json('generation_config.json', tokenizerFiles.generationConfig);
}
