// Reinforcement learning as DeepSeek-R1-Zero did it: GRPO with rule rewards. Sample a group of responses to each prompt, judge them,
// compare each with its group, and make the better ones likelier. No critic; the group's mean is the baseline (DeepSeekMath, eq. 3).

import { deriveSeed } from '../algorithms/random.ts';
import { scheduledValue } from '../algorithms/schedules.ts';
import type { SamplingClient } from '../engine/engine.ts';
import { now } from '../platform/clock.ts';
import { join } from '../platform/files.ts';
import { RewardError } from '../rewards/mix.ts';
import type { RolloutRow } from '../tracking/rollouts.ts';
import { type Evaluation, Interrupted, type Metrics, StageError, type TaskContext } from './context.ts';
import { evaluationMetrics, heldOutRows, measure } from './heldOut.ts';
import { addOldAndReference, minibatchesOf, NotFinite, updatePolicy } from './policyUpdate.ts';
import { encodePrompts, openModelText } from './prompts.ts';
import { sampleMetrics, Watch } from './rlMetrics.ts';
import { collectRollout, type Group, promptOrder } from './rollout.ts';
import type { RlSettings } from './settings.ts';

/** What a checkpoint remembers beside the weights; everything random follows from the seed and the step. */
interface RlState {
  /** Prompts used so far. */
  cursor: number;
  /** Tokens sampled so far. */
  tokens: number;
  /** The look at held-out problems before the first step. */
  before?: Evaluation;
  /** The reference was replaced, and lies in the checkpoint. */
  referenceSaved: boolean;
}

/** Runs the stage to its end, from its newest checkpoint where there is one. Returns the directory of its last checkpoint. */
export async function rl(settings: RlSettings, context: TaskContext): Promise<string> {
  const { name, run, engine, task, model, report } = context;
  const { steps, minibatches, innerEpochs, promptsPerStep } = settings;
  const warn = (message: string): void => report({ type: 'warning', stage: name, message });
  const seed = deriveSeed(context.seed, name);
  const rewardWeights = { ...task.weights, ...settings.rewards };

  const text = await openModelText(model);
  const { train, heldOut } = await task.load({ data: context.data, seed: context.seed });
  const promptAt = promptOrder(
    encodePrompts(text, task, train, scheduledValue(settings.maxTokens, steps - 1), settings.longPrompts, warn),
    seed,
  );
  const problems = heldOutRows(heldOut, settings.evalProblems);

  const latest = await run.latest(name);
  await run.rewindTo(name, latest?.step);
  const trainer = await engine.createTrainer({ model, seed });
  let state: RlState = { cursor: 0, tokens: 0, referenceSaved: false };
  if (latest) {
    await trainer.loadState(latest.dir);
    state = latest.state as RlState;
  }
  // Where beta is 0 no reference is held.
  let reference: SamplingClient | undefined;
  if (settings.beta > 0)
    reference = await engine.createSampler({ model: latest && state.referenceSaved ? join(latest.dir, 'reference') : model });
  let dir = latest?.dir;
  let step = latest?.step ?? 0;
  report({ type: 'stageStart', stage: name, kind: 'rl', steps, doneSteps: step });

  const look = async (samples: number): Promise<Evaluation | undefined> => {
    if (samples === 0 || problems.length === 0) return undefined;
    const sampler = await trainer.samplingClient();
    const maxTokens = scheduledValue(settings.maxTokens, Math.max(0, step - 1));
    const { evaluation, answers } = await measure(sampler, text.tokenizer, task, problems, {
      samples,
      temperature: settings.temperature,
      topP: 1,
      maxTokens,
      seed,
    });
    await sampler.close();
    report({ type: 'heldOut', stage: name, step, evaluation });
    const [{ row, text: answer, correct }] = answers[0];
    const prompt = typeof row.prompt === 'string' ? row.prompt : row.prompt.map(({ content }) => content).join('\n');
    report({ type: 'answer', stage: name, step, prompt, answer, correct: correct === 1 });
    return evaluation;
  };
  const save = async (): Promise<void> => {
    dir = await run.checkpoint(
      name,
      step,
      state,
      async (target) => {
        await trainer.saveState(target);
        if (reference && state.referenceSaved) await reference.save(join(target, 'reference'));
      },
      { keep: settings.keep },
    );
    report({ type: 'checkpoint', stage: name, step, dir });
  };

  if (latest && state.before) report({ type: 'heldOut', stage: name, step: 0, evaluation: state.before });
  if (!latest) {
    state.before = await look(settings.beforeAfterSamples);
    if (state.before) await run.metrics({ stage: name, step: 0, ...evaluationMetrics(state.before) });
  }

  const watch = new Watch(warn);
  while (step < steps) {
    const first = step;
    const started = now();
    const maxTokens = scheduledValue(settings.maxTokens, step);

    // Sample and judge.
    const sampler = await trainer.samplingClient();
    const request = {
      settings,
      task,
      rewardWeights,
      tokenizer: text.tokenizer,
      promptAt,
      cursor: state.cursor,
      size: promptsPerStep * minibatches,
      maxTokens,
      seed: deriveSeed(seed, 'rollout', step),
    };
    const rollout = await collectRollout(sampler, request).catch(async (error) => {
      if (!(error instanceof RewardError)) throw error;
      await save();
      const file = await run.incident(name, step + 1, 'reward', { reward: error.reward, ...error.sample });
      throw new StageError(
        `stage ${name}, step ${step + 1}: ${error.message}\nStep ${step} is saved, the sample is in ${file}. Mend the reward and run again, or set onRewardError: noReward`,
      );
    });
    await sampler.close();
    for (const message of new Set(rollout.errors)) warn(`step ${step + 1}: ${message}\n(counted as no reward)`);
    watch.look(step + 1, rollout.groups, maxTokens, rewardWeights);
    await run.rollouts(name, step + 1, rolloutRows(rollout.groups));
    state = { ...state, cursor: rollout.cursor, tokens: state.tokens + rollout.tokens };

    // Learn: every minibatch is one optimiser step.
    const prepared = now();
    const batches = minibatchesOf(rollout.groups, settings, maxTokens);
    await addOldAndReference(batches, trainer, reference, settings);
    let time: Metrics = {
      'time/sample': rollout.seconds.sample,
      'time/verify': rollout.seconds.verify,
      'time/prepare': seconds(prepared),
      tokens_per_second: rollout.tokens / rollout.seconds.sample,
    };
    if (settings.dynamicSampling) time = { ...time, 'sampling/rounds': rollout.rounds, 'sampling/discarded_groups': rollout.discarded };
    let stepStarted = started;
    for (let pass = 0; pass < innerEpochs * minibatches && step < steps; pass++) {
      const m = pass % minibatches;
      const trainStarted = now();
      const update = await updatePolicy(trainer, batches[m], settings, step, step === first).catch(async (error) => {
        if (!(error instanceof NotFinite)) throw error;
        const file = await run.incident(name, step + 1, 'batch', {
          error: error.message,
          data: batches[m].map(({ datum, completion }) => ({ ...completion, ...datum })),
        });
        throw new StageError(
          `stage ${name}, step ${step + 1}: ${error.message}; the step was not applied. The batch is in ${file}. Lower the learning rate, or look at the batch's rewards`,
        );
      });
      step++;
      const metrics: Metrics = {
        ...update,
        ...sampleMetrics(rollout.groups.slice(m * promptsPerStep, (m + 1) * promptsPerStep), task),
        num_tokens: state.tokens,
        max_tokens: maxTokens,
        ...time,
        'time/train': seconds(trainStarted),
      };
      time = {};
      const lastOfRollout = pass === innerEpochs * minibatches - 1 || step === steps;
      if (lastOfRollout) {
        if (reference && crosses(first, step, settings.klRefreshEvery)) {
          await reference.close();
          reference = await trainer.samplingClient();
          state = { ...state, referenceSaved: true };
        }
        const lookStarted = now();
        const evaluation =
          step === steps
            ? await look(settings.beforeAfterSamples || settings.evalSamples)
            : crosses(first, step, settings.evalEvery)
              ? await look(settings.evalSamples)
              : undefined;
        if (evaluation) Object.assign(metrics, evaluationMetrics(evaluation), { 'time/eval': seconds(lookStarted) });
      }
      metrics.step_time = seconds(stepStarted);
      stepStarted = now();
      await run.metrics({ stage: name, step, ...metrics });
      report({ type: 'step', stage: name, step, steps, metrics });
    }

    // A rollout serves its steps whole: only between two rollouts can a run be taken up again.
    const stopping = context.signal.aborted && step < steps;
    if (crosses(first, step, settings.saveEvery) || step === steps || stopping) await save();
    if (stopping) throw new Interrupted(name, step);
  }
  await trainer.close();
  await reference?.close();
  await run.finish(name, { before: state.before, tokens: state.tokens }, steps);
  report({ type: 'stageEnd', stage: name, checkpoint: dir });
  return dir as string;
}

/** Whether a multiple of `every` lies in (before, after]; never where `every` is 0. */
function crosses(before: number, after: number, every: number): boolean {
  return every > 0 && Math.floor(after / every) > Math.floor(before / every);
}

function seconds(since: number): number {
  return (now() - since) / 1000;
}

function rolloutRows(groups: readonly Group[]): RolloutRow[] {
  return groups.flatMap(({ prompt, completions }) =>
    completions.map(({ sample, text, rewards, reward, advantage }, i) => ({
      prompt: prompt.row.id,
      sample: i,
      text,
      tokens: sample.tokens.length,
      rewards,
      reward,
      advantage,
      version: sample.version,
      stopReason: sample.stopReason,
    })),
  );
}
