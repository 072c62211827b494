// Reinforcement learning as DeepSeek-R1-Zero did it: GRPO with rule rewards. Sample a group of responses to each prompt, judge them,
// compare each with its group, and make the better ones likelier. No critic; the group's mean is the baseline (DeepSeekMath, eq. 3).

import { deriveSeed } from '../algorithms/random.ts';
import { scheduledValue } from '../algorithms/schedules.ts';
import type { SamplingClient } from '../engine/engine.ts';
import { now } from '../platform/clock.ts';
import { InputError } from '../platform/errors.ts';
import { join } from '../platform/files.ts';
import { RewardError } from '../rewards/mix.ts';
import type { RewardFunction } from '../rewards/reward.ts';
import type { Task } from '../tasks/task.ts';
import { type Closable, closingAll, Interrupted, type Metrics, requireLoss, StageError, type TaskContext } from './context.ts';
import { evaluationMetrics } from './evaluation/score.ts';
import {
  afresh,
  afterLook,
  afterStep,
  type GuardState,
  guardedMeasure,
  guardMessage,
  guardMetrics,
  requireMeasure,
  unguarded,
} from './guard.ts';
import { requireRlMemory } from './plannedWork.ts';
import { addOldAndReference, minibatchesOf, NotFinite, updatePolicy } from './policyUpdate.ts';
import { enterPhase, firstPhase, promptOrder } from './promptOrder.ts';
import { openModelText } from './prompts.ts';
import { beginnings, requireRewardModelRoom, rewardedTask, rewardModels, taskAt } from './rewardedTask.ts';
import { type Look, lookAt } from './rlLook.ts';
import { rolloutMetrics, sampleMetrics, Watch } from './rlMetrics.ts';
import { rlPrompts } from './rlPrompts.ts';
import { type RlResult, type RlState, reportLooks } from './rlState.ts';
import { collectRollout, rolloutRows } from './rollout.ts';
import type { RlSettings } from './settings.ts';

/**
 * Runs the stage to its end, from its newest checkpoint where there is one. Returns the directory of what it hands on: its last checkpoint, or
 * the best where the guard ended it.
 */
export function rl(settings: RlSettings, context: TaskContext): Promise<string> {
  return closingAll((opened) => learn(settings, context, opened));
}

async function learn(settings: RlSettings, context: TaskContext, opened: Closable[]): Promise<string> {
  const { name, run, engine, model, report } = context;
  const { steps, minibatches, innerEpochs, promptsPerStep, guard } = settings;
  const warn = (message: string): void => report({ type: 'warning', stage: name, message });
  const seed = deriveSeed(context.seed, name);
  await requireLoss(engine, settings.loss, `stages.${name}.loss`);

  const inRewards = `stages.${name}.rewards`;
  const { rewards, models } = await rewardModels(settings.rewards, engine, opened, inRewards, run.began);
  const task = rewardedTask(context.task, settings.rewards, inRewards, rewards);
  if (guard) requireMeasure(guard, task, `stages.${name}.guard`);
  const text = await openModelText(model, run.began);
  const room = { maxTokens: largestLimit(settings), longPrompts: settings.longPrompts };
  const { parts, prompts, problems, fingerprint } = await rlPrompts({ ...context, task }, settings, text, room);
  requireRewardModelRoom(models, settings.rewards, prompts, room.maxTokens, inRewards);
  const dirs = models.map((one) => one.dir);
  await requireRlMemory(context, settings, room.maxTokens, prompts, problems, dirs);
  const latest = await run.latest(name);
  const trainedOn = (latest?.state as RlState | undefined)?.prompts;
  if (trainedOn !== undefined && trainedOn !== fingerprint)
    throw new InputError(
      `stage ${name}: the prompts of ${task.name} are not those that its checkpoint was trained on: put its data, its task and the sets of decontaminate back as they were, or begin another run (--out)`,
    );
  await run.rewindTo(name, latest?.step);
  const trainer = await engine.createTrainer({ model, lora: settings.lora, seed });
  opened.push(trainer);
  let state: RlState = { cursor: 0, tokens: 0, referenceSaved: false, prompts: fingerprint };
  if (latest) {
    await trainer.loadState(latest.dir);
    state = latest.state as RlState;
  }
  // Where beta is 0 no reference is held.
  let reference: SamplingClient | undefined;
  if (settings.beta > 0) {
    reference = await engine.createSampler({ model: latest && state.referenceSaved ? join(latest.dir, 'reference') : model });
    opened.push(reference);
  }
  let dir = latest?.dir;
  let step = latest?.step ?? 0;
  report({ type: 'stageStart', stage: name, kind: 'rl', steps, doneSteps: step });

  const look = async (samples: number, at: number, limit: number, signal?: AbortSignal): Promise<Look | undefined> => {
    if (samples === 0 || problems.length === 0) return undefined;
    const maxTokens = scheduledValue(settings.maxTokens, limit);
    const looked = await lookAt(trainer, problems, {
      context: { ...context, task },
      settings,
      tokenizer: text.tokenizer,
      seed,
      samples,
      at,
      maxTokens,
      signal,
    });
    warnOfErrors('held-out problems', looked.errors);
    return looked;
  };
  /** Tells the guard of a look. Returns what its metrics say. */
  const watchOver = (looked: Look): Metrics => {
    const value = guard && guardedMeasure(guard, looked.answers);
    if (guard === undefined || value === undefined) return {};
    const before = state.guard ?? unguarded;
    state = { ...state, guard: afterLook(guard, before, step, value) };
    if (state.guard?.stopped) warn(guardMessage(guard, state.guard, step));
    return guardMetrics(before, state.guard as GuardState);
  };
  let saveSeconds = 0;
  const save = async (): Promise<void> => {
    const started = now();
    dir = await run.checkpoint(
      name,
      step,
      state,
      async (target) => {
        await trainer.saveState(target);
        if (reference && state.referenceSaved) await reference.save(join(target, 'reference'));
      },
      { keep: settings.keep, inUse: state.guard?.best ? [run.checkpointDir(name, state.guard.best.step)] : [] },
    );
    saveSeconds = seconds(started);
    report({ type: 'checkpoint', stage: name, step, dir });
  };
  const warnOfErrors = (where: string, errors: readonly string[]): void => {
    if (errors.length === 0) return;
    const more = errors.length > 1 ? `; so were ${errors.length - 1} other ${errors.length === 2 ? 'error' : 'errors'} of rewards` : '';
    warn(`${where}: ${errors[0]}\n(counted as no reward${more})`);
  };
  /** A reward that throws ends the run: what it failed on is kept. */
  const rewardFailure = async (error: unknown, saved: string): Promise<unknown> => {
    if (!(error instanceof RewardError)) return error;
    const file = await run.incident(name, step + 1, 'reward', { reward: error.reward, ...error.sample });
    return new StageError(
      `stage ${name}, step ${step + 1}: ${error.message}\n${saved}The sample is in ${file}. Mend the reward and give the same command again; or do the stage anew (--from ${name}) with onRewardError: noReward`,
    );
  };

  if (latest) reportLooks(name, { ...state, steps }, report);
  if (!latest) {
    const lookStarted = now();
    // With the limit of the last step: the table before / after compares like with like.
    const before = await look(settings.beforeAfterSamples, 0, steps - 1, context.signal).catch(async (error) => {
      throw await rewardFailure(error, '');
    });
    state.before = before?.evaluation;
    if (before)
      await run.metrics({
        stage: name,
        step: 0,
        ...evaluationMetrics(before.evaluation),
        ...watchOver(before),
        'time/eval': seconds(lookStarted),
      });
    // It may turn out to be the best that there is.
    if (state.guard?.best) await save();
  }

  const watch = new Watch(warn, Math.min(3, Math.ceil((steps - step) / (minibatches * innerEpochs))));
  const begins = beginnings(task, settings.rewards);
  let order = promptOrder(parts, seed, state.phases);
  while (step < steps && !state.guard?.stopped) {
    const first = step;
    const started = now();
    const maxTokens = scheduledValue(settings.maxTokens, step);
    const judged = taskAt(task, settings.rewards, step);
    if (begins.some((from) => from <= step && from > step - minibatches * innerEpochs)) {
      const { phases = [firstPhase], guard: known } = state;
      state = { ...state, phases: enterPhase(parts, phases, step, state.cursor), guard: known && afresh(known) };
      order = promptOrder(parts, seed, state.phases);
    }

    // Sample and judge.
    const sampler = await trainer.samplingClient();
    const request = {
      settings,
      task: judged,
      tokenizer: text.tokenizer,
      promptAt: order,
      cursor: state.cursor,
      // The last rollout is no larger than the steps that are left.
      size: promptsPerStep * Math.min(minibatches, steps - step),
      maxTokens,
      seed: deriveSeed(seed, 'rollout', step),
    };
    const rollout = await collectRollout(sampler, request)
      .finally(() => sampler.close())
      .catch(async (error) => {
        if (error instanceof RewardError) await save();
        throw await rewardFailure(error, `Step ${step} is saved. `);
      });
    warnOfErrors(`step ${step + 1}`, rollout.errors);
    watch.look(step + 1, rollout.groups, maxTokens, judged);
    watch.bound(step + 1, settings.dynamicSampling ? rollout.filled : 0, rollout.rounds);
    await run.rollouts(name, step + 1, rolloutRows(rollout.groups));
    state = { ...state, cursor: rollout.cursor, tokens: state.tokens + rollout.promptTokens + rollout.tokens };

    // Learn: every minibatch is one optimiser step.
    const prepared = now();
    const batches = minibatchesOf(rollout.groups, settings, maxTokens);
    await addOldAndReference(batches, trainer, reference, settings);
    let time = rolloutMetrics(rollout, settings, seconds(prepared));
    // Of the checkpoint before this step, whose row was already written.
    if (saveSeconds > 0) time['time/save'] = saveSeconds;
    saveSeconds = 0;
    let stepStarted = started;
    let lookFailure: unknown;
    for (let pass = 0; pass < innerEpochs * minibatches && step < steps; pass++) {
      const m = pass % minibatches;
      const trainStarted = now();
      const update = await updatePolicy(trainer, batches[m], settings, step, step === first).catch(async (error) => {
        if (!(error instanceof NotFinite)) throw error;
        const file = await run.incident(name, step + 1, 'batch', {
          error: error.message,
          data: batches[m].map(({ datum, completion }) => ({ text: completion.sample.text, ...completion, ...datum })),
        });
        throw new StageError(
          `stage ${name}, step ${step + 1}: ${error.message}; the step was not applied. The batch is in ${file}. Look at it; or do the stage anew (--from ${name}) with a lower learningRate`,
        );
      });
      step++;
      watch.compare(step, update);
      const metrics: Metrics = {
        ...update,
        ...sampleMetrics(rollout.groups.slice(m * promptsPerStep, (m + 1) * promptsPerStep), task),
        num_tokens: state.tokens,
        max_tokens: maxTokens,
        ...time,
        'time/train': seconds(trainStarted),
      };
      time = {};
      if (guard) state = { ...state, guard: afterStep(state.guard ?? unguarded, step, metrics.reward) };
      const lastOfRollout = pass === innerEpochs * minibatches - 1 || step === steps;
      if (lastOfRollout) {
        if (reference && crosses(first, step, settings.klRefreshEvery)) {
          await reference.close();
          reference = await trainer.samplingClient();
          opened.push(reference);
          state = { ...state, referenceSaved: true };
        }
        const lookStarted = now();
        const due = step === steps ? settings.evalEvery > 0 : crosses(first, step, settings.evalEvery);
        const samples = step === steps && settings.beforeAfterSamples > 0 ? settings.beforeAfterSamples : due ? settings.evalSamples : 0;
        // The step itself is done: it is written down and saved before a reward that failed here stops the run.
        const looked = await look(samples, step, step - 1).catch((error: unknown) => {
          lookFailure = error;
          return undefined;
        });
        if (step === steps) state = { ...state, after: looked?.evaluation };
        if (looked) Object.assign(metrics, evaluationMetrics(looked.evaluation), watchOver(looked), { 'time/eval': seconds(lookStarted) });
      }
      metrics.step_time = seconds(stepStarted);
      stepStarted = now();
      await run.metrics({ stage: name, step, ...metrics });
      report({ type: 'step', stage: name, step, steps, metrics });
    }

    // A rollout serves its steps whole: only between two rollouts can a run be taken up again.
    const ended = step === steps || state.guard?.stopped === true;
    const stopping = context.signal.aborted && !ended;
    const best = state.guard?.best?.step === step;
    if (crosses(first, step, settings.saveEvery) || best || ended || stopping || lookFailure !== undefined) await save();
    if (lookFailure !== undefined) throw await rewardFailure(lookFailure, `Step ${step} is saved. `);
    if (stopping) throw new Interrupted(name, step);
  }

  let handedOn = step;
  let stopped: string | undefined;
  const watched = state.guard;
  if (guard && watched?.stopped && watched.best) {
    handedOn = watched.best.step;
    stopped = guardMessage(guard, watched, step);
    dir = run.checkpointDir(name, handedOn);
    await trainer.loadState(dir);
    const after = await look(settings.beforeAfterSamples, handedOn, steps - 1, context.signal).catch(async (error) => {
      throw await rewardFailure(error, `Step ${step} is saved. `);
    });
    state = { ...state, after: after?.evaluation };
  }
  const { before, after, tokens } = state;
  await run.finish(name, { before, after, tokens, steps: handedOn, stopped } satisfies RlResult, handedOn);
  report({ type: 'stageEnd', stage: name, checkpoint: dir });
  return dir as string;
}

/** @throws InputError where the task lacks a reward that the settings weigh, or the measure that the guard watches */
export function requireRewards({ rewards, guard }: RlSettings, task: Task, name: string): void {
  const models = Object.keys(rewards).filter((reward) => typeof rewards[reward] !== 'number' && rewards[reward].model !== undefined);
  const unasked: RewardFunction = () => [];
  rewardedTask(task, rewards, `stages.${name}.rewards`, Object.fromEntries(models.map((model) => [model, unasked])));
  if (guard) requireMeasure(guard, task, `stages.${name}.guard`);
}

/** The largest limit on new tokens that any step has. */
function largestLimit({ maxTokens, steps }: RlSettings): number {
  return typeof maxTokens === 'number' ? maxTokens : Math.max(...maxTokens.filter(({ from }) => from < steps).map(({ value }) => value));
}

/** Whether a multiple of `every` lies in (before, after]; never where `every` is 0. */
function crosses(before: number, after: number, every: number): boolean {
  return every > 0 && Math.floor(after / every) > Math.floor(before / every);
}

function seconds(since: number): number {
  return (now() - since) / 1000;
}
