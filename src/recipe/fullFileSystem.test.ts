// A whole run, the engine's thread and its checkpoints included, on a file system that is too small and is made larger each time that it
// was full: the same call goes on every time, and the weights at the end are those of a run that always had room.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createLocalEngine } from '../engine/local/localEngine.ts';
import { describeNeeding } from '../testing/need.ts';
import { smallDisks } from '../testing/smallDisk.ts';
import { parseRecipe, type Recipe } from './recipe.ts';
import { runRecipe } from './run.ts';

const task = `export default { name: 'short', accuracy: 'even', weights: { even: 1 },
  load: () => ({ train: ['1 + 2', '3 + 4', '5 + 6'].map((prompt) => ({ id: prompt, prompt })), heldOut: [] }),
  rewards: { even: ({ completions }) => completions.map((text) => 1 - (text.length % 2)) } };`;

const recipeWith = (file: string): Recipe =>
  parseRecipe(
    `
name: full
task: ${file}
stages:
  base:
    kind: pretrain
    corpus: lab
    architecture: { hiddenSize: 16, layers: 1, heads: 2, intermediateSize: 32, maxPositions: 128 }
    tokens: 256
    rowTokens: 64
    rowsPerStep: 2
    learningRate: { peak: 1e-3, final: 1e-3 }
    saveEvery: 1
  zero: { kind: rl, steps: 2, promptsPerStep: 2, groupSize: 4, maxTokens: 8, beta: 0.1, learningRate: 1e-3, evalEvery: 0, beforeAfterSamples: 0, saveEvery: 1 }
`,
    'full.yaml',
  );

describeNeeding(smallDisks(), 'a run on a full file system', (newDisk) => {
  it('says so each time, and ends as one that always had room', async () => {
    const engine = createLocalEngine({ threads: 1 });
    const room = mkdtempSync(join(tmpdir(), 'thinkling-room-'));
    const disk = newDisk(16);
    writeFileSync(join(room, 'task.js'), task);
    const recipe = recipeWith(join(room, 'task.js'));
    try {
      const last = async (out: string): Promise<Buffer> => {
        const { checkpoints } = await runRecipe(recipe, { out, engine });
        return readFileSync(join(checkpoints.zero, 'model.safetensors'));
      };
      const whole = await last(join(room, 'whole'));
      const full: string[] = [];
      let weights: Buffer | undefined;
      for (let size = 16; weights === undefined; size += 160) {
        disk.resize(size);
        weights = await last(join(disk.dir, 'run')).catch((error: Error) => void full.push(error.message) as undefined);
        expect(size).toBeLessThan(4096);
      }
      for (const message of full) expect(message).toMatch(/^the disk is full: .*[Mm]ake room/);
      const met = ['checkpoint .*base-\\d ', 'checkpoint .*zero-\\d '];
      for (const words of met)
        expect(
          full.some((message) => new RegExp(words).test(message)),
          `${words} among ${full.join('\n')}`,
        ).toBe(true);
      expect(Buffer.compare(weights, whole)).toBe(0);
    } finally {
      disk.remove();
      rmSync(room, { recursive: true });
      await engine.close();
    }
  });
});
