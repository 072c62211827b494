// Whether a model loads and runs here, and whether it fits: its config, its size, the memory that sampling and training take.

import { createLocalEngine } from '../engine/local/localEngine.ts';
import { ACTIVATION_BUDGET, activationBytes, CACHE_BUDGET, cacheBytes, MAX_MICRO_TOKENS } from '../engine/local/memory.ts';
import type { LlamaConfig } from '../formats/modelConfig.ts';
import { openModel } from '../formats/modelSource.ts';
import { Tokenizer } from '../formats/tokenizer.ts';
import { parameterCount } from '../models/llama.ts';
import { bytes, thousands } from './live/figures.ts';
import { type Check, memoryBound } from './machineChecks.ts';
import { shownPath } from './paths.ts';

export interface MemoryEstimate {
  sampling: number;
  training: number;
}

/** The process itself, ONNX Runtime and its compiled graphs. */
const base = 250e6;
const exampleSequences = 32;

/**
 * Bytes, for 32 responses at once up to a quarter of the context. In float32, weights take 4 bytes a parameter; training adds the
 * gradients (4), AdamW's two moments (8), and the policy that samples while the trainer updates (4).
 */
export function memoryEstimate(config: LlamaConfig, parameters: number): MemoryEstimate {
  const { maxPositions } = config;
  const positions = Math.min(maxPositions, Math.max(512, maxPositions / 4));
  const cache = Math.min(CACHE_BUDGET, cacheBytes(config) * exampleSequences * positions);
  const activations = Math.min(ACTIVATION_BUDGET, MAX_MICRO_TOKENS * activationBytes(config));
  return { sampling: base + 4 * parameters + cache, training: base + 20 * parameters + Math.max(cache, activations) };
}

/** @param path a directory or a .gguf file @throws InputError that names what is wrong with the model */
export async function modelChecks(path: string): Promise<Check[]> {
  const source = await openModel(path);
  await source.close();
  const { config } = source;
  const tokenizer = Tokenizer.fromFiles(source.tokenizerFiles, config);
  const parameters = parameterCount(config);
  const estimate = memoryEstimate(config, parameters);
  const { total } = memoryBound();
  const fits = (what: string, need: number): Check => ({
    name: what,
    state: need < total ? 'ok' : 'lacking',
    found: `about ${bytes(need)} of memory${need < total ? '' : `, and this machine has ${bytes(total)}`}`,
    ...(need < total ? {} : { mend: 'take a smaller model, or a machine with more memory' }),
  });
  const checks: Check[] = [
    { name: 'model', state: 'ok', found: `${shownPath(path)}: ${config.modelType}, ${thousands(parameters)} parameters` },
    {
      name: 'shape',
      state: 'ok',
      found: `${config.layers} layers, width ${config.hiddenSize}, ${config.heads} heads (${config.kvHeads} of keys and values), context ${thousands(config.maxPositions)}`,
    },
    {
      name: 'tokenizer',
      state: tokenizer.stopIds.length > 0 ? 'ok' : 'lacking',
      found: `${thousands(tokenizer.vocabSize)} tokens, ${tokenizer.hasChatTemplate ? 'with' : 'without'} a chat template, ends at ${tokenizer.stopIds.map((id) => tokenizer.decode([id])).join(' ') || 'nothing'}`,
      ...(tokenizer.stopIds.length > 0
        ? {}
        : { mend: 'without an end token every response runs to maxTokens: set eos_token_id in config.json or generation_config.json' }),
    },
    fits('sampling', estimate.sampling),
    fits('training', estimate.training),
  ];
  if (estimate.sampling < total) checks.push(await loads(path, tokenizer));
  return checks;
}

/** Loads the weights and generates a few tokens. */
async function loads(model: string, tokenizer: Tokenizer): Promise<Check> {
  const engine = createLocalEngine();
  const prompt = tokenizer.hasChatTemplate
    ? tokenizer.renderChat([{ role: 'user', content: '1' }], { addGenerationPrompt: true })
    : tokenizer.encode('1', { special: true });
  try {
    const sampler = await engine.createSampler({ model });
    const request = { n: 1, maxTokens: 8, temperature: 0, topP: 1, topK: 0, stop: [], seed: 0 };
    // The first time graphs are compiled.
    await sampler.sample(Int32Array.from(prompt), { ...request, maxTokens: 1 });
    const start = performance.now();
    const [{ tokens, logprobs }] = await sampler.sample(Int32Array.from(prompt), request);
    const perSecond = (1000 * tokens.length) / (performance.now() - start);
    if (!logprobs.every(Number.isFinite))
      return {
        name: 'loads',
        state: 'lacking',
        found: 'its log-probabilities are not finite',
        mend: 'the weights are damaged: download or convert them again',
      };
    return {
      name: 'loads',
      state: 'ok',
      found: `and writes ${perSecond.toFixed(perSecond < 10 ? 1 : 0)} tokens a second, one sequence at a time`,
    };
  } finally {
    await engine.close();
  }
}
