// Whether a model loads and runs here, and whether it fits: its config, its size, the memory that sampling and training take.

import { createLocalEngine } from '../engine/local/localEngine.ts';
import { estimateMemory } from '../engine/local/memoryEstimate.ts';
import type { LlamaConfig } from '../formats/modelConfig.ts';
import { openModel } from '../formats/modelSource.ts';
import { Tokenizer } from '../formats/tokenizer.ts';
import { parameterCount } from '../models/llama.ts';
import { messageOf } from '../platform/errors.ts';
import { memoryBound } from '../platform/memory.ts';
import { largestPart, smallAdapter } from '../stages/memoryCheck.ts';
import { type RlKind, rlWork } from '../stages/plannedWork.ts';
import { bytes, thousands } from './live/figures.ts';
import type { Check } from './machineChecks.ts';
import { shownPath } from './paths.ts';

/** The RL step that is looked at: its prompts have `promptTokens` tokens, and every response as many as it may. */
export interface DoctorSizes {
  prompts: number;
  /** Of each prompt. */
  samples: number;
  promptTokens: number;
  maxTokens: number;
}

/** Settings as a recipe has them where it says nothing of them: on-policy, no reference. */
const plainRl: RlKind = {
  loss: 'ppo',
  clip: { low: 0.2, high: 0.2 },
  beta: 0,
  tisCap: undefined,
  temperature: 1,
  minibatches: 1,
  innerEpochs: 1,
};

/** What an RL step takes: to sample alone, to train an adapter, to train all weights. */
export function memoryChecks(model: string, config: LlamaConfig, sizes: DoctorSizes, bound = memoryBound().total): Check[] {
  const promptTokens = Math.min(sizes.promptTokens, Math.ceil(config.maxPositions / 2));
  const maxTokens = Math.min(sizes.maxTokens, config.maxPositions - promptTokens);
  const step = { prompts: Array<number>(sizes.prompts).fill(promptTokens), samples: sizes.samples, maxTokens };
  const { sampling, training } = rlWork({ model }, plainRl, step);
  const rows = [
    { name: 'sampling', plan: { config, sampling } },
    { name: 'LoRA training', plan: { config, sampling, training, lora: smallAdapter } },
    { name: 'full training', plan: { config, sampling, training } },
  ];
  const checks: Check[] = rows.map(({ name, plan }, i) => {
    const need = estimateMemory(plan);
    const found = `about ${bytes(need.bytes)} of memory, ${largestPart(need)}`;
    if (need.bytes <= bound) return { name, state: 'ok', found };
    const mend = `lower maxTokens or promptsPerStep${i === 2 ? ', train an adapter (lora)' : ''}, take a smaller model, or a machine with more memory`;
    // A model that can be sampled from is of use.
    return { name, state: i === 0 ? 'lacking' : 'absent', found: `${found}; this process may have ${bytes(bound)}`, mend };
  });
  const found = `promptsPerStep ${sizes.prompts} x groupSize ${sizes.samples}, prompts of ${promptTokens} tokens, maxTokens ${maxTokens}, in which every response is as long as it may be`;
  return [{ name: 'an RL step', state: 'ok', found }, ...checks];
}

/** @param path a directory or a .gguf file @throws InputError that names what is wrong with the model */
export async function modelChecks(path: string, sizes: DoctorSizes): Promise<Check[]> {
  const source = await openModel(path);
  await source.close();
  const { config } = source;
  const tokenizer = Tokenizer.fromFiles(source.tokenizerFiles, config);
  const parameters = parameterCount(config);
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
  ];
  let prompt = tokenizer.encode('1', { special: true });
  if (tokenizer.hasChatTemplate)
    try {
      prompt = tokenizer.renderChat([{ role: 'user', content: '1' }], { addGenerationPrompt: true });
    } catch (error) {
      const mend = 'mend the template, or remove it and give prompts as plain text';
      checks.push({ name: 'chat template', state: 'lacking', found: messageOf(error), mend });
    }
  const memory = memoryChecks(path, config, sizes);
  checks.push(...memory);
  if (memory[1].state === 'ok') checks.push(await loads(path, prompt));
  return checks;
}

/** Loads the weights and generates a few tokens. */
async function loads(model: string, prompt: readonly number[]): Promise<Check> {
  const engine = createLocalEngine();
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
