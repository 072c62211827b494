// What is written says its own kind of numbers, whatever kind the model's had: transformers loads it as the config says.

import { expect, it } from 'vitest';
import { join, readText, remove, temporaryDirectory } from '../platform/files.ts';
import { tinyNewModel } from '../testing/tinyModel.ts';
import { writeModelDirectory } from './modelWriter.ts';

it.each([{ dtype: 'bfloat16' }, { torch_dtype: 'bfloat16' }, {}])(
  'a model of %j is written as float32, by both names of it',
  async (kind) => {
    const dir = await temporaryDirectory('thinkling-writer-');
    const { config, tokenizerFiles } = tinyNewModel(kind);
    await writeModelDirectory(dir, { config, tokenizerFiles, tensors: [] });
    expect(JSON.parse(await readText(join(dir, 'config.json')))).toMatchObject({ dtype: 'float32', torch_dtype: 'float32' });
    await remove(dir);
  },
);
