// A LoRA adapter on disk as peft has it: adapter_config.json and adapter_model.safetensors. W x becomes W x + (alpha / rank) B A x
// (Hu et al. 2021, eq. 3). models/llama adds the two products; here are its sizes, names and files.

import { z } from 'zod';
import { InputError } from '../platform/errors.ts';
import { exists, isDirectory, isFile, join, mkdir, resolve, writeTextAtomic } from '../platform/files.ts';
import { readJsonFile } from './inputFile.ts';
import { type LlamaConfig, parameterShapes } from './modelConfig.ts';
import { openSafetensors, writeSafetensors } from './safetensors.ts';

/** What an adapter adapts, and how strongly. */
export interface Lora {
  rank: number;
  alpha: number;
  /** Names of projections: q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj. */
  targets: string[];
  /** What B A x is multiplied by: alpha / rank, or alpha / sqrt(rank) where rank-stabilised (Kalajdzievski 2023). */
  scale: number;
}

/** A model, with an adapter or without. */
export type AdaptedConfig = LlamaConfig & { lora?: Lora };

export const projections = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;

const CONFIG_FILE = 'adapter_config.json';
const WEIGHTS_FILE = 'adapter_model.safetensors';
/** peft's wrapper (base_model), its LoraModel (model) and the model class's own prefix, which our names already have. */
const PREFIX = 'base_model.model.';

/** Whether a directory holds an adapter, and no model of its own. */
export async function isAdapter(dir: string): Promise<boolean> {
  return (await isFile(join(dir, CONFIG_FILE))) && !(await exists(join(dir, 'config.json')));
}

/** The adapter's weights by name and shape: for each adapted projection `[out, in]`, `NAME.lora_A.weight [r, in]`, `NAME.lora_B.weight [out, r]`. */
export function adapterShapes(config: LlamaConfig, { rank, targets }: Lora): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  for (const [name, shape] of parameterShapes(config)) {
    const projection = /\.(\w+)\.weight$/.exec(name)?.[1];
    if (projection === undefined || shape.length !== 2 || !targets.includes(projection)) continue;
    const module = name.slice(0, -'.weight'.length);
    shapes.set(`${module}.lora_A.weight`, [rank, shape[1]]);
    shapes.set(`${module}.lora_B.weight`, [shape[0], rank]);
  }
  return shapes;
}

const adapterSchema = z.object({
  peft_type: z.literal('LORA', 'only LORA is supported'),
  r: z.number().int().positive(),
  lora_alpha: z.number().positive(),
  target_modules: z.union([z.array(z.string()).min(1), z.string()]),
  base_model_name_or_path: z.string().nullish(),
  use_rslora: z.boolean().nullish(),
  bias: z.literal('none', 'trained biases are not supported').nullish(),
});

/** Each of these makes another function of the same weights: they must be unset (null, false or empty). */
const refused = [
  ...['use_dora', 'use_qalora', 'use_bdlora', 'lora_bias', 'fan_in_fan_out', 'modules_to_save', 'rank_pattern', 'alpha_pattern'],
  ...['layers_to_transform', 'layer_replication', 'exclude_modules', 'target_parameters', 'trainable_token_indices'],
  ...['alora_invocation_tokens', 'arrow_config', 'kasa_config', 'velora_config', 'monteclora_config'],
];

export interface Adapter {
  dir: string;
  lora: Lora;
  /** An existing path, absolute; or, where there is none, the name as it stands in adapter_config.json. */
  base: string;
  /** One weight, flat and row-major, by its name in `adapterShapes`. */
  read(name: string): Promise<Float32Array>;
  /** @throws InputError where the weights are not those of an adapter of this model. */
  check(config: LlamaConfig): void;
  close(): Promise<void>;
}

/** @throws InputError naming the file and the field or tensor that is missing or not supported. */
export async function openAdapter(dir: string): Promise<Adapter> {
  const where = join(dir, CONFIG_FILE);
  const raw = await readJsonFile(where);
  const parsed = adapterSchema.safeParse(raw);
  if (!parsed.success)
    throw new InputError(`${where}: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`);
  const c = parsed.data;
  const odd = refused.find((field) => isSet(raw[field]));
  if (odd) throw new InputError(`${where}: ${odd} is ${JSON.stringify(raw[odd])}, which is not supported; only plain LoRA is`);
  const targets = targetsOf(c.target_modules, where);
  const lora: Lora = { rank: c.r, alpha: c.lora_alpha, targets, scale: loraScale(c.r, c.lora_alpha, c.use_rslora === true) };
  const named = c.base_model_name_or_path;
  if (!named) throw new InputError(`${where}: base_model_name_or_path is missing: it says which model the adapter belongs to`);
  const weights = await openSafetensors(join(dir, WEIGHTS_FILE));
  return {
    dir,
    lora,
    base: (await existing([named, join(dir, named)])) ?? named,
    read: (name) => weights.read(PREFIX + name),
    check(config) {
      const file = join(dir, WEIGHTS_FILE);
      const expected = new Map([...adapterShapes(config, lora)].map(([name, shape]) => [PREFIX + name, shape]));
      for (const [name, shape] of expected) {
        const found = weights.tensors.get(name)?.shape;
        if (found === undefined) throw new InputError(`${file}: tensor '${name}' is missing`);
        if (String(found) !== String(shape))
          throw new InputError(
            `${file}: tensor '${name}' is [${found.join(', ')}]; with this base model and rank it should be [${shape.join(', ')}]`,
          );
      }
      for (const name of weights.tensors.keys())
        if (!expected.has(name))
          throw new InputError(`${file}: tensor '${name}' belongs to no adapted projection of the base model ${named}`);
    },
    close: () => weights.close(),
  };
}

function isSet(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return value !== undefined && value !== null && value !== false;
}

export function loraScale(rank: number, alpha: number, rankStabilised = false): number {
  return alpha / (rankStabilised ? Math.sqrt(rank) : rank);
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

async function existing(paths: string[]): Promise<string | undefined> {
  for (const path of paths) if ((await isDirectory(path)) || (await isFile(path))) return resolve(path);
  return undefined;
}

/** Writes the two files into `dir`, which is created. `base` is the path of the model that it adapts. */
export async function writeAdapter(
  dir: string,
  { rank, alpha, targets, scale }: Lora,
  base: string,
  weights: readonly { name: string; shape: number[]; data: Float32Array }[],
): Promise<void> {
  await mkdir(dir);
  const tensors = weights.map(({ name, shape, data }) => ({ name: PREFIX + name, shape, data, dtype: 'F32' as const }));
  await writeSafetensors(join(dir, WEIGHTS_FILE), tensors);
  const config = {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: hubName(base) ?? base,
    r: rank,
    lora_alpha: alpha,
    target_modules: targets,
    lora_dropout: 0,
    use_rslora: scale !== loraScale(rank, alpha),
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
  };
  await writeTextAtomic(join(dir, CONFIG_FILE), `${JSON.stringify(config, null, 2)}\n`);
}

/** A model in the hub's cache is known elsewhere by its id. */
function hubName(path: string): string | undefined {
  const match = /[\\/]models--([^\\/]+?)--([^\\/]+)[\\/]snapshots[\\/][^\\/]+[\\/]?$/.exec(path);
  return match ? `${match[1]}/${match[2]}` : undefined;
}

/** W + scale B A: `weight [out, in]` is changed in place. `a [r, in]`, `b [out, r]`. */
export function mergeAdapter(weight: Float32Array, a: Float32Array, b: Float32Array, rank: number, scale: number): void {
  const width = a.length / rank;
  for (let row = 0; row * width < weight.length; row++) {
    const target = weight.subarray(row * width, (row + 1) * width);
    for (let k = 0; k < rank; k++) {
      const factor = scale * b[row * rank + k];
      const source = a.subarray(k * width, (k + 1) * width);
      for (let i = 0; i < width; i++) target[i] += factor * source[i];
    }
  }
}
