// Reinforcement learning as DeepSeek-R1-Zero did it: GRPO with rule rewards. Sample a group of responses to each prompt, judge them,
// compare each with its group, and make the better ones likelier. No critic; the group's mean is the baseline (DeepSeekMath, eq. 3).

import { deriveSeed } from '../algorithms/random.ts';
import { scheduledValue } from '../algorithms/schedules.ts';
import type { SamplingClient } from '../engine/engine.ts';
import { now } from '../platform/clock.ts';
import { InputError } from '../platform/errors.ts';
import { join } from '../platform/files.ts';
import { withRewards } from '../rewards/common.ts';
import { RewardError } from '../rewards/mix.ts';
import type { TaskRow } from '../tasks/task.ts';
import type { RolloutRow } from '../tracking/rollouts.ts';
import { closingAll, type Evaluation, Interrupted, type Metrics, requireLoss, StageError, type TaskContext } from './context.ts';
import { evaluationMetrics, heldOutRows, measure } from './heldOut.ts';
import { requireRlMemory } from './plannedWork.ts';
import { addOldAndReference, minibatchesOf, NotFinite, updatePolicy } from './policyUpdate.ts';
import { encodePrompts, fittingPrompts, openModelText, type Prompt, promptFingerprint, promptsFingerprint } from './prompts.ts';
import { sampleMetrics, Watch } from './rlMetrics.ts';
import { collectRollout, type Group, promptOrder } from './rollout.ts';
import type { RlSettings } from './settings.ts';

/** What a checkpoint remembers beside the weights; everything random follows from the seed and the step. */
interface RlState {
  /** Prompts used so far. */
  cursor: number;
  /** Tokens so far, of prompts and responses. */
  tokens: number;
  /** The looks at held-out problems before the first step and after the last. */
  before?: Evaluation;
  after?: Evaluation;
  /** The reference was replaced, and lies in the checkpoint. */
  referenceSaved: boolean;
  /** What was trained on: other prompts than a checkpoint's are refused. Absent from checkpoints of before. */
  prompts?: string;
}

/** What a finished stage leaves. */
interface RlResult extends Pick<RlState, 'before' | 'after' | 'tokens'> {
  steps: number;
}

/** Tells again what was measured before the first step and after the last, of a run that goes on or is done. */
export function reportLooks(stage: string, result: unknown, report: TaskContext['report']): void {
  const { before, after, steps } = result as Partial<RlResult>;
  if (before) report({ type: 'heldOut', stage, step: 0, evaluation: before });
  if (after && steps !== undefined) report({ type: 'heldOut', stage, step: steps, evaluation: after });
}

/** Runs the stage to its end, from its newest checkpoint where there is one. Returns the directory of its last checkpoint. */
export function rl(settings: RlSettings, context: TaskContext): Promise<string> {
  return closingAll((opened) => learn(settings, context, opened));
}

async function learn(settings: RlSettings, context: TaskContext, opened: { close(): Promise<void> }[]): Promise<string> {
  const { name, run, engine, model, report } = context;
  const task = withRewards(context.task, settings.rewards, `stages.${name}.rewards`);
  const { steps, minibatches, innerEpochs, promptsPerStep } = settings;
  const warn = (message: string): void => report({ type: 'warning', stage: name, message });
  const seed = deriveSeed(context.seed, name);
  await requireLoss(engine, settings.loss, `stages.${name}.loss`);

  const text = await openModelText(model, run.began);
  const { train, heldOut } = await task.load({ data: context.data, columns: context.columns, seed: context.seed });
  const room = { maxTokens: largestLimit(settings), longPrompts: settings.longPrompts };
  const prompts = encodePrompts(text, task, chosenRows(train, context), room, warn);
  requireAsChosen(prompts, context);
  const promptAt = promptOrder(prompts, seed);
  const looks = settings.evalEvery > 0 || settings.beforeAfterSamples > 0;
  const fitting = looks ? fittingPrompts(text, task, heldOut, 'held-out prompts', room, warn) : [];
  const chosen = new Set(
    heldOutRows(
      fitting.map(({ row }) => row),
      settings.evalProblems,
    ),
  );
  const problems = fitting.filter(({ row }) => chosen.has(row));
  if (looks && problems.length === 0)
    warn(`the task ${task.name} has no held-out problems: accuracy is known on the training prompts alone`);

  await requireRlMemory(context, settings, room.maxTokens, prompts, problems);
  const known = promptsFingerprint(prompts);
  const latest = await run.latest(name);
  const trainedOn = (latest?.state as RlState | undefined)?.prompts;
  if (trainedOn !== undefined && trainedOn !== known)
    throw new InputError(
      `stage ${name}: the prompts of ${task.name} are not those that its checkpoint was trained on: put its data and its task back as they were, or begin another run (--out)`,
    );
  await run.rewindTo(name, latest?.step);
  const trainer = await engine.createTrainer({ model, lora: settings.lora, seed });
  opened.push(trainer);
  let state: RlState = { cursor: 0, tokens: 0, referenceSaved: false, prompts: known };
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

  const look = async (samples: number, signal?: AbortSignal): Promise<Evaluation | undefined> => {
    if (samples === 0 || problems.length === 0) return undefined;
    const sampler = await trainer.samplingClient();
    if (signal?.aborted) throw new Interrupted(name, step);
    // Before the first step the limit of the last: the table before / after compares like with like.
    const maxTokens = scheduledValue(settings.maxTokens, (step === 0 ? steps : step) - 1);
    const { evaluation, answers, errors } = await measure(sampler, text.tokenizer, task, problems, {
      samples,
      temperature: settings.temperature,
      topP: 1,
      maxTokens,
      seed,
      onRewardError: settings.onRewardError,
      signal,
    }).finally(() => sampler.close());
    if (signal?.aborted) throw new Interrupted(name, step);
    warnOfErrors('held-out problems', errors);
    report({ type: 'heldOut', stage: name, step, evaluation });
    const [{ row, text: answer, correct }] = answers[0];
    const prompt = typeof row.prompt === 'string' ? row.prompt : row.prompt.map(({ content }) => content).join('\n');
    report({ type: 'answer', stage: name, step, prompt, answer, correct: correct === 1 });
    return evaluation;
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
      { keep: settings.keep },
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
      `stage ${name}, step ${step + 1}: ${error.message}\n${saved}The sample is in ${file}. Mend the reward and give the same command again; or begin another run (--out) with onRewardError: noReward`,
    );
  };

  if (latest) reportLooks(name, { ...state, steps }, report);
  if (!latest) {
    state.before = await look(settings.beforeAfterSamples, context.signal).catch(async (error) => {
      throw await rewardFailure(error, '');
    });
    if (state.before) await run.metrics({ stage: name, step: 0, ...evaluationMetrics(state.before) });
  }

  const watch = new Watch(warn, Math.min(3, Math.ceil((steps - step) / (minibatches * innerEpochs))));
  while (step < steps) {
    const first = step;
    const started = now();
    const maxTokens = scheduledValue(settings.maxTokens, step);

    // Sample and judge.
    const sampler = await trainer.samplingClient();
    const request = {
      settings,
      task,
      tokenizer: text.tokenizer,
      promptAt,
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
    watch.look(step + 1, rollout.groups, maxTokens, task.weights);
    watch.bound(step + 1, settings.dynamicSampling ? rollout.filled : 0, rollout.rounds);
    await run.rollouts(name, step + 1, rolloutRows(rollout.groups));
    state = { ...state, cursor: rollout.cursor, tokens: state.tokens + rollout.promptTokens + rollout.tokens };

    // Learn: every minibatch is one optimiser step.
    const prepared = now();
    const batches = minibatchesOf(rollout.groups, settings, maxTokens);
    await addOldAndReference(batches, trainer, reference, settings);
    let time: Metrics = {
      'time/sample': rollout.seconds.sample,
      'time/verify': rollout.seconds.verify,
      'time/verify_alone': rollout.seconds.verifyAlone,
      'time/prepare': seconds(prepared),
      tokens_per_second: rollout.tokens / rollout.seconds.sample,
    };
    // Of the checkpoint before this step, whose row was already written.
    if (saveSeconds > 0) time['time/save'] = saveSeconds;
    saveSeconds = 0;
    if (settings.dynamicSampling)
      time = {
        ...time,
        'sampling/rounds': rollout.rounds,
        'sampling/discarded_groups': rollout.discarded,
        'sampling/filled_groups': rollout.filled,
      };
    let stepStarted = started;
    let lookFailure: unknown;
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
          `stage ${name}, step ${step + 1}: ${error.message}; the step was not applied. The batch is in ${file}. Look at it; or begin another run (--out) with a lower learningRate`,
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
        const evaluation = await look(samples).catch((error: unknown) => {
          lookFailure = error;
          return undefined;
        });
        if (step === steps) state = { ...state, after: evaluation };
        if (evaluation) Object.assign(metrics, evaluationMetrics(evaluation), { 'time/eval': seconds(lookStarted) });
      }
      metrics.step_time = seconds(stepStarted);
      stepStarted = now();
      await run.metrics({ stage: name, step, ...metrics });
      report({ type: 'step', stage: name, step, steps, metrics });
    }

    // A rollout serves its steps whole: only between two rollouts can a run be taken up again.
    const stopping = context.signal.aborted && step < steps;
    if (crosses(first, step, settings.saveEvery) || step === steps || stopping || lookFailure !== undefined) await save();
    if (lookFailure !== undefined) throw await rewardFailure(lookFailure, `Step ${step} is saved. `);
    if (stopping) throw new Interrupted(name, step);
  }
  await run.finish(name, { before: state.before, after: state.after, tokens: state.tokens, steps } satisfies RlResult, steps);
  report({ type: 'stageEnd', stage: name, checkpoint: dir });
  return dir as string;
}

/** @throws InputError where the data no longer has a row that the selection chose */
function chosenRows(train: readonly TaskRow[], context: TaskContext): readonly TaskRow[] {
  const { chosen } = context;
  if (chosen === undefined) return train;
  const rows = train.filter(({ id }) => Object.hasOwn(chosen, id));
  const ids = new Set(rows.map(({ id }) => id));
  const gone = Object.keys(chosen).filter((id) => !ids.has(id));
  if (gone.length > 0) throw changedSince(context, gone, 'are no longer among the training prompts');
  return rows;
}

/** @throws InputError where a chosen row is not what it was when it was chosen */
function requireAsChosen(prompts: readonly Prompt[], context: TaskContext): void {
  const { chosen } = context;
  if (chosen === undefined) return;
  const other = prompts.filter((prompt) => promptFingerprint(prompt) !== chosen[prompt.row.id].fingerprint);
  if (other.length > 0)
    throw changedSince(
      context,
      other.map(({ row }) => row.id),
      'have another text or answer among the training prompts',
    );
}

function changedSince({ name, task, chosen = {} }: TaskContext, ids: readonly string[], how: string): InputError {
  return new InputError(
    `stages.${name}.prompts: ${ids.length} of the ${Object.keys(chosen).length} chosen prompts ${how} of ${task.name} (${ids[0]}): its data has changed since they were chosen. Put it back, or begin another run (--out)`,
  );
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

function rolloutRows(groups: readonly Group[]): RolloutRow[] {
  return groups.flatMap(({ prompt, completions }) =>
    completions.map(({ sample, rewards, reward, advantage }, i) => ({
      prompt: prompt.row.id,
      sample: i,
      text: sample.text,
      tokens: sample.tokens.length,
      ids: Array.from(sample.tokens),
      rewards,
      reward,
      advantage,
      version: sample.version,
      stopReason: sample.stopReason,
      ...(sample.episode ? { own: Array.from(sample.episode.own), turns: sample.episode.turns } : {}),
    })),
  );
}
