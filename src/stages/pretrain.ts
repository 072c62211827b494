// Pretraining from nothing: next-token prediction on a corpus that a task generates. It makes the small base that the lab's recipes
// start from. Step s reads documents that depend on the seed and on what steps before it read, which a checkpoint remembers.

import { learningRateAt } from '../algorithms/schedules.ts';
import type { Datum, TrainingClient } from '../engine/engine.ts';
import { Tokenizer } from '../formats/tokenizer.ts';
import { now } from '../platform/clock.ts';
import { InputError } from '../platform/errors.ts';
import { type LabDocument, labDocument } from '../tasks/lab/corpus.ts';
import { labTokenizerFiles } from '../tasks/lab/tokenizer.ts';
import { type Closable, closingAll, Interrupted, requireLoss, type StageContext, StageError } from './context.ts';
import type { PretrainSettings } from './settings.ts';

interface PretrainState {
  nextDocument: number;
  tokens: number;
}

/** Runs the stage to its end, from its newest checkpoint where there is one. Returns the directory of its last checkpoint. */
export function pretrain(settings: PretrainSettings, context: StageContext): Promise<string> {
  return closingAll((opened) => learn(settings, context, opened));
}

async function learn(settings: PretrainSettings, context: StageContext, opened: Closable[]): Promise<string> {
  const { name, run, engine, report, signal } = context;
  await requireLoss(engine, 'cross_entropy', `stage ${name}`);
  const seed = settings.seed ?? context.seed;
  const tokenizerFiles = labTokenizerFiles();
  const tokenizer = Tokenizer.fromFiles(tokenizerFiles);
  const tokensPerStep = settings.rowTokens * settings.rowsPerStep;
  const steps = Math.ceil(settings.tokens / tokensPerStep);

  const trainer = await engine.createTrainer({ init: { config: modelConfig(settings, tokenizer), tokenizerFiles }, seed });
  opened.push(trainer);
  const latest = await run.latest(name);
  await run.rewindTo(name, latest?.step);
  let state: PretrainState = { nextDocument: 0, tokens: 0 };
  if (latest) {
    await trainer.loadState(latest.dir);
    state = latest.state as PretrainState;
  }
  const first = latest?.step ?? 0;
  report({ type: 'stageStart', stage: name, kind: 'pretrain', steps, doneSteps: first });

  const { maxPositions } = settings.architecture;
  let told = false;
  let dir = latest?.dir;
  for (let step = first; step < steps; step++) {
    const start = now();
    const { data, next, tooLong } = documents(tokenizer, seed, state.nextDocument, tokensPerStep, maxPositions);
    if (tooLong > 0 && !told)
      report({
        type: 'warning',
        stage: name,
        message: `step ${step + 1}: ${tooLong} of ${next - state.nextDocument} documents are longer than architecture.maxPositions (${maxPositions}); such documents are left out, never cut (too_long_documents counts them)`,
      });
    told ||= tooLong > 0;
    const tokens = data.reduce((sum, datum) => sum + datum.tokens.length, 0);
    for (const datum of data) datum.weights.fill(1 / tokens);
    const { loss } = await trainer.forwardBackward(data, { name: 'cross_entropy' });
    const stop = async (what: string): Promise<never> => {
      const file = await run.incident(name, step + 1, 'batch', { error: what, data });
      throw new StageError(
        `stage ${name}, step ${step + 1}: ${what}; the step was not applied. The batch is in ${file}. Begin another run (--out) with a lower learningRate.peak`,
      );
    };
    if (!Number.isFinite(loss)) await stop(`the loss is ${loss}`);
    const learningRate = learningRateAt(step, steps, { ...settings.learningRate, schedule: 'cosine' });
    const { beta1, beta2, eps, weightDecay, gradClipNorm } = settings;
    const { gradNorm, applied } = await trainer.optimStep({ learningRate, beta1, beta2, eps, weightDecay, gradClipNorm });
    if (!applied) await stop(`the gradient norm is ${gradNorm}`);
    state = { nextDocument: next, tokens: state.tokens + tokens };

    const done = step + 1;
    const seconds = (now() - start) / 1000;
    const metrics = {
      loss,
      grad_norm: gradNorm,
      learning_rate: learningRate,
      num_tokens: state.tokens,
      too_long_documents: tooLong,
      step_time: seconds,
      tokens_per_second: tokens / seconds,
    };
    if (done % settings.logEvery === 0 || done === steps) {
      await run.metrics({ stage: name, step: done, ...metrics });
      report({ type: 'step', stage: name, step: done, steps, metrics });
    }
    if (done % settings.saveEvery === 0 || done === steps || signal.aborted) {
      dir = await save(context, trainer, done, state, settings.keep);
      report({ type: 'checkpoint', stage: name, step: done, dir });
      if (signal.aborted && done < steps) throw new Interrupted(name, done);
    }
  }
  await run.finish(name, { tokens: state.tokens }, steps);
  report({ type: 'stageEnd', stage: name, checkpoint: dir });
  return dir as string;
}

function save({ run, name }: StageContext, trainer: TrainingClient, step: number, state: PretrainState, keep: number): Promise<string> {
  return run.checkpoint(name, step, state, async (dir) => void (await trainer.saveState(dir)), { keep });
}

/** The tokens of a document, its end included; all but the first are predicted. */
export function documentIds(tokenizer: Tokenizer, { prompt, response }: LabDocument): number[] {
  return [...tokenizer.encode(`${prompt} ${response}`), tokenizer.stopIds[0]];
}

/**
 * Whole documents from `start` on, until at least `tokens` tokens. Every token of a document but its first is predicted. Those that
 * do not fit the context are left out and counted: cut, they would teach an end that is none, or none at all.
 */
function documents(
  tokenizer: Tokenizer,
  seed: number,
  start: number,
  tokens: number,
  maxPositions: number,
): { data: Datum[]; next: number; tooLong: number } {
  const data: Datum[] = [];
  let total = 0;
  let next = start;
  let tooLong = 0;
  while (total < tokens) {
    const ids = documentIds(tokenizer, labDocument(seed, next++));
    if (ids.length - 1 > maxPositions) {
      if (++tooLong > 1000 && data.length === 0)
        throw new InputError(`architecture.maxPositions (${maxPositions}) is less than every document has tokens: raise it`);
      continue;
    }
    data.push({
      tokens: Int32Array.from(ids.slice(0, -1)),
      targets: Int32Array.from(ids.slice(1)),
      weights: new Float32Array(ids.length - 1),
    });
    total += ids.length - 1;
  }
  return { data, next, tooLong };
}

function modelConfig({ architecture }: PretrainSettings, tokenizer: Tokenizer): Record<string, unknown> {
  const { hiddenSize, layers, heads, kvHeads = heads, intermediateSize, maxPositions } = architecture;
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: hiddenSize,
    intermediate_size: intermediateSize,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
    head_dim: hiddenSize / heads,
    vocab_size: tokenizer.vocabSize,
    max_position_embeddings: maxPositions,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    tie_word_embeddings: true,
    hidden_act: 'silu',
    attention_bias: false,
    mlp_bias: false,
    bos_token_id: null,
    eos_token_id: tokenizer.stopIds[0],
  };
}
