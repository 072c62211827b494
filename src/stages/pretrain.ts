// Pretraining from nothing: next-token prediction on a corpus that a task generates. It makes the small base that the lab's recipes
// start from. Step s reads documents that depend on the seed and on what steps before it read, which a checkpoint remembers.

import type { Datum, NewModel } from '../engine/engine.ts';
import { Tokenizer } from '../formats/tokenizer.ts';
import { InputError } from '../platform/errors.ts';
import { type LabDocument, labDocument } from '../tasks/lab/corpus.ts';
import { labTokenizerFiles } from '../tasks/lab/tokenizer.ts';
import type { StageContext } from './context.ts';
import type { PretrainSettings } from './settings.ts';
import { type SupervisedStage, supervised } from './supervised.ts';

interface PretrainState {
  nextDocument: number;
}

/** Runs the stage to its end, from its newest checkpoint where there is one. Returns the directory of its last checkpoint. */
export function pretrain(settings: PretrainSettings, context: StageContext): Promise<string> {
  const { name, engine, report } = context;
  const { beta1, beta2, eps, weightDecay, gradClipNorm, saveEvery, keep, logEvery } = settings;
  const { maxPositions } = settings.architecture;
  const seed = settings.seed ?? context.seed;
  const init = newModelOf(settings);
  const tokenizer = Tokenizer.fromFiles(init.tokenizerFiles);
  const tokensPerStep = settings.rowTokens * settings.rowsPerStep;
  let told = false;
  const policy = { init };
  const stage: SupervisedStage<PretrainState> = {
    kind: 'pretrain',
    steps: Math.ceil(settings.tokens / tokensPerStep),
    start: { nextDocument: 0 },
    policy,
    // Documents are short and of much the same length: one step is like another.
    largest() {
      const { rowsPerStep } = settings;
      const { data } = stage.batch(0, stage.start);
      const under = (value: number): Datum[] => data.slice(0, Math.ceil((data.length * value) / rowsPerStep));
      return { what: `a step (rowsPerStep ${rowsPerStep})`, data, lowered: [{ field: 'rowsPerStep', value: rowsPerStep, data: under }] };
    },
    open: () => engine.createTrainer({ ...policy, seed }),
    learningRate: { ...settings.learningRate, schedule: 'cosine' },
    adam: { beta1, beta2, eps, weightDecay, gradClipNorm },
    saveEvery,
    keep,
    logEvery,
    batch(step, { nextDocument }) {
      const { data, next, tooLong } = documents(tokenizer, seed, nextDocument, tokensPerStep, maxPositions);
      if (tooLong > 0 && !told)
        report({
          type: 'warning',
          stage: name,
          message: `step ${step + 1}: ${tooLong} of ${next - nextDocument} documents are longer than architecture.maxPositions (${maxPositions}); such documents are left out, never cut (too_long_documents counts them)`,
        });
      told ||= tooLong > 0;
      return { data, own: { nextDocument: next }, metrics: { too_long_documents: tooLong } };
    },
  };
  return supervised(stage, context);
}

/** The model that the stage starts from. */
export function newModelOf(settings: PretrainSettings): NewModel {
  const tokenizerFiles = labTokenizerFiles();
  return { config: modelConfig(settings, Tokenizer.fromFiles(tokenizerFiles)), tokenizerFiles };
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
      weights: new Float32Array(ids.length - 1).fill(1),
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
