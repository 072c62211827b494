// A state on disk: it resumes from float32 and is checked before it changes anything.

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../formats/safetensors.ts';
import { tinyNewModel } from '../../testing/tinyModel.ts';
import { adamUpdate } from './adam.ts';
import { type LocalModel, newModel, restoreState, saveModel, saveOptimizer } from './model.ts';
import type { OptimizerState } from './trainer.ts';

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'thinkling-state-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const adam = { learningRate: 1e-4, beta1: 0.9, beta2: 0.95, eps: 1e-12, weightDecay: 0, gradClipNorm: 0 };

/** `count` updates of +1e-4 of every weight: the gradient is always -1. */
function update({ store }: LocalModel, optimizer: OptimizerState, count: number): void {
  for (let n = 0; n < count; n++) {
    optimizer.step++;
    for (const [name, { data }] of store.beginUpdate()) {
      const state = optimizer.moments.get(name) ?? { m: new Float32Array(data.length), v: new Float32Array(data.length) };
      optimizer.moments.set(name, state);
      adamUpdate(data, new Float32Array(data.length).fill(-1), state.m, state.v, optimizer.step, 1, adam, false);
    }
  }
}
const values = ({ store }: LocalModel) => new Map([...store.parameters].map(([name, { data }]) => [name, data.slice()]));
const empty = (): OptimizerState => ({ step: 0, moments: new Map() });

async function save(dir: string, model: LocalModel, optimizer: OptimizerState): Promise<void> {
  await saveModel(dir, model, model.store);
  await saveOptimizer(dir, optimizer, model.store.trainable, model.store.version);
}

describe('a saved state', () => {
  it('goes on from float32: 200 updates of 1e-4, none of which bfloat16 could hold, then one more', async () => {
    const model = newModel(tinyNewModel(), 1, 1);
    const optimizer = empty();
    update(model, optimizer, 200);
    const norm = (of: LocalModel) => (of.store.parameters.get('model.norm.weight') as { data: Float32Array }).data;
    for (const w of norm(model)) expect(w).toBeCloseTo(1.02, 4);
    const dir = join(scratch, 'fp32');
    await save(dir, model, optimizer);
    const other = newModel(tinyNewModel(), 2, 1);
    const restored = empty();
    await restoreState(dir, other, restored);
    expect(values(other)).toEqual(values(model));
    expect([restored.step, other.store.version]).toEqual([200, 200]);
    update(model, optimizer, 1);
    update(other, restored, 1);
    expect(values(other)).toEqual(values(model));
    expect(restored).toEqual(optimizer);
    expect(norm(other)[0]).toBeCloseTo(1.0201, 5);
  });

  it('of before the first update has no moments, and is one all the same', async () => {
    const dir = join(scratch, 'zero');
    const model = newModel(tinyNewModel(), 1, 1);
    await save(dir, model, empty());
    const other = newModel(tinyNewModel(), 2, 1);
    const optimizer = empty();
    update(other, optimizer, 2);
    await restoreState(dir, other, optimizer);
    expect(optimizer).toEqual(empty());
    expect(values(other)).toEqual(values(model));
    expect(other.store.version).toBe(0);
  });

  it('leaves a snapshot that is open as it was', async () => {
    const dir = join(scratch, 'pinned');
    await save(dir, newModel(tinyNewModel(), 1, 1), empty());
    const model = newModel(tinyNewModel(), 2, 1);
    const snapshot = model.store.snapshot();
    const before = values(model);
    await restoreState(dir, model, empty());
    expect(new Map([...snapshot.parameters].map(([name, { data }]) => [name, data]))).toEqual(before);
    expect(values(model)).not.toEqual(before);
  });

  it.each<[string, (dir: string) => Promise<void>, RegExp]>([
    [
      'of a model with other sizes',
      async (dir) => save(dir, newModel(tinyNewModel({ vocab_size: 41 }), 1, 1), empty()),
      /state of another model.*embed_tokens\.weight is \[41, 24\], not \[40, 24\]/,
    ],
    [
      'of a model with more layers',
      async (dir) => save(dir, newModel(tinyNewModel({ num_hidden_layers: 3 }), 1, 1), empty()),
      /state of another model.*29 weights, not 20/,
    ],
    [
      'without its optimizer',
      async (dir) => saveModel(dir, newModel(tinyNewModel(), 1, 1), newModel(tinyNewModel(), 1, 1).store),
      /optimizer\.safetensors/,
    ],
    [
      'whose optimizer is cut short',
      async (dir) => {
        const model = newModel(tinyNewModel(), 1, 1);
        const optimizer = empty();
        update(model, optimizer, 1);
        await save(dir, model, optimizer);
        const bytes = await readFile(join(dir, 'optimizer.safetensors'));
        await writeFile(join(dir, 'optimizer.safetensors'), bytes.subarray(0, bytes.length - 100));
      },
      /optimizer\.safetensors/,
    ],
    [
      "whose optimizer is another model's",
      async (dir) => {
        const model = newModel(tinyNewModel(), 1, 1);
        await save(dir, model, empty());
        const tensors = [...model.store.parameters.keys()].flatMap((name) =>
          ['m', 'v'].map((part) => ({ name: `${part}.${name}`, shape: [3], dtype: 'F32' as const, data: new Float32Array(3) })),
        );
        await writeSafetensors(join(dir, 'optimizer.safetensors'), tensors, { step: '3', version: '3' });
      },
      /the moments of model\.embed_tokens\.weight have another size/,
    ],
    [
      'without a step count',
      async (dir) => {
        await save(dir, newModel(tinyNewModel(), 1, 1), empty());
        await writeSafetensors(join(dir, 'optimizer.safetensors'), [], {});
      },
      /lacks step or version/,
    ],
  ])('%s is refused, and nothing is changed', async (name, make, message) => {
    const dir = join(scratch, name.replaceAll(/\W/g, '-'));
    await make(dir);
    const model = newModel(tinyNewModel(), 5, 1);
    const optimizer = empty();
    update(model, optimizer, 2);
    const [before, moments] = [values(model), structuredClone(optimizer)];
    await expect(restoreState(dir, model, optimizer)).rejects.toThrow(message);
    expect(values(model)).toEqual(before);
    expect(optimizer).toEqual(moments);
    expect(model.store.version).toBe(2);
  });

  it('may be copied elsewhere', async () => {
    const dir = join(scratch, 'original');
    const model = newModel(tinyNewModel(), 1, 1);
    await save(dir, model, empty());
    await cp(dir, join(scratch, 'copy'), { recursive: true });
    await rm(dir, { recursive: true });
    const other = newModel(tinyNewModel(), 2, 1);
    await restoreState(join(scratch, 'copy'), other, empty());
    expect(values(other)).toEqual(values(model));
  });
});
