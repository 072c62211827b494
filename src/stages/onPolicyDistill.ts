// On-policy distillation: the student answers the prompts itself, and the teacher says of every token how likely it finds it. The student
// minimises the reverse KL, E_student[log student - log teacher], by the policy gradient whose reward of a token is the teacher's
// log-probability less the student's, without discount (Agarwal et al. 2024, GKD; "On-Policy Distillation", Thinking Machines 2025).

import { deriveSeed } from '../algorithms/random.ts';
import { learningRateAt } from '../algorithms/schedules.ts';
import { tokenWeights } from '../algorithms/weights.ts';
import type { Datum, SamplingClient } from '../engine/engine.ts';
import { now } from '../platform/clock.ts';
import { InputError } from '../platform/errors.ts';
import type { RolloutRow } from '../tracking/rollouts.ts';
import { joined } from './batch.ts';
import { closingAll, Interrupted, type Metrics, requireLoss, StageError, type TaskContext } from './context.ts';
import { evaluationMetrics } from './evaluation/score.ts';
import { heldOutRows, measure } from './heldOut.ts';
import { requireOnPolicyMemory } from './plannedWork.ts';
import { promptOrder } from './promptOrder.ts';
import { encodePrompts, fittingPrompts, openModelText, type Prompt, promptsFingerprint } from './prompts.ts';
import { type Response, sampleResponses } from './responses.ts';
import type { OnPolicyDistillSettings } from './settings.ts';
import { requireSharedTokenizer } from './sharedTokenizer.ts';
import { loadTaskRows } from './taskRows.ts';

interface State {
  /** Prompts used so far. */
  cursor: number;
  /** Tokens so far, of prompts and responses. */
  tokens: number;
  /** What was trained on: other prompts than a checkpoint's are refused. */
  prompts: string;
}

/** The student's response beside the teacher's opinion of it. */
interface Judged {
  prompt: Prompt;
  response: Response;
  /** [tokens] log-probabilities of the student and the teacher. */
  own: Float32Array;
  teacher: Float32Array;
}

/** Runs the stage to its end, from its newest checkpoint where there is one. Returns the directory of its last checkpoint. */
export function onPolicyDistill(settings: OnPolicyDistillSettings, context: TaskContext & { teacher: string }): Promise<string> {
  return closingAll((opened) => learn(settings, context, opened));
}

async function learn(
  settings: OnPolicyDistillSettings,
  context: TaskContext & { teacher: string },
  opened: { close(): Promise<void> }[],
): Promise<string> {
  const { name, run, engine, model, task, report, signal } = context;
  const { steps, promptsPerStep, groupSize, maxTokens, temperature, lora, longPrompts, keep } = settings;
  const warn = (message: string): void => report({ type: 'warning', stage: name, message });
  const seed = deriveSeed(context.seed, name);
  await requireLoss(engine, 'importance_sampling', `stages.${name}`);
  if (task.environment)
    throw new InputError(`stage ${name}: the task ${task.name} has an environment, whose replies no teacher can judge; take another task`);

  const text = await openModelText(model, run.began);
  const teacherText = await openModelText(context.teacher, run.began);
  requireSharedTokenizer(teacherText.tokenizer, text.tokenizer, `stages.${name}.teacher`);
  const { train, heldOut } = await loadTaskRows(context);
  const room = { maxTokens, longPrompts };
  const fitting = encodePrompts(text, task, train, room, warn);
  // The teacher reads a prompt in its own template, and then as long a response.
  const asTeacher = { ...task, name: `${task.name}, as the teacher reads them,` };
  const theirs = encodePrompts(
    teacherText,
    asTeacher,
    fitting.map(({ row }) => row),
    room,
    warn,
  );
  const teacherPrompts = new Map(theirs.map(({ row, tokens }) => [row, tokens]));
  const prompts = fitting.filter(({ row }) => teacherPrompts.has(row));
  const promptAt = promptOrder([{ name: 'prompts', weight: 1, from: 0, prompts }], seed);
  const looked = heldOutRows(heldOut, settings.evalProblems);
  const problems = settings.evalEvery > 0 ? fittingPrompts(text, task, looked, 'held-out prompts', room, warn) : [];
  await requireOnPolicyMemory(context, settings, prompts);

  const known = promptsFingerprint(prompts);
  const latest = await run.latest(name);
  let state: State = (latest?.state as State | undefined) ?? { cursor: 0, tokens: 0, prompts: known };
  if (state.prompts !== known)
    throw new InputError(
      `stage ${name}: the prompts of ${task.name} are not those that its checkpoint was trained on: put its data and task back as they were, or begin another run (--out)`,
    );
  await run.rewindTo(name, latest?.step);
  const trainer = await engine.createTrainer({ model, lora, seed });
  opened.push(trainer);
  if (latest) await trainer.loadState(latest.dir);
  const teacher = await engine.createSampler({ model: context.teacher });
  opened.push(teacher);
  let dir = latest?.dir;
  let step = latest?.step ?? 0;
  report({ type: 'stageStart', stage: name, kind: settings.kind, steps, doneSteps: step });

  /** @param stop ends it early; only where nothing would be lost */
  const look = async (stop?: AbortSignal): Promise<Metrics> => {
    if (problems.length === 0) return {};
    const sampler = await trainer.samplingClient();
    const options = { samples: settings.evalSamples, temperature, topP: 1, maxTokens, seed, signal: stop };
    const { evaluation } = await measure(sampler, text.tokenizer, task, problems, options).finally(() => sampler.close());
    if (stop?.aborted) throw new Interrupted(name, step);
    report({ type: 'heldOut', stage: name, step, evaluation });
    return evaluationMetrics(evaluation);
  };
  if (!latest) {
    const before = await look(signal);
    if (Object.keys(before).length > 0) await run.metrics({ stage: name, step: 0, ...before });
  }

  while (step < steps) {
    const started = now();
    const asked = Array.from({ length: promptsPerStep }, (_, i) => promptAt(state.cursor + i));
    const sampler = await trainer.samplingClient();
    const responses: Response[][] = [];
    await sampleResponses(
      sampler,
      text.tokenizer,
      task,
      asked,
      {
        ...{ n: groupSize, maxTokens, temperature, topP: 1, onEnvironmentError: 'throw' },
        seedOf: (p) => deriveSeed(seed, 'sample', step, p),
      },
      (p, group) => {
        responses[p] = group;
      },
    ).finally(() => sampler.close());
    const sampled = now();
    const judged = await judge(teacher, settings, asked, responses, ({ row }) => teacherPrompts.get(row) as Int32Array);
    const judgedAt = now();
    const loss = await trainer.forwardBackward(distillData(judged), { name: 'importance_sampling', temperature }, { entropy: true });
    const { beta1, beta2, eps, weightDecay, gradClipNorm } = settings;
    const learningRate = learningRateAt(step, steps, settings.learningRate);
    const adam = { learningRate, beta1, beta2, eps, weightDecay, gradClipNorm };
    const { gradNorm, applied } = Number.isFinite(loss.loss) ? await trainer.optimStep(adam) : { gradNorm: loss.loss, applied: false };
    if (!applied) {
      const file = await run.incident(name, step + 1, 'batch', { data: judged.map(({ response }) => response) });
      throw new StageError(
        `stage ${name}, step ${step + 1}: the loss is ${loss.loss}, the gradient norm ${gradNorm}; the step was not applied. The batch is in ${file}. Lower learningRate and do the stage anew: --from ${name}`,
      );
    }
    step++;
    state = {
      ...state,
      cursor: state.cursor + promptsPerStep,
      tokens: state.tokens + judged.reduce((sum, { prompt, response }) => sum + prompt.tokens.length + response.tokens.length, 0),
    };
    await run.rollouts(
      name,
      step,
      judged.map((each, i) => rolloutRow(each, i % groupSize)),
    );
    const due = step === steps || (settings.evalEvery > 0 && step % settings.evalEvery === 0);
    const metrics: Metrics = {
      ...{ loss: loss.loss, grad_norm: gradNorm, learning_rate: learningRate, num_tokens: state.tokens },
      ...distillMetrics(judged),
      ...{
        'time/sample': (sampled - started) / 1000,
        'time/teacher': (judgedAt - sampled) / 1000,
        'time/train': (now() - judgedAt) / 1000,
      },
      ...(due ? await look() : {}),
      step_time: (now() - started) / 1000,
    };
    await run.metrics({ stage: name, step, ...metrics });
    report({ type: 'step', stage: name, step, steps, metrics });
    const stopping = signal.aborted && step < steps;
    if (step % settings.saveEvery === 0 || step === steps || stopping) {
      dir = await run.checkpoint(name, step, state, async (target) => void (await trainer.saveState(target)), { keep });
      report({ type: 'checkpoint', stage: name, step, dir });
    }
    if (stopping) throw new Interrupted(name, step);
  }
  await run.finish(name, { tokens: state.tokens, steps }, steps);
  report({ type: 'stageEnd', stage: name, checkpoint: dir });
  return dir as string;
}

/** The teacher reads its prompt, then the student's very tokens. */
async function judge(
  teacher: SamplingClient,
  { temperature }: OnPolicyDistillSettings,
  prompts: readonly Prompt[],
  responses: readonly Response[][],
  teacherPrompt: (prompt: Prompt) => Int32Array,
): Promise<Judged[]> {
  const pairs = prompts.flatMap((prompt, p) => responses[p].map((response) => ({ p, prompt, response })));
  const shared = prompts.map(teacherPrompt);
  const data = pairs.map(({ p, response }): Datum => {
    const { tokens, targets, onResponse } = joined(shared[p], response.tokens);
    return { tokens, targets, weights: onResponse(1), group: String(p), sharedPrefix: shared[p].length };
  });
  const opinions = await teacher.logprobs(data, temperature);
  return pairs.map(({ p, prompt, response }, i) => {
    return { prompt, response, own: response.logprobs, teacher: opinions[i].subarray(shared[p].length - 1) };
  });
}

/**
 * Every token of the step weighs the same; its advantage is how much likelier the teacher finds it than the student, less the mean of that
 * over the step: a baseline, which takes variance away and leaves the expected gradient as it is.
 */
function distillData(judged: readonly Judged[]): Datum[] {
  const baseline = -reverseKl(judged);
  const weights = tokenWeights(
    judged.map(({ response }) => response.tokens.length),
    'token',
  );
  const groups = new Map<Prompt, number>();
  return judged.map(({ prompt, response, own, teacher }, i) => {
    if (!groups.has(prompt)) groups.set(prompt, groups.size);
    const { tokens, targets, onResponse } = joined(prompt.tokens, response.tokens);
    return {
      ...{
        tokens,
        targets,
        weights: onResponse(weights[i]),
        advantages: onResponse(own.map((logprob, t) => teacher[t] - logprob - baseline)),
      },
      ...{ group: String(groups.get(prompt)), sharedPrefix: prompt.tokens.length },
    };
  });
}

/** log student - log teacher of the student's own samples, nats a token. */
function reverseKl(judged: readonly Judged[]): number {
  let [sum, tokens] = [0, 0];
  for (const { own, teacher } of judged) {
    tokens += own.length;
    for (let t = 0; t < own.length; t++) sum += own[t] - teacher[t];
  }
  return sum / tokens;
}

function distillMetrics(judged: readonly Judged[]): Metrics {
  const tokens = judged.reduce((sum, { response }) => sum + response.tokens.length, 0);
  const cut = judged.filter(({ response }) => response.stopReason === 'length').length;
  return {
    reverse_kl: reverseKl(judged),
    'completions/mean_length': tokens / judged.length,
    'completions/clipped_ratio': cut / judged.length,
  };
}

function rolloutRow({ prompt, response, own, teacher }: Judged, sample: number): RolloutRow {
  const { text, stopReason, version } = response;
  const reward = own.reduce((sum, logprob, t) => sum + teacher[t] - logprob, 0) / own.length;
  return {
    ...{ prompt: prompt.row.id, sample, text, tokens: response.tokens.length, rewards: { teacher: reward } },
    ...{ reward, advantage: null, version, stopReason },
  };
}
