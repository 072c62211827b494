import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { exists, join, openForWriting, readBytes, remove, size, temporaryDirectory } from '../platform/files.ts';
import { residentMemory } from '../platform/memory.ts';
import { openSafetensors, type TensorEntry, writeSafetensors } from './safetensors.ts';

let dir: string;
beforeAll(async () => {
  dir = await temporaryDirectory('thinkling-safetensors-');
});
afterAll(() => remove(dir));

async function fileOf(name: string, header: unknown, data: number, length?: bigint): Promise<string> {
  const path = join(dir, name);
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  const file = await openForWriting(path);
  for (const part of [prefix, json, new Uint8Array(data)]) await file.write(part);
  await file.close();
  return path;
}

const tensor = (shape: unknown, offsets: unknown, dtype: unknown = 'F32') => ({ dtype, shape, data_offsets: offsets });

describe('a header that lies (faults.md R26)', () => {
  const cases: [string, unknown, number, RegExp, bigint?][] = [
    ['claims 2^40 bytes', '{}', 8, /header claims 1099511627776 bytes/, 1n << 40n],
    ['has offsets that run backwards', { w: tensor([1], [8, 4]) }, 8, /tensor 'w'.*\[8,4\]/],
    ['has a shape larger than its bytes', { w: tensor([1000, 1000], [0, 4]) }, 4, /tensor 'w'.*4000000 bytes/],
    ['has two tensors that overlap', { v: tensor([2], [0, 8]), w: tensor([2], [4, 12]) }, 12, /tensor 'w' overlaps/],
    ['has a hole before the first tensor', { w: tensor([1], [4, 8]) }, 8, /hole of 4 bytes before tensor 'w'/],
    ['has an unknown type', { w: tensor([1], [0, 4], 'F99') }, 4, /tensor 'w'.*unknown type 'F99'.*F32/],
    ['is longer than its data', { w: tensor([4], [0, 16]) }, 12, /tensor 'w'.*byte 16.*only 12.*cut short/],
    ['leaves bytes over', { w: tensor([1], [0, 4]) }, 8, /4 bytes at the end belong to no tensor/],
    [
      'has sizes whose product overflows',
      { w: tensor([2 ** 40, 2 ** 40], [0, 4]) },
      4,
      /tensor 'w'.*needs 4835703278458516698824704 bytes/,
    ],
    ['has a negative size', { w: tensor([-1], [0, 4]) }, 4, /tensor 'w'.*shape \[-1\]/],
    ['has a tensor that is no object', { w: 5 }, 4, /tensor 'w'.*unknown type/],
    ['has no places', { w: { dtype: 'F32', shape: [1] } }, 4, /tensor 'w'.*data_offsets/],
    ['is not JSON', '{"w":', 4, /not valid JSON/],
    ['is a list', '[]', 4, /not a JSON object/],
    ['has metadata that is not text', { __metadata__: { a: 1 } }, 0, /__metadata__/],
  ];
  it.each(cases)('%s is refused by name, at once and without its memory', async (name, header, data, message, length) => {
    const path = await fileOf(`${name}.safetensors`, header, data, length);
    const memory = residentMemory();
    const start = performance.now();
    const error = await openSafetensors(path).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toContain(path);
    expect(performance.now() - start).toBeLessThan(1000);
    expect(residentMemory() - memory).toBeLessThan(50e6);
  });

  it('does not stop an empty tensor, or a file of none', async () => {
    const empty = await openSafetensors(await fileOf('empty.safetensors', { e: tensor([0], [0, 0]), w: tensor([], [0, 4]) }, 4));
    expect(await empty.read('e')).toEqual(new Float32Array(0));
    expect(await empty.read('w')).toEqual(Float32Array.of(0));
    await empty.close();
    await (await openSafetensors(await fileOf('none.safetensors', '{}  ', 0))).close();
  });

  it('of a file too short for one, or not there, is refused', async () => {
    const file = await openForWriting(join(dir, 'short'));
    await file.write(new Uint8Array(5));
    await file.close();
    await expect(openSafetensors(join(dir, 'short'))).rejects.toThrow(/5 bytes are too few/);
    await expect(openSafetensors(join(dir, 'nowhere'))).rejects.toThrow(InputError);
    await expect(openSafetensors(dir)).rejects.toThrow(/it is a directory/);
  });
});

describe('what is written', () => {
  const value = fc.oneof(fc.float(), fc.constantFrom(Number.NaN, Infinity, -0, 1e-45, 3e38));
  const entry = fc.record({
    dtype: fc.constantFrom('F32' as const, 'BF16' as const, 'F16' as const),
    rows: fc.array(fc.array(value, { minLength: 3, maxLength: 3 }), { maxLength: 6 }),
  });
  it('is read back: exactly in F32, rounded once in the others', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), entry, { maxKeys: 5, noNullPrototype: true }), async (entries) => {
        const list: TensorEntry[] = Object.entries(entries)
          .filter(([name]) => name !== '__metadata__')
          .map(([name, { dtype, rows }]) => ({ name, dtype, shape: [rows.length, 3], data: Float32Array.from(rows.flat()) }));
        const path = join(dir, 'round.safetensors');
        await writeSafetensors(path, list, { note: 'ü' });
        const first = await openSafetensors(path);
        expect(first.metadata).toEqual({ note: 'ü' });
        expect([...first.tensors.keys()].sort()).toEqual(list.map(({ name }) => name).sort());
        const again: TensorEntry[] = [];
        for (const item of list) {
          const data = await first.read(item.name);
          expect(first.tensors.get(item.name)).toEqual({
            dtype: item.dtype,
            shape: item.shape,
            bytes: data.length * (item.dtype === 'F32' ? 4 : 2),
          });
          if (item.dtype === 'F32') expect(data).toEqual(item.data);
          again.push({ ...item, data });
        }
        await first.close();
        // What was rounded once stays as it is.
        const bytes = await readBytes(path);
        await writeSafetensors(path, again, { note: 'ü' });
        expect(await readBytes(path)).toEqual(bytes);
      }),
      { numRuns: 30 },
    );
  });

  it('aligns every tensor and marks the file for transformers', async () => {
    const path = join(dir, 'aligned.safetensors');
    await writeSafetensors(path, [
      { name: 'half', shape: [3], dtype: 'BF16', data: Float32Array.of(1, 2, 3) },
      { name: 'full', shape: [1], dtype: 'F32', data: Float32Array.of(4) },
    ]);
    const file = await openSafetensors(path);
    expect([...file.tensors.keys()]).toEqual(['full', 'half']);
    expect(file.metadata).toEqual({ format: 'pt' });
    expect(((await size(path)) - 10) % 8).toBe(0);
    await expect(file.read('none')).rejects.toThrow(/no tensor 'none'/);
    await file.close();
  });

  it('takes more than one chunk', async () => {
    const data = Float32Array.from({ length: 2_500_001 }, (_, i) => i % 251);
    const path = join(dir, 'large.safetensors');
    await writeSafetensors(path, [{ name: 'w', shape: [data.length], dtype: 'BF16', data }]);
    const file = await openSafetensors(path);
    expect(Buffer.compare(Buffer.from((await file.read('w')).buffer), Buffer.from(data.buffer))).toBe(0);
    await file.close();
  });

  it('leaves the old file where the new one fails', async () => {
    const path = join(dir, 'kept.safetensors');
    const good: TensorEntry = { name: 'w', shape: [1], dtype: 'F32', data: Float32Array.of(7) };
    await writeSafetensors(path, [good]);
    const before = await readBytes(path);
    await expect(writeSafetensors(path, [good, { ...good, name: 'v', shape: [2] }])).rejects.toThrow("'v' [2] has 1 values");
    await expect(writeSafetensors(path, [good, good])).rejects.toThrow("two tensors are named 'w'");
    expect(await readBytes(path)).toEqual(before);
    expect(await exists(`${path}.part`)).toBe(false);
  });

  it('of another type is listed but not read', async () => {
    const file = await openSafetensors(await fileOf('ints.safetensors', { ids: tensor([1], [0, 8], 'I64') }, 8));
    expect(file.tensors.get('ids')).toEqual({ dtype: 'I64', shape: [1], bytes: 8 });
    const unsupported = /tensor 'ids' is of type I64, which is not supported; supported: F32, BF16, F16/;
    await expect(file.read('ids')).rejects.toThrow(unsupported);
    expect(() => file.requireReadable('ids')).toThrow(unsupported);
    await file.close();
  });
});
