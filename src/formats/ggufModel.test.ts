// GGUF files of each architecture, written with llama.cpp's own Python package (bench/golden/gguf_models.py) from the tiny models that
// models/llama.test.ts holds against transformers: read back, they are the same models (faults.md R32).

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { join, openForWriting, pathOf, remove, temporaryDirectory } from '../platform/files.ts';
import { ggufBytes } from '../testing/ggufBytes.ts';
import { openGguf } from './gguf.ts';
import { ggufConfig } from './ggufModel.ts';
import { openModel } from './modelSource.ts';

const golden = (name: string): string => pathOf(new URL(`./golden/${name}.gguf`, import.meta.url));
const original = (name: string): string => pathOf(new URL(`../models/golden/${name}`, import.meta.url));

describe.each(['llama3', 'llama-biases', 'qwen2', 'qwen2-yarn', 'qwen3', 'smollm3'])('a GGUF of %s', (name) => {
  it('has the config and, bit for bit, the weights of the model it was made from', async () => {
    const [gguf, directory] = [await openModel(golden(name)), await openModel(original(name))];
    const { raw: _, ...config } = gguf.config;
    const { raw: __, ...expected } = directory.config;
    expect(config).toEqual(expected);
    expect([...gguf.shapes]).toEqual([...directory.shapes]);
    for (const weight of gguf.shapes.keys()) expect(await gguf.read(weight), weight).toEqual(await directory.read(weight));
    await gguf.close();
    await directory.close();
  });
});

describe('a GGUF that', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await temporaryDirectory('thinkling-gguf-');
  });
  afterAll(() => remove(dir));

  const f32 = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
  const uint = (value: number) => ({ type: 'UINT32' as const, value });
  const metadata = (arch: string): Parameters<typeof ggufBytes>[0] => ({
    'general.architecture': { type: 'STRING', value: arch },
    [`${arch}.embedding_length`]: uint(8),
    [`${arch}.feed_forward_length`]: uint(8),
    [`${arch}.block_count`]: uint(1),
    [`${arch}.attention.head_count`]: uint(1),
    [`${arch}.context_length`]: uint(64),
    [`${arch}.attention.layer_norm_rms_epsilon`]: { type: 'FLOAT32', value: 1e-5 },
    'tokenizer.ggml.tokens': { type: 'ARRAY', of: 'STRING', value: ['a', 'b'] },
  });
  const cases: [string, Parameters<typeof ggufBytes>, RegExp][] = [
    ['is of another architecture', [metadata('gemma')], /'gemma' is not supported in GGUF files; supported: llama, qwen2, qwen3, smollm3/],
    [
      'is one part of several, the first',
      [{ ...metadata('llama'), 'split.count': uint(3) }],
      /it is one of 3 parts of a model; merge them .* llama-gguf-split --merge FIRST-PART MERGED\.gguf/,
    ],
    ['is another part', [{ 'split.no': uint(1), 'split.count': uint(3) }], /it is one of 3 parts of a model/],
    ['mixes experts', [{ ...metadata('llama'), 'llama.expert_count': uint(8) }], /'llama.expert_count' is 8, which is not supported/],
    ['slides', [{ ...metadata('qwen2'), 'qwen2.attention.sliding_window': uint(9) }], /'qwen2.attention.sliding_window' is 9/],
    [
      'rotates its heads in part',
      [{ ...metadata('qwen3'), 'qwen3.attention.key_length': uint(8), 'qwen3.rope.dimension_count': uint(4) }],
      /'qwen3.rope.dimension_count' is 4, of heads of 8: heads that are rotated in part are not supported/,
    ],
    [
      'scales its scores otherwise than by its heads',
      [{ ...metadata('llama'), 'llama.attention.scale': { type: 'FLOAT32', value: 0.5 } }],
      /'llama.attention.scale' is 0.5, which is not supported/,
    ],
    [
      'claims as many layers as a number holds',
      [{ ...metadata('llama'), 'llama.block_count': uint(2 ** 32 - 1) }],
      /num_hidden_layers: more than 4096 layers are not supported/,
    ],
    [
      'scales its rotation by a rule of its own',
      [metadata('llama'), [{ name: 'rope_freqs.weight', dimensions: [4], type: 0, data: f32(1, 5, 2, 8) }]],
      /'rope_freqs.weight' scales the rotation in another way than Llama 3.x/,
    ],
    [
      'scales its rotation as longrope',
      [{ ...metadata('qwen3'), 'qwen3.rope.scaling.type': { type: 'STRING', value: 'longrope' } }],
      /rope_scaling: RoPE scaling of type 'longrope' is not supported/,
    ],
    [
      'changes the size of scores',
      [
        {
          ...metadata('qwen3'),
          'qwen3.rope.scaling.type': { type: 'STRING', value: 'yarn' },
          'qwen3.rope.scaling.attn_factor': { type: 'FLOAT32', value: 2 },
        },
      ],
      /'qwen3.rope.scaling.attn_factor' is not supported/,
    ],
  ];
  it.each(cases)('%s is refused by name', async (name, bytes, message) => {
    const path = join(dir, `${name}.gguf`);
    const file = await openForWriting(path);
    await file.write(ggufBytes(...bytes));
    await file.close();
    const gguf = await openGguf(path);
    const error = await ggufConfig(gguf).catch((reason: unknown) => reason);
    await gguf.close();
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(message);
  });
});
