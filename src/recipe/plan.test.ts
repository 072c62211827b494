// The plan of a recipe: amounts counted by hand, what is done in the directory, and nothing written.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Engine } from '../engine/engine.ts';
import { openModelText } from '../stages/prompts.ts';
import { labGeneralExamples } from '../tasks/lab/general/rows.ts';
import { loadTask } from '../tasks/registry.ts';
import { resolveModel } from '../tracking/resolveModel.ts';
import { planRecipe } from './plan.ts';
import { parseRecipe } from './recipe.ts';
import { standingsIn } from './standing.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-plan-'));
writeFileSync(
  join(root, 'rows.jsonl'),
  Array.from({ length: 10 }, (_, n) => `${JSON.stringify({ prompt: `${n} + 1 =`, completion: ` ${n + 1}` })}\n`).join(''),
);
afterAll(() => rmSync(root, { recursive: true }));

/** Whatever it is asked takes no time: what is looked at is the amounts, and that a model is measured once. */
let opened = 0;
const engine = {
  createTrainer: async () => {
    opened++;
    const samplingClient = async () => ({ sample: async () => [{ tokens: new Int32Array(7) }], close: async () => {} });
    const nothing = async () => ({});
    return { samplingClient, forward: nothing, forwardBackward: nothing, optimStep: nothing, close: async () => {} };
  },
  memoryNeed: async () => ({ bytes: 5e8, parts: {} }),
} as unknown as Engine;

const recipe = parseRecipe(
  `{ name: p, model: 'lab:base', task: lab-countdown, stages: {
    zero: { kind: rl, steps: 10, promptsPerStep: 4, groupSize: 8, maxTokens: [{ from: 0, value: 100 }, { from: 6, value: 200 }],
      evalEvery: 5, evalProblems: 3, evalSamples: 1, beforeAfterSamples: 2 },
    tune: { kind: sft, data: ./rows.jsonl, epochs: 3, sequencesPerStep: 4 },
    score: { kind: evaluate, problems: 5, samples: 2, maxTokens: 50 } } }`,
  join(root, 'r.yaml'),
);

it('says what each stage starts from and how much it does at most, and writes nothing', async () => {
  const out = join(root, 'run');
  const [zero, tune, score] = await planRecipe(recipe, out, engine);
  // 4 x 8 responses a step; 3 problems at 2 looks, and twice 2 samples of each before and after.
  expect(zero).toMatchObject({
    ...{ name: 'zero', kind: 'rl', state: 'new', redo: false, changes: [], inputs: { model: 'lab:base', task: 'lab-countdown' } },
    ...{ steps: 10, samples: 320 + 3 * (2 + 4), sampledTokens: 32 * (6 * 100 + 4 * 200) + 18 * 200, trainedTokens: 32 * 1400 },
    ...{ memoryBytes: 5e8, basis: 'measured' },
  });
  expect(zero.parameters).toBeGreaterThan(1e6);
  // 3 passes over 10 rows, 4 a step.
  expect(tune).toMatchObject({ steps: 8, inputs: { model: '$zero', data: join(root, 'rows.jsonl') }, parameters: zero.parameters });
  expect(tune.trainedTokens).toBeGreaterThan(60);
  expect(score).toMatchObject({ samples: 10, sampledTokens: 500, inputs: { model: '$tune', task: 'lab-countdown' } });
  for (const { seconds } of [zero, tune, score]) expect(seconds?.low).toBeLessThan(seconds?.high ?? 0);
  expect(opened).toBe(1);
  expect(existsSync(out)).toBe(false);
});

it('takes the time from the steps that a stage has done, where there are any', async () => {
  const out = join(root, 'begun');
  const { mkdirSync } = await import('node:fs');
  mkdirSync(out);
  const [{ record }] = await standingsIn(out, recipe, []);
  writeFileSync(join(out, 'stages.json'), JSON.stringify({ zero: record }));
  writeFileSync(
    join(out, 'metrics.jsonl'),
    [1, 2, 3, 4].map((step) => `${JSON.stringify({ stage: 'zero', step, step_time: 10 + step })}\n`).join(''),
  );
  const [zero] = await planRecipe(recipe, out, engine);
  expect(zero).toMatchObject({ basis: 'steps', seconds: { low: 6 * 11, high: 6 * 14 } });
  const unmeasured = await planRecipe(recipe, out, engine, { measure: false });
  expect(unmeasured.map(({ seconds }) => seconds !== undefined)).toEqual([true, false, false]);
});

/** Tokens of the longest of the task's first prompts, as the plan takes them all to be. */
async function longestPrompt(name: string): Promise<number> {
  const { tokenizer } = await openModelText(await resolveModel('lab:base'));
  const { train } = await (await loadTask(name)).load({ seed: 0 });
  return Math.max(...train.slice(0, 200).map(({ prompt }) => tokenizer.encode(String(prompt), { special: true }).length));
}

it('counts every kind of stage, those whose data are not there yet by all that the stage before may make', async () => {
  const r1 = parseRecipe(
    `{ name: r1, model: 'lab:base', task: lab-countdown, stages: {
      cold: { kind: rejection, prompts: 10, samples: 4, perPrompt: 2, maxTokens: 50, plus: [{ data: ./rows.jsonl, rows: 3 }, lab:general] },
      tune: { kind: sft, data: $cold, epochs: 3, sequencesPerStep: 8 },
      pairs: { kind: judge, task: lab-general, prompts: 6, samples: 4, pairs: 3, maxTokens: 20 },
      helpful: { kind: reward_model, data: $pairs, epochs: 2, batch: 5 },
      harmless: { kind: reward_model, data: $pairs, objective: pointwise, batch: 7 },
      direct: { kind: dpo, model: $tune, data: $pairs, epochs: 1, batch: 5 },
      final: { kind: rl, model: $tune, tasks: { lab-countdown: 2, lab-general: 1 }, steps: 4, promptsPerStep: 3, groupSize: 2, maxTokens: 30,
        beta: 0.1, evalEvery: 0, beforeAfterSamples: 0, rewards: { helpfulness: { model: $helpful, weight: 1, from: 3, sees: summary } } },
      students: { kind: distill, data: $cold, students: { a: 'lab:tiny', b: 'lab:tiny' }, teacher: $final, epochs: 1, sequencesPerStep: 8 },
      closer: { kind: on_policy_distill, model: $students.a, teacher: $final, steps: 2, promptsPerStep: 3, groupSize: 2, maxTokens: 30,
        evalEvery: 2, evalProblems: 5 },
      table: { kind: evaluate, models: { base: 'lab:base', R1: $final, a: $students.a }, tasks: [lab, lab-general], problems: 7, samples: 2, maxTokens: 40 },
      thinking: { kind: thinking_test, models: { R1: $final, a: $students.a }, problems: 7, samples: 2, maxTokens: 40 } } }`,
    join(root, 'r.yaml'),
  );
  const planned = Object.fromEntries((await planRecipe(r1, join(root, 'none'), engine)).map((stage) => [stage.name, stage]));
  const [countdown, general] = [await longestPrompt('lab-countdown'), await longestPrompt('lab-general')];
  // Of 40 responses at most 20 are kept, then 3 rows of 10, and a third of 20 of the lab's.
  expect(planned.cold).toMatchObject({ samples: 40, sampledTokens: 2000, rows: 20 + 3 + 7, memoryBytes: 5e8 });
  expect(planned.tune).toMatchObject({ boundBy: 'cold', steps: Math.ceil((3 * 30) / 8), basis: 'measured' });
  const { tokenizer } = await openModelText(await resolveModel('lab:base'));
  const length = (text: string): number => tokenizer.encode(text).length;
  const given = Array.from({ length: 10 }, (_, n) => length(`${n} + 1 =`) + length(` ${n + 1}`));
  const labGeneral = [...labGeneralExamples(0, 7)].map(({ prompt, completion }) => length(prompt) + length(completion));
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  expect(planned.tune.trainedTokens).toBe(3 * (20 * (countdown + 50) + sum(given) + sum(labGeneral)));
  expect(planned.pairs).toMatchObject({ samples: 24, sampledTokens: 24 * 20, rows: 18 });
  expect(planned.helpful).toMatchObject({ boundBy: 'pairs', steps: Math.ceil((2 * 18) / 5), trainedTokens: 2 * 2 * 18 * (general + 20) });
  expect(planned.harmless).toMatchObject({ boundBy: 'pairs', steps: Math.ceil(24 / 7), trainedTokens: 24 * (general + 20) });
  expect(planned.direct).toMatchObject({ steps: 4, trainedTokens: 2 * 18 * (general + 20), readTokens: 2 * 18 * (general + 20) });
  const longest = Math.max(countdown, general);
  // The reference reads all, the reward model the responses of the last step with their prompts.
  expect(planned.final).toMatchObject({ samples: 24, sampledTokens: 720, trainedTokens: 720, readTokens: 720 + 6 * (30 + longest) });
  expect(planned.students).toMatchObject({ boundBy: 'cold', steps: 2 * Math.ceil(30 / 8) });
  expect(planned.students.readTokens).toBe(planned.students.trainedTokens);
  // Two looks of 5 problems; the teacher reads what was sampled, prompts included.
  expect(planned.closer).toMatchObject({ samples: 12 + 10, sampledTokens: 22 * 30, trainedTokens: 360, readTokens: 12 * (30 + countdown) });
  // 7 held-out problems of each of lab's two domains, and of lab-general's one.
  expect(planned.table).toMatchObject({ samples: 3 * 21 * 2, sampledTokens: 3 * 21 * 2 * 40, memoryBytes: 5e8 });
  expect(planned.thinking).toMatchObject({ samples: 2 * 7 * 2 * 4, sampledTokens: 2 * 7 * 2 * 4 * 40 });
  for (const { name, seconds, boundBy } of Object.values(planned)) {
    expect(seconds?.high, name).toBeGreaterThan(0);
    expect((seconds?.low ?? -1) === 0, name).toBe(boundBy !== undefined);
  }
});

it('tells no time of what waits for a server', async () => {
  const judged = parseRecipe(
    `{ name: j, model: 'lab:base', task: lab-general, stages: { pairs: { kind: judge, prompts: 2, maxTokens: 9, judge: { url: 'http://localhost:1/v1', model: m } } } }`,
    join(root, 'r.yaml'),
  );
  const [pairs] = await planRecipe(judged, join(root, 'none'), engine);
  expect(pairs).toMatchObject({ samples: 8, waitsFor: 'the endpoint that judges' });
  expect(pairs.seconds).toBeUndefined();
});

it('counts the tasks of a table in the data that each of them has', async () => {
  const prompts = Array.from({ length: 40 }, (_, n) => `${JSON.stringify({ prompt: `Tell me of ${n}.` })}\n`).join('');
  writeFileSync(join(root, 'prompts_test.jsonl'), prompts);
  const table = `{ name: p, model: 'lab:base', task: lab-countdown, stages: { table: { kind: evaluate, models: { base: $model }, samples: 3, maxTokens: 8,
    problems: 30, tasks: [lab-countdown, { task: prompts, data: ./prompts_test.jsonl }] } } }`;
  const [{ samples }] = await planRecipe(parseRecipe(table, join(root, 't.yaml')), join(root, 'run'), engine, { measure: false });
  expect(samples).toBe(3 * (30 + 30));
});
