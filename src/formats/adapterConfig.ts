// adapter_config.json of a LoRA adapter, as peft writes it: what it adapts and how strongly, and the model that it belongs to, which may
// be one on the hub.

import { z } from 'zod';
import { InputError } from '../platform/errors.ts';
import { isDirectory, isFile, join, resolve } from '../platform/files.ts';
import { fetchHubModel, parseHubModel } from './hubModel.ts';
import { readJsonFile } from './inputFile.ts';
import type { Head } from './modelConfig.ts';

export const adapterConfigName = 'adapter_config.json';

export const projections = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;

const schema = z.object({
  peft_type: z.literal('LORA', 'only LORA is supported'),
  task_type: z.string().nullish(),
  modules_to_save: z.array(z.string()).nullish(),
  r: z.number().int().positive(),
  lora_alpha: z.number().positive(),
  target_modules: z.union([z.array(z.string()).min(1), z.string()]),
  base_model_name_or_path: z.string().nullish(),
  revision: z.string().nullish(),
  use_rslora: z.boolean().nullish(),
  bias: z.literal('none', 'trained biases are not supported').nullish(),
});

/** Each of these makes another function of the same weights: they must be unset (null, false or empty). */
const refused = [
  ...['use_dora', 'use_qalora', 'use_bdlora', 'lora_bias', 'fan_in_fan_out', 'rank_pattern', 'alpha_pattern'],
  ...['layers_to_transform', 'layer_replication', 'exclude_modules', 'target_parameters', 'trainable_token_indices'],
  ...['alora_invocation_tokens', 'arrow_config', 'kasa_config', 'velora_config', 'monteclora_config'],
];

/**
 * Initialisations that take the adapter's beginning out of the base: what was trained is an adapter of that other base, which these files do
 * not hold (peft makes it anew where it can). As in peft's lora/layer.py, 0.21.
 */
const altersBase = /^(pissa.*|corda.*|olora|loftq|lora_ga)$/i;

/** @throws InputError naming the file and the field that is missing or not supported */
export async function readAdapterConfig(
  dir: string,
): Promise<{ rank: number; alpha: number; targets: string[]; rankStabilised: boolean; head: Head }> {
  const { where, raw, config } = await read(dir);
  const odd = refused.find((field) => isSet(raw[field]));
  if (odd) throw new InputError(`${where}: ${odd} is ${JSON.stringify(raw[odd])}, which is not supported; only plain LoRA is`);
  const { init_lora_weights: init } = raw;
  if (typeof init === 'string' && altersBase.test(init))
    throw new InputError(
      `${where}: init_lora_weights is "${init}", which alters the base model: convert the adapter to plain LoRA as peft does (save_pretrained with path_initial_model_for_weight_conversion), or merge it there (merge_and_unload)`,
    );
  const targets = targetsOf(config.target_modules, where);
  return { rank: config.r, alpha: config.lora_alpha, targets, rankStabilised: config.use_rslora === true, head: headOf(config, where) };
}

/**
 * Where the model lies that an adapter adapts: an absolute path. One on the hub is downloaded where the cache has it not.
 * @throws InputError naming the file and the mend
 */
export async function adapterBase(dir: string): Promise<string> {
  const { where, config } = await read(dir);
  const { base_model_name_or_path: named, revision } = config;
  if (!named) throw new InputError(`${where}: base_model_name_or_path is missing: it says which model the adapter belongs to`);
  for (const path of [named, join(dir, named)]) if ((await isDirectory(path)) || (await isFile(path))) return resolve(path);
  const onHub = parseHubModel(named);
  if (onHub === undefined)
    throw new InputError(`${where}: the base model '${named}' is not here; get it, and set base_model_name_or_path to its directory`);
  try {
    return await fetchHubModel(revision ? { ...onHub, revision } : onHub);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${where}: the base model '${named}' is not here, and cannot be fetched: ${error.message}`);
  }
}

async function read(dir: string): Promise<{ where: string; raw: Record<string, unknown>; config: z.infer<typeof schema> }> {
  const where = join(dir, adapterConfigName);
  const raw = await readJsonFile(where);
  const { success, data, error } = schema.safeParse(raw);
  if (!success) throw new InputError(`${where}: ${error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`);
  return { where, raw, config: data };
}

// peft saves the head of a sequence classifier whole, under whichever of two names the model has; nothing else may be trained whole.
function headOf({ task_type: task, modules_to_save: saved }: z.infer<typeof schema>, where: string): Head {
  const whole = saved ?? [];
  const others = task === 'SEQ_CLS' ? whole.filter((name) => name !== 'score' && name !== 'classifier') : whole;
  if (others.length > 0)
    throw new InputError(`${where}: modules_to_save is ${JSON.stringify(others)}, which is not supported; only a reward model's score is`);
  if (task !== 'SEQ_CLS') return 'lm';
  if (!whole.includes('score')) throw new InputError(`${where}: task_type is SEQ_CLS, and modules_to_save does not have the head, score`);
  return 'scalar';
}

function isSet(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return value !== undefined && value !== null && value !== false;
}

// peft takes a list of name endings, a regular expression or "all-linear".
function targetsOf(modules: string | string[], where: string): string[] {
  if (modules === 'all-linear') return [...projections];
  if (typeof modules === 'string')
    throw new InputError(`${where}: target_modules is the pattern "${modules}"; only a list of projections or all-linear is supported`);
  const unknown = modules.filter((name) => !projections.some((projection) => projection === name));
  if (unknown.length > 0)
    throw new InputError(`${where}: target_modules: ${unknown.join(', ')} cannot be adapted; supported: ${projections.join(', ')}`);
  return projections.filter((name) => modules.includes(name));
}
