// One step of DPO and one of a reward model beside TRL's (golden.json, made by bench/golden/preference.py): loss, metrics, the gradient's norm,
// and the loss after the step.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { AdamParams, Datum } from '../../engine/engine.ts';
import { createLocalEngine } from '../../engine/local/localEngine.ts';
import { loadModel, saveModel } from '../../engine/local/model.ts';
import { pathOf } from '../../platform/files.ts';
import { judgedText, responseIds, scoredAtEnd } from '../../rewards/judgedText.ts';
import { dpoMetrics, rewardsOf } from '../dpo.ts';
import { openModelText } from '../prompts.ts';
import { pairMetrics } from '../rewardModel.ts';
import { dpoDatum, inTwos, sumOf, weighEnds, weighPairs } from './data.ts';

interface Step {
  loss: number;
  grad_norm: number;
  loss_after: number;
  metrics: Record<string, number>;
}
const golden = JSON.parse(readFileSync(new URL('golden.json', import.meta.url), 'utf8')) as {
  pairs: { prompt: string; chosen: string; rejected: string }[];
  beta: number;
  dpo: Step;
  reward: Step;
};
const models = pathOf(new URL('../../models/golden', import.meta.url));
const adam: AdamParams = { learningRate: 1e-2, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0, gradClipNorm: 0 };
const root = mkdtempSync(join(tmpdir(), 'thinkling-trl-'));
const engine = createLocalEngine({ threads: 1 });
afterAll(async () => {
  await engine.close();
  rmSync(root, { recursive: true, force: true });
});

const near = (value: number, wanted: number, what: string): void =>
  expect(Math.abs(value - wanted), what).toBeLessThan(1e-4 * Math.max(1, Math.abs(wanted)));

it("DPO's loss, metrics and gradient are those of TRL's DPOTrainer", async () => {
  const { tokenizer } = await openModelText(join(models, 'tied'));
  const responses = golden.pairs.flatMap(({ prompt, chosen, rejected }) =>
    [chosen, rejected].map((response) => responseIds(tokenizer, prompt, response)),
  );
  const reference = await engine.createSampler({ model: join(models, 'tied') });
  const plain = responses.map((response) => dpoDatum(response));
  const sums = (await reference.logprobs(plain, 1)).map((logprobs, i) => sumOf(plain[i], logprobs));
  await reference.close();
  const data = responses.map((response, i): Datum => ({ ...dpoDatum(response, sums[i]), pair: String(i >> 1) }));
  weighPairs(data);
  const trainer = await engine.createTrainer({ model: join(models, 'untied'), seed: 1 });
  const result = await trainer.forwardBackward(data, { name: 'dpo', beta: golden.beta });
  near(result.loss, golden.dpo.loss, 'loss');
  for (const [name, value] of Object.entries(dpoMetrics(rewardsOf(data, result, golden.beta)))) near(value, golden.dpo.metrics[name], name);
  near((await trainer.optimStep(adam)).gradNorm, golden.dpo.grad_norm, 'gradient norm');
  near((await trainer.forward(data, { name: 'dpo', beta: golden.beta })).loss, golden.dpo.loss_after, 'loss after the step');
  await trainer.close();
});

it("a reward model's loss, metrics and gradient are those of TRL's RewardTrainer", async () => {
  const model = await loadModel(join(models, 'tied'), 1, { head: 'scalar', seed: 1 });
  const score = model.store.parameters.get('score.weight');
  score?.data.set(Float32Array.from({ length: score.data.length }, (_, i) => 0.3 * Math.sin(i + 1)));
  await saveModel(join(root, 'scalar'), model, model.store);
  const { tokenizer } = await openModelText(join(models, 'tied'));
  const data = golden.pairs.flatMap(({ prompt, chosen, rejected }, i) =>
    [chosen, rejected].map(
      (response): Datum => ({
        ...scoredAtEnd(judgedText(tokenizer, prompt, response, 'response')),
        pair: String(i),
      }),
    ),
  );
  weighEnds(data, golden.pairs.length);
  const trainer = await engine.createTrainer({ model: join(root, 'scalar'), head: 'scalar', seed: 1 });
  const { loss, scores = [] } = await trainer.forwardBackward(data, { name: 'bradley_terry' });
  near(loss, golden.reward.loss, 'loss');
  for (const [name, value] of Object.entries(pairMetrics(inTwos(scores)))) near(value, golden.reward.metrics[name], name);
  near((await trainer.optimStep(adam)).gradNorm, golden.reward.grad_norm, 'gradient norm');
  near((await trainer.forward(data, { name: 'bradley_terry' })).loss, golden.reward.loss_after, 'loss after the step');
  await trainer.close();
});
