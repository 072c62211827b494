// Shards as transformers writes them (golden/shards, by bench/golden/shards.py), and indexes that do not say what the files hold.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { join, mkdir, pathOf, remove, temporaryDirectory, writeTextAtomic } from '../platform/files.ts';
import { residentMemory } from '../platform/memory.ts';
import { bf16ToFloat, floatToBf16 } from './floats.ts';
import { openSafetensors, type TensorEntry, writeSafetensors } from './safetensors.ts';
import { openShards } from './shardedSafetensors.ts';

let dir: string;
beforeAll(async () => {
  dir = await temporaryDirectory('thinkling-shards-');
});
afterAll(() => remove(dir));

const tensor = (name: string, ...data: number[]): TensorEntry => ({
  name,
  shape: [data.length],
  dtype: 'F32',
  data: Float32Array.from(data),
});
const [one, two] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];

let count = 0;
async function shards(weightMap: unknown, files: Record<string, TensorEntry[]>): Promise<string> {
  const path = join(dir, `model${count++}`);
  await mkdir(path);
  await writeTextAtomic(join(path, 'model.safetensors.index.json'), JSON.stringify({ metadata: { total_size: 0 }, weight_map: weightMap }));
  for (const [name, entries] of Object.entries(files)) await writeSafetensors(join(path, name), entries);
  return path;
}

describe('shards of transformers', () => {
  it('hold the tensors of the model in one file, rounded to bfloat16', async () => {
    const sharded = await openShards(pathOf(new URL('golden/shards', import.meta.url)));
    const single = await openSafetensors(pathOf(new URL('../models/golden/tied/model.safetensors', import.meta.url)));
    expect([...sharded.tensors.keys()].sort()).toEqual([...single.tensors.keys()].sort());
    for (const [name, { shape }] of single.tensors) {
      expect(sharded.tensors.get(name)).toMatchObject({ dtype: 'BF16', shape });
      const rounded = await single.read(name);
      const half = new Uint16Array(rounded.length);
      floatToBf16(rounded, half);
      bf16ToFloat(half, rounded);
      expect(await sharded.read(name), name).toEqual(rounded);
    }
    await expect(sharded.read('none')).rejects.toThrow(/index\.json: there is no tensor 'none'/);
    await sharded.close();
    await single.close();
  });
});

describe('an index that is not true', () => {
  const files = { [one]: [tensor('a', 1)], [two]: [tensor('b', 2)] };
  const cases: [string, unknown, Record<string, TensorEntry[]>, RegExp][] = [
    [
      'names a file that is missing',
      { a: one, b: two },
      { [one]: [tensor('a', 1)] },
      /00002-of-00002\.safetensors: there is no such file.*'b'/,
    ],
    ['places a tensor where it is not', { a: one, b: two, c: two }, files, /00002-of-00002\.safetensors: there is no tensor 'c'/],
    [
      'leaves out a tensor',
      { a: one },
      { [one]: [tensor('a', 1), tensor('b', 2)] },
      /00001-of-00002\.safetensors: it holds tensor 'b', which .* does not name/,
    ],
    [
      'places a tensor that is in two files in one',
      { a: one, b: two },
      { [one]: [tensor('a', 1), tensor('b', 3)], [two]: [tensor('b', 2)] },
      /00001-of-00002\.safetensors: it holds tensor 'b', which .* places in model-00002/,
    ],
    ['has no map', undefined, files, /index\.json: weight_map is missing/],
    ['has a list for a map', ['a'], files, /index\.json: weight_map is missing/],
    ...[
      '../other.safetensors',
      '/etc/other.safetensors',
      'sub/other.safetensors',
      '..\\other.safetensors',
      'C:other.safetensors',
      'a.bin',
      5,
      '',
    ].map((file): [string, unknown, Record<string, TensorEntry[]>, RegExp] => [
      `names ${JSON.stringify(file)}`,
      { a: one, b: file },
      files,
      /index\.json: tensor 'b' is placed in .*; expected the name of a \.safetensors file in the same directory/,
    ]),
  ];
  it.each(cases)('because it %s is refused by file and tensor', async (_, map, entries, message) => {
    const error = await openShards(await shards(map, entries)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(message);
  });
});

describe('memory', () => {
  it('is that of the headers when opened, and of one tensor when it is read', async () => {
    const n = 8_000_000;
    const big = (name: string): TensorEntry => ({ name, shape: [n], dtype: 'BF16', data: new Float32Array(n).fill(1.5) });
    const names = ['a', 'b', 'c', 'd'];
    const map = Object.fromEntries(names.map((name, i) => [name, i < 2 ? one : two]));
    const path = await shards(map, { [one]: names.slice(0, 2).map(big), [two]: names.slice(2).map(big) });
    const before = residentMemory();
    const model = await openShards(path);
    expect(residentMemory() - before).toBeLessThan(10e6);
    const tensor = await model.read('d');
    expect(tensor[n - 1]).toBe(1.5);
    expect(residentMemory() - before).toBeLessThan(4 * n + 10e6);
    await model.close();
  });
});
