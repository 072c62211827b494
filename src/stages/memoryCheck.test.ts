// What does not fit is refused before anything is loaded, with the field to lower and to what; what fits is let through.

import { expect, it } from 'vitest';
import type { Engine, PlannedWork } from '../engine/engine.ts';
import { type Lowered, requireMemory } from './memoryCheck.ts';

/** An engine that needs 1 GB and as much for each response, a tenth of it with an adapter. */
const engine = {
  async memoryNeed({ from, sampling }: PlannedWork) {
    const responses = (sampling?.prompts.length ?? 0) * (sampling?.samples ?? 0) * ('model' in from && from.lora ? 1e8 : 1e9);
    return { bytes: 1e9 + responses, parts: { weights: 1e9, 'forward and backward': responses } };
  },
} as unknown as Engine;

const work = (prompts: number, samples = 4): PlannedWork => ({
  from: { model: 'm' },
  sampling: { prompts: Array<number>(prompts).fill(8), samples, maxTokens: 8 },
  training: { data: [], loss: { name: 'ppo' } },
});
const lowered: Lowered[] = [
  { field: 'promptsPerStep', value: 8, work: (value) => work(value) },
  { field: 'groupSize', value: 4, work: (value) => work(8, value) },
];
const check = (bound: number) => requireMemory(engine, 'zero', 'promptsPerStep 8 x groupSize 4 responses', work(8), lowered, bound);

it('refuses what exceeds the bound, and names fields, values, and an adapter where it helps', async () => {
  await expect(check(24e9)).rejects.toThrow(
    'stage zero: promptsPerStep 8 x groupSize 4 responses would take about 33 GB of memory, the most of it (32 GB) for forward and backward, and this process may have 24 GB; nothing was loaded. To mend: lower stages.zero.promptsPerStep from 8 to 5, or lower stages.zero.groupSize from 4 to 2, or train an adapter instead of all weights (stages.zero.lora: { rank: 16 })',
  );
});

it('proposes only what fits, and another machine where nothing does', async () => {
  await expect(check(5.5e9)).rejects.toThrow('To mend: lower stages.zero.promptsPerStep from 8 to 1, or train an adapter');
  await expect(check(1e9)).rejects.toThrow('To mend: take a smaller model, or a machine with more memory');
});

it('lets through what fits to the byte, and an engine that does not know', async () => {
  await check(33e9);
  await expect(check(33e9 - 1)).rejects.toThrow('would take about 33 GB');
  await requireMemory({} as Engine, 'zero', 'anything', work(8), lowered, 1);
});
