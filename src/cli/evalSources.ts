// What `thinkling eval` measures: a model on this machine, a server, or stored completions; each as a source of completions, with what is told
// of it and what an evaluation that goes on must find unchanged.

import { createLocalEngine } from '../engine/local/localEngine.ts';
import { InputError } from '../platform/errors.ts';
import { readBytes } from '../platform/files.ts';
import { sha256 } from '../platform/hash.ts';
import type { Evaluation } from '../stages/context.ts';
import type { CompletionSource } from '../stages/evaluation/completions.ts';
import { Endpoint } from '../stages/evaluation/endpoint.ts';
import { endpointCompletions } from '../stages/evaluation/endpointCompletions.ts';
import { localCompletions } from '../stages/evaluation/localCompletions.ts';
import { storedCompletions } from '../stages/evaluation/storedCompletions.ts';
import { fittingPrompts, openModelText } from '../stages/prompts.ts';
import type { Task, TaskRow } from '../tasks/task.ts';
import { modelFingerprint } from '../tracking/modelFingerprint.ts';
import { resolveModel } from '../tracking/resolveModel.ts';

/** Of a model on this machine: a response to a word problem is seldom longer, and a small machine has time for no more. */
export const usualMaxTokens = 512;
/** Of a server: the limit that DeepSeek-R1 was measured with. */
export const endpointMaxTokens = 32_768;
const usualSamples = 16;

export interface Sampling {
  samples?: number;
  temperature?: number;
  topP?: number;
  maxTokens?: number;
  seed: number;
}

export interface Measured {
  source: CompletionSource;
  samples: number;
  sampling: Pick<Evaluation, 'temperature' | 'topP' | 'maxTokens'>;
  /** For the results. */
  facts: Record<string, string>;
  /** What decides on the samples, by name. */
  settings: Record<string, string | number>;
  close(): Promise<void>;
}

interface Problems {
  task: Task;
  /** Those to be measured on. */
  rows: readonly TaskRow[];
  signal: AbortSignal;
  onTokens(count: number): void;
}

/** @throws InputError where the model cannot be used, or a prompt does not fit */
export async function localModel(name: string, { task, rows, signal, onTokens }: Problems, asked: Sampling): Promise<Measured> {
  const model = await resolveModel(name);
  const text = await openModelText(model);
  const mend = asked.maxTokens === undefined ? 'take them out of the data' : 'lower --max-tokens, or take them out of the data';
  const least = { maxTokens: asked.maxTokens ?? 1, longPrompts: 'refuse' as const, mend };
  const prompts = fittingPrompts(text, task, rows, 'held-out prompts', least, () => {});
  const longest = prompts.reduce((max, { tokens }) => Math.max(max, tokens.length), 0);
  const sampling = drawn(asked, Math.min(usualMaxTokens, text.maxContext - longest));
  const engine = createLocalEngine();
  try {
    const sampler = await engine.createSampler({ model });
    const options = { ...sampling, seed: asked.seed, signal, onTokens: (_: number, tokens: readonly number[]) => onTokens(tokens.length) };
    return {
      source: localCompletions(async () => sampler, text.tokenizer, task, prompts, options),
      ...described(sampling),
      facts: { model },
      settings: { model: (await modelFingerprint(model)).slice(0, 16), ...named(sampling), seed: asked.seed },
      close: () => engine.close(),
    };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

export interface EndpointRequest {
  url: string;
  model: string;
  /** The variable that has the key. */
  keyName?: string;
  concurrency: number;
}

/** @throws InputError where the address is none, or the named variable is empty */
export function endpointModel(
  { url, model, keyName, concurrency }: EndpointRequest,
  { task, rows, signal }: Problems,
  asked: Sampling,
): Measured {
  if (task.environment !== undefined)
    throw new InputError(
      `the task ${task.name} takes several turns with an environment: that is measured of a model on this machine, not of an endpoint`,
    );
  const key = process.env[keyName ?? 'OPENAI_API_KEY'];
  if (keyName !== undefined && !key) throw new InputError(`--key-env ${keyName}: the environment has no such variable, or it is empty`);
  const sampling = drawn(asked, endpointMaxTokens);
  const endpoint = new Endpoint({ url, model, key: key || undefined, signal });
  return {
    source: endpointCompletions(endpoint, task, rows, { ...sampling, seed: asked.seed, concurrency }),
    ...described(sampling),
    facts: { endpoint: url, model },
    settings: { endpoint: url, model, ...named(sampling), seed: asked.seed },
    close: async () => {},
  };
}

/** @param all the task's held-out problems, also those that are not measured on */
export async function storedFile(file: string, { rows }: Problems, all: readonly TaskRow[]): Promise<Measured> {
  const { samples, ...source } = await storedCompletions(file, rows, all);
  return {
    source,
    samples,
    sampling: {},
    facts: { completions: file },
    settings: { completions: sha256(await readBytes(file)).slice(0, 16) },
    close: async () => {},
  };
}

interface Drawn {
  samples: number;
  temperature: number;
  topP: number;
  maxTokens: number;
}

/** Greedy answers are all the same: then there is one sample, and nothing that top-p would leave out. */
function drawn({ samples, temperature = 0.6, topP = 0.95, maxTokens }: Sampling, usual: number): Drawn {
  if (temperature === 0 && samples !== undefined && samples > 1)
    throw new InputError('--samples must be 1 where --temperature is 0: greedy answers are all the same');
  const greedy = temperature === 0;
  return { samples: samples ?? (greedy ? 1 : usualSamples), temperature, topP: greedy ? 1 : topP, maxTokens: maxTokens ?? usual };
}

function described({ samples, ...sampling }: Drawn): Pick<Measured, 'samples' | 'sampling'> {
  return { samples, sampling };
}

function named({ temperature, topP, maxTokens }: Drawn): Record<string, number> {
  return { temperature, 'top-p': topP, 'max-tokens': maxTokens };
}
