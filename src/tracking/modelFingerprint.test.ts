import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { join, remove, temporaryDirectory } from '../platform/files.ts';
import { modelFingerprint } from './modelFingerprint.ts';

let root: string;
beforeEach(async () => {
  root = await temporaryDirectory('thinkling-fingerprint-');
});
afterEach(() => remove(root));

describe("a model's fingerprint", () => {
  it('is that of its files, wherever they lie, and of nothing beside them', async () => {
    const [a, b] = [join(root, 'a'), join(root, 'b')];
    for (const dir of [a, b]) mkdirSync(dir);
    writeFileSync(join(a, 'config.json'), '{}');
    const weights = new Uint8Array(10 << 20);
    writeFileSync(join(a, 'model.safetensors'), weights);
    for (const name of ['config.json', 'model.safetensors']) copyFileSync(join(a, name), join(b, name));
    const first = await modelFingerprint(a);
    writeFileSync(join(b, 'optimizer.safetensors'), 'x');
    writeFileSync(join(b, 'README.md'), 'x');
    expect(await modelFingerprint(b)).toBe(first);
    // Training changes all of them.
    writeFileSync(join(b, 'model.safetensors'), weights.fill(1));
    expect(await modelFingerprint(b)).not.toBe(first);
    writeFileSync(join(b, 'model.safetensors'), weights.fill(0).subarray(1));
    expect(await modelFingerprint(b)).not.toBe(first);
    expect(await modelFingerprint(join(a, 'model.safetensors'))).not.toBe(await modelFingerprint(join(b, 'model.safetensors')));
  });
});
