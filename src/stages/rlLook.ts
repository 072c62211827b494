// A look at held-out problems while a policy is trained: what it scores, and one answer to be read.

import type { TrainingClient } from '../engine/engine.ts';
import type { Tokenizer } from '../formats/tokenizer.ts';
import { type Evaluation, Interrupted, type TaskContext } from './context.ts';
import { type HeldOutAnswer, measure } from './heldOut.ts';
import type { Prompt } from './prompts.ts';
import { transcript } from './responses.ts';
import type { RlSettings } from './settings.ts';

export interface Look {
  evaluation: Evaluation;
  /** [problem][sample] */
  answers: HeldOutAnswer[][];
  /** What rewards failed on, where that counts as no reward. */
  errors: string[];
}

interface LookRequest {
  context: Pick<TaskContext, 'name' | 'task' | 'report'>;
  settings: RlSettings;
  tokenizer: Tokenizer;
  seed: number;
  /** Of each problem. */
  samples: number;
  /** The steps that the policy has had. */
  at: number;
  maxTokens: number;
  signal?: AbortSignal;
}

/** Measures the policy as it is, and reports it. @throws RewardError; Interrupted where `signal` ended it */
export async function lookAt(trainer: TrainingClient, problems: readonly Prompt[], request: LookRequest): Promise<Look> {
  const { context, settings, tokenizer, seed, samples, at, maxTokens, signal } = request;
  const { name, task, report } = context;
  const { temperature, onRewardError } = settings;
  const sampler = await trainer.samplingClient();
  if (signal?.aborted) throw new Interrupted(name, at);
  const options = { samples, temperature, topP: 1, maxTokens, seed, onRewardError, signal };
  const looked = await measure(sampler, tokenizer, task, problems, options).finally(() => sampler.close());
  if (signal?.aborted) throw new Interrupted(name, at);
  report({ type: 'heldOut', stage: name, step: at, evaluation: looked.evaluation });
  const [first] = looked.answers[0];
  const { row, correct } = first;
  const prompt = typeof row.prompt === 'string' ? row.prompt : row.prompt.map(({ content }) => content).join('\n');
  report({ type: 'answer', stage: name, step: at, prompt, answer: transcript(first), correct: correct === null ? null : correct === 1 });
  return looked;
}
