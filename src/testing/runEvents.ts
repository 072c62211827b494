// The events of a run as the stage tells them, for tests of what is drawn: R1-Zero in the lab, its figures rising as they do.

import type { DomainScore, Evaluation, RunEvent } from '../stages/context.ts';

export function score(passAt1: number, change: Partial<DomainScore> = {}): DomainScore {
  return {
    problems: 64,
    passAtK: {
      1: { value: passAt1, low: passAt1 - 0.04, high: passAt1 + 0.04 },
      16: { value: 0.969, low: 0.89, high: 0.991 },
    },
    meanLength: 35.1,
    unjudged: 0,
    truncatedShare: 0.02,
    thinkingShare: 0.5,
    reflectionWordsPerResponse: 1.8,
    reflectionWordsPer100Tokens: 5.13,
    ...change,
  };
}

export function evaluation(byDomain: Record<string, DomainScore>, samples = 16): Evaluation {
  return { problems: 64 * Object.keys(byDomain).length, samples, temperature: 1, topP: 1, maxTokens: 400, byDomain };
}

const question = 'user : make 56 from 7 7 1 . assistant :';
const longAnswer = (attempts: number): string =>
  `<think> ${Array.from({ length: attempts }, (_, i) => `试 7 * ${i} = ${7 * i} , ${7 * i} + 1 = ${7 * i + 1} , wrong . but maybe`).join(' ')} 7 * 7 = 49 , 49 + 7 = 56 , yes . </think> <answer> ( 7 + 1 ) * 7 </answer>`;

/** A run of `steps` steps from `done` on, with a look every 10 steps. */
export function* runEvents(steps: number, done = 0): Generator<RunEvent> {
  const stage = 'zero';
  const rise = (step: number): number => 1 - Math.exp((-3 * step) / steps);
  const look = (step: number, samples: number): RunEvent => ({
    type: 'heldOut',
    stage,
    step,
    evaluation: evaluation(
      {
        countdown: score(
          0.245 + 0.52 * rise(step),
          step > 0
            ? {
                meanLength: 149.2,
                reflectionWordsPerResponse: 12.6,
                reflectionWordsPer100Tokens: 8.44,
                truncatedShare: 0.18,
                thinkingShare: 1,
              }
            : {},
        ),
      },
      samples,
    ),
  });
  const answer = (step: number): RunEvent => ({
    type: 'answer',
    stage,
    step,
    prompt: question,
    answer: longAnswer(Math.round(30 * rise(step))),
    correct: step > 0,
  });
  yield { type: 'stageStart', stage, kind: 'rl', steps, doneSteps: done };
  yield look(0, 16);
  if (done === 0) yield answer(0);
  for (let step = done + 1; step <= steps; step++) {
    const share = rise(step);
    const metrics = {
      reward: 0.31 + 0.6 * share,
      'rewards/accuracy/mean': 0.27 + 0.5 * share,
      'completions/mean_length': 34 + 70 * share,
      'completions/clipped_ratio': 0.02 + 0.16 * share,
      reflection_words: 1.6 + 6 * share,
      tokens_per_second: 5210 - 300 * share,
    };
    if (step % 10 === 0 || step === steps) {
      yield look(step, step === steps ? 16 : 1);
      yield answer(step);
    }
    yield { type: 'step', stage, step, steps, metrics };
    if (step === 12)
      yield {
        type: 'warning',
        stage,
        message:
          'step 12: every response was cut at maxTokens (96); that limit is the likely cause of missing rewards. Raise maxTokens, or see whether the model ever writes an end token',
      };
    if (step % 25 === 0 || step === steps)
      yield { type: 'checkpoint', stage, step, dir: `/home/me/runs/lab-r1-zero/checkpoints/zero-${step}` };
  }
  yield { type: 'stageEnd', stage, checkpoint: `/home/me/runs/lab-r1-zero/checkpoints/zero-${steps}` };
}
