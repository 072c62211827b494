// A LoRA adapter on disk as peft has it: adapter_config.json and adapter_model.safetensors. W x becomes W x + (alpha / rank) B A x
// (Hu et al. 2021, eq. 3). models/llama adds the two products; here are its sizes, names and files; adapterConfig.ts reads the first.

import { InputError } from '../platform/errors.ts';
import { exists, isFile, join, mkdir, writeTextAtomic } from '../platform/files.ts';
import { adapterBase, adapterConfigName, readAdapterConfig } from './adapterConfig.ts';
import { type Head, type LlamaConfig, parameterShapes, SCORE, withScalarHead } from './modelConfig.ts';
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

const WEIGHTS_FILE = 'adapter_model.safetensors';
/** peft's wrapper (base_model), its LoraModel (model) and the model class's own prefix, which our names already have. */
const PREFIX = 'base_model.model.';

/** Whether a directory holds an adapter, and no model of its own. */
export async function isAdapter(dir: string): Promise<boolean> {
  return (await isFile(join(dir, adapterConfigName))) && !(await exists(join(dir, 'config.json')));
}

/**
 * The adapter's weights by name and shape: for each adapted projection `[out, in]`, `NAME.lora_A.weight [r, in]`, `NAME.lora_B.weight [out, r]`;
 * and the whole of a scalar head, which is trained beside them (peft's modules_to_save).
 */
export function adapterShapes(config: LlamaConfig, { rank, targets }: Lora): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  for (const [name, shape] of parameterShapes(config)) {
    const projection = /\.(\w+)\.weight$/.exec(name)?.[1];
    if (projection === undefined || shape.length !== 2 || !targets.includes(projection)) continue;
    const module = name.slice(0, -'.weight'.length);
    shapes.set(`${module}.lora_A.weight`, [rank, shape[1]]);
    shapes.set(`${module}.lora_B.weight`, [shape[0], rank]);
  }
  if (config.head === 'scalar') shapes.set(SCORE, [1, config.hiddenSize]);
  return shapes;
}

export interface Adapter {
  dir: string;
  lora: Lora;
  /** Of the model that it adapts, absolute: a path that adapter_config.json names, or of a name on the hub its place in the cache. */
  base: string;
  /** A reward model's adapter brings its head along. */
  head: Head;
  /** One weight, flat and row-major, by its name in `adapterShapes`. */
  read(name: string): Promise<Float32Array>;
  /**
   * The base's config as this adapter makes it.
   * @throws InputError where the weights are not those of an adapter of this model.
   */
  adapt(base: LlamaConfig): LlamaConfig & { lora: Lora };
  close(): Promise<void>;
}

/** @throws InputError naming the file and the field or tensor that is missing or not supported, and a base model that is not to be had. */
export async function openAdapter(dir: string): Promise<Adapter> {
  const { rank, alpha, targets, rankStabilised, head } = await readAdapterConfig(dir);
  const lora: Lora = { rank, alpha, targets, scale: loraScale(rank, alpha, rankStabilised) };
  const base = await adapterBase(dir);
  const weights = await openSafetensors(join(dir, WEIGHTS_FILE));
  return {
    dir,
    lora,
    base,
    head,
    read: (name) => weights.read(PREFIX + name),
    adapt(plain) {
      const file = join(dir, WEIGHTS_FILE);
      if (head === 'lm' && plain.head === 'scalar')
        throw new InputError(`${join(dir, adapterConfigName)}: task_type is not SEQ_CLS, and the base ${base} is a reward model`);
      const config = head === 'scalar' ? withScalarHead(plain) : plain;
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
          throw new InputError(`${file}: tensor '${name}' belongs to no adapted projection of the base model ${base}`);
      return { ...config, lora };
    },
    close: () => weights.close(),
  };
}

export function loraScale(rank: number, alpha: number, rankStabilised = false): number {
  return alpha / (rankStabilised ? Math.sqrt(rank) : rank);
}

/** Writes the two files into `dir`, which is created. `base` is the path of the model that it adapts; `weights` are those of `adapterShapes`. */
export async function writeAdapter(
  dir: string,
  { lora: { rank, alpha, targets, scale }, head }: { lora: Lora; head: Head },
  base: string,
  weights: readonly { name: string; shape: number[]; data: Float32Array }[],
): Promise<void> {
  await mkdir(dir);
  const tensors = weights.map(({ name, shape, data }) => ({ name: PREFIX + name, shape, data, dtype: 'F32' as const }));
  await writeSafetensors(join(dir, WEIGHTS_FILE), tensors);
  const config = {
    peft_type: 'LORA',
    ...(head === 'scalar' ? { task_type: 'SEQ_CLS', modules_to_save: ['score'] } : { task_type: 'CAUSAL_LM' }),
    ...(onHub(base) ?? { base_model_name_or_path: base }),
    r: rank,
    lora_alpha: alpha,
    target_modules: targets,
    lora_dropout: 0,
    use_rslora: scale !== loraScale(rank, alpha),
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
  };
  await writeTextAtomic(join(dir, adapterConfigName), `${JSON.stringify(config, null, 2)}\n`);
}

/** A model in the hub's cache is known elsewhere by its id, and the commit that it is of. */
function onHub(path: string): { base_model_name_or_path: string; revision: string } | undefined {
  const [, owner, name, revision] = /[\\/]models--([^\\/]+?)--([^\\/]+)[\\/]snapshots[\\/]([^\\/]+)[\\/]?$/.exec(path) ?? [];
  return owner === undefined ? undefined : { base_model_name_or_path: `${owner}/${name}`, revision };
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
