import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { join, openForWriting, remove, temporaryDirectory } from '../platform/files.ts';
import { residentMemory } from '../platform/memory.ts';
import { Bytes, ggufBytes } from '../testing/ggufBytes.ts';
import { openGguf } from './gguf.ts';
import { quantisations } from './ggufQuantisations.ts';

let dir: string;
beforeAll(async () => {
  dir = await temporaryDirectory('thinkling-gguf-');
});
afterAll(() => remove(dir));

let files = 0;
async function fileOf(bytes: Uint8Array): Promise<string> {
  const path = join(dir, `${files++}.gguf`);
  const file = await openForWriting(path);
  await file.write(bytes);
  await file.close();
  return path;
}

const header = (tensors: number | bigint, keys: number | bigint) =>
  new Bytes().raw(new TextEncoder().encode('GGUF')).u32(3).u64(tensors).u64(keys);
const f32 = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

describe('a header that lies (faults.md R30)', () => {
  const text = { type: 'STRING', value: 'x' } as const;
  const tensor = { name: 'w', dimensions: [4], type: 0, data: f32(1, 2, 3, 4) };
  const cases: [string, Uint8Array, RegExp][] = [
    [
      'a key of 2^47 bytes',
      header(0, 1)
        .text('general.name', 1n << 47n)
        .u32(8)
        .text('x')
        .done(),
      /name of metadata key 1 is 140737488355328/,
    ],
    ['a key of no bytes', header(0, 1).text('').u32(8).text('x').done(), /metadata key 1 \(byte 24\) has an empty name/],
    [
      'an array of 2^63',
      ggufBytes({ 'a.list': { type: 'ARRAY', of: 'INT32', value: [1], length: 1n << 63n } }),
      /'a.list' is 9223372036854775808/,
    ],
    ['a string longer than the file', header(0, 1).text('a.text').u32(8).text('x', 5000n).done(), /'a.text' is 5000, but only/],
    ['2^63 tensors', ggufBytes({ a: text }, [tensor], { tensors: 1n << 63n }), /number of tensors is 9223372036854775808/],
    ['2^40 keys', ggufBytes({ a: text }, [], { keys: 1n << 40n }), /number of metadata keys/],
    ['an unknown value type', header(0, 1).text('a.key').u32(77).text('x').done(), /'a.key' is of unknown type 77/],
    ['arrays in arrays', nested(), /'deep' is an array nested too deeply/],
    ['a key twice', header(0, 2).text('a').u32(7).u8(1).text('a').u32(7).u8(0).done(), /key 'a' occurs twice/],
    [
      'scores of bytes',
      ggufBytes({ 'tokenizer.ggml.scores': { type: 'ARRAY', of: 'UINT8', value: [1, 2] } }),
      /'tokenizer.ggml.scores' is an array of UINT8; expected an array of FLOAT32/,
    ],
    [
      'tokens that are a text',
      ggufBytes({ 'tokenizer.ggml.tokens': text }),
      /'tokenizer.ggml.tokens' is STRING; expected an array of STRING/,
    ],
    [
      'sizes beyond everything',
      ggufBytes({ a: text }, [{ ...tensor, dimensions: [2n ** 63n, 2n ** 63n] }]),
      /"w" dimension 0 is 9223372036854775808/,
    ],
    [
      'a tensor beyond the file',
      ggufBytes({ a: text }, [{ ...tensor, dimensions: [4000] }]),
      /tensor 'w' ends at byte \d+, but the file has only \d+/,
    ],
    ['an offset beyond the file', ggufBytes({ a: text }, [{ ...tensor, offset: 1n << 62n }]), /tensor 'w' ends at byte/],
    ['two tensors in one place', ggufBytes({ a: text }, [tensor, { ...tensor, name: 'v', offset: 0n }]), /tensor 'v' overlaps tensor 'w'/],
    ['two tensors of one name', ggufBytes({ a: text }, [tensor, tensor]), /tensor 'w' occurs twice/],
    ['nine dimensions', ggufBytes({ a: text }, [{ ...tensor, dimensions: Array(9).fill(1) }]), /tensor 'w' has 9 dimensions/],
    [
      'rows that are no blocks',
      ggufBytes({ a: text }, [{ ...tensor, dimensions: [8], type: 8 }]),
      /rows of 8 do not divide into Q8_0 blocks of 32/,
    ],
    ['a wrong alignment', ggufBytes({ 'general.alignment': { type: 'UINT32', value: 24 } }, [tensor]), /'general.alignment' is 24/],
    ['another format', new TextEncoder().encode('PK\u0003\u0004 and so on'), /not a GGUF file/],
    ['nothing', new Uint8Array(0), /not a GGUF file/],
    ['version 1', new Bytes().raw(new TextEncoder().encode('GGUF')).u32(1).done(), /version 1 is not supported; 2 and 3 are/],
  ];
  it.each(cases)('%s is refused by name, at once and without its memory', async (_, bytes, message) => {
    const path = await fileOf(bytes);
    const memory = residentMemory();
    const start = performance.now();
    const error = await openGguf(path).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toContain(path);
    expect(performance.now() - start).toBeLessThan(1000);
    expect(residentMemory() - memory).toBeLessThan(50e6);
  });

  it('or is cut short anywhere gives one clear error, and whole it opens', async () => {
    const list = { type: 'ARRAY' as const, of: 'STRING' as const, value: ['ab', '', 'c'] };
    const whole = ggufBytes({ name: text, list }, [tensor, { name: 'v', dimensions: [2, 3], type: 0, data: f32(1, 2, 3, 4, 5, 6) }]);
    // The last bytes are padding.
    const needed = whole.length - 8;
    for (let length = 0; length < needed; length++) {
      const error = await openGguf(await fileOf(whole.slice(0, length))).catch((reason: unknown) => reason);
      expect(error, `${length} bytes`).toBeInstanceOf(InputError);
      expect((error as Error).message).toMatch(/cut short|not a GGUF/);
    }
    const file = await openGguf(await fileOf(whole.slice(0, needed)));
    expect(file.metadata.get('list')).toEqual(['ab', '', 'c']);
    await file.close();
  });
});

function nested(): Uint8Array {
  const out = header(0, 1).text('deep').u32(9);
  for (let i = 0; i < 5; i++) out.u32(9).u64(1);
  return out.u32(0).u64(1).u8(1).done();
}

describe('tensors', () => {
  it('come in the order [out, in], whatever their type', async () => {
    const q8 = new Uint8Array(34 * 2).map((_, i) => i * 7);
    q8.set([0x00, 0x3c], 0);
    q8.set([0x00, 0xb8], 34);
    const q4 = new Uint8Array(20).map((_, i) => i * 13);
    q4.set([0x00, 0x38, 0x00, 0x3c], 0);
    const file = await openGguf(
      await fileOf(
        ggufBytes({ big: { type: 'UINT64', value: 2n ** 60n } }, [
          { name: 'f32', dimensions: [2, 3], type: 0, data: f32(1, 2, 3, 4, 5, 6) },
          { name: 'f16', dimensions: [2], type: 1, data: Uint8Array.of(0x00, 0x3c, 0x00, 0xc0) },
          { name: 'q8_0', dimensions: [32, 2], type: 8, data: q8 },
          { name: 'q4_1', dimensions: [32], type: 3, data: q4 },
          { name: 'iq4_xs', dimensions: [256], type: 23, data: new Uint8Array(136) },
          { name: 'odd', dimensions: [256], type: 99, data: new Uint8Array(8) },
        ]),
      ),
    );
    expect(file.metadata.get('big')).toBe(2n ** 60n);
    expect(file.tensors.get('f32')).toEqual({ type: 'F32', shape: [3, 2] });
    expect(await file.read('f32')).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    expect(await file.read('f16')).toEqual(Float32Array.of(1, -2));
    const signed = [...new Int8Array(q8.buffer)];
    expect([...(await file.read('q8_0'))]).toEqual([...signed.slice(2, 34), ...signed.slice(36).map((value) => value * -0.5)]);
    const low = [...q4.slice(4)].map((byte) => (byte & 15) * 0.5 + 1);
    const high = [...q4.slice(4)].map((byte) => (byte >> 4) * 0.5 + 1);
    expect([...(await file.read('q4_1'))]).toEqual([...low, ...high]);
    const unsupported = /\.gguf: tensor 'iq4_xs' is of type IQ4_XS, which is not supported; supported: F32, F16, BF16, Q4_0, .*, Q6_K$/;
    await expect(file.read('iq4_xs')).rejects.toThrow(unsupported);
    expect(() => file.requireReadable('iq4_xs')).toThrow(unsupported);
    await expect(file.read('odd')).rejects.toThrow(/tensor 'odd' is of type number 99,/);
    await expect(file.read('none')).rejects.toThrow(InputError);
    await file.close();
  });

  it('of more than one part are read whole', async () => {
    const blocks = 2 * Math.ceil((1 << 20) / 210) + 3;
    const data = new Uint8Array(210 * blocks).map((_, i) => (i % 210 < 208 ? (i * 31) >> 3 : [0x00, 0x3c][i % 2]));
    const file = await openGguf(await fileOf(ggufBytes({}, [{ name: 'w', dimensions: [256, blocks], type: 14, data }])));
    const expected = new Float32Array(256 * blocks);
    quantisations.get('Q6_K')?.dequantise(data, expected);
    expect(Buffer.compare(Buffer.from((await file.read('w')).buffer), Buffer.from(expected.buffer))).toBe(0);
    await file.close();
  });
});
