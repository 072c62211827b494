// Models that are held beside the one that is trained: their weights, and what they read, are part of what a stage is refused for.

import { expect, it } from 'vitest';
import type { Engine, PlannedWork } from '../engine/engine.ts';
import { createLocalEngine } from '../engine/local/localEngine.ts';
import { openModel } from '../formats/modelSource.ts';
import { parameterCount } from '../models/llama.ts';
import { resolveModel } from '../tracking/resolveModel.ts';
import type { TaskContext } from './context.ts';
import { onPolicyWork, requireOnPolicyMemory, requireRlMemory, rlWork } from './plannedWork.ts';
import type { Prompt } from './prompts.ts';
import { onPolicyDistillSchema, rlSchema } from './settings.ts';

const [tiny, base] = [await resolveModel('lab:tiny'), await resolveModel('lab:base')];
const source = await openModel(base);
await source.close();
const weightsOfBase = 4 * parameterCount(source.config);
const step = { prompts: [20, 20], samples: 4, maxTokens: 40 };
const kind = rlSchema.parse({ kind: 'rl', steps: 1, maxTokens: 40 });
const settings = onPolicyDistillSchema.parse({ kind: 'on_policy_distill', teacher: '$big', steps: 1, maxTokens: 40, promptsPerStep: 2 });
const lora = { rank: 4, alpha: 8, targets: ['q_proj'] };

it('counts the weights of a teacher and of every reward model, and the program once', async () => {
  const engine = createLocalEngine();
  try {
    const need = async (work: PlannedWork) => (await engine.memoryNeed?.(work)) ?? { bytes: 0, parts: {} };
    for (const from of [{ model: tiny }, { model: tiny, lora }]) {
      const taught = onPolicyWork(from, base, settings, step);
      const alone = await need({ ...taught, beside: undefined });
      const { bytes, parts } = await need(taught);
      expect(parts['the teacher']).toBeGreaterThan(weightsOfBase);
      expect(bytes).toBe(alone.bytes + parts['the teacher']);
      expect(parts['the program']).toBe(alone.parts['the program']);
    }
    const rewarded = await need(rlWork({ model: tiny }, kind, step, { models: [base, tiny, base] }));
    expect(Object.keys(rewarded.parts).filter((name) => name.startsWith('the reward model'))).toHaveLength(2);
    expect(rewarded.parts[`the reward model ${base}`]).toBeGreaterThan(weightsOfBase);
  } finally {
    await engine.close();
  }
});

/** Too little for any second model. */
const small = {
  memoryNeed: async ({ beside }: PlannedWork) => ({ bytes: beside ? 1e18 : 1, parts: { 'the other models': beside ? 1e18 : 1 } }),
} as unknown as Engine;
const context = { name: 'learn', engine: small, model: tiny, teacher: base } as unknown as TaskContext & { teacher: string };
const prompts = [{ tokens: new Int32Array(20) }] as unknown as Prompt[];

it('refuses a step that fits alone but not beside a teacher or reward models', async () => {
  await expect(requireOnPolicyMemory(context, settings, prompts)).rejects.toThrow(
    'stage learn: promptsPerStep 2 x groupSize 4 responses of up to maxTokens 40, beside the teacher, would take about 1000000000 GB',
  );
  await requireRlMemory(context, kind, 40, prompts, [], []);
  await expect(requireRlMemory(context, kind, 40, prompts, [], [base])).rejects.toThrow('beside reward models, would take about');
});
