// Weights that lie in several safetensors files, as Hugging Face writes large models: model.safetensors.index.json says which tensor is in
// which file. The index and the files must say the same, both ways; then they are read as one.

import { InputError } from '../platform/errors.ts';
import { exists, join } from '../platform/files.ts';
import { readJsonFile } from './inputFile.ts';
import { openSafetensors, type Safetensors } from './safetensors.ts';

/** The index of a directory whose weights are split. */
export const indexName = 'model.safetensors.index.json';

/**
 * Opens all files that the index of `dir` names.
 * @throws InputError naming the index, the file and the tensor: a file that is missing or lies outside of `dir`, a tensor that is not in its
 *   file, or in one where the index does not place it.
 */
export async function openShards(dir: string): Promise<Safetensors> {
  const index = join(dir, indexName);
  const places = weightMap(await readJsonFile(index), index);
  const shards = new Map<string, Safetensors>();
  const close = async (): Promise<void> => {
    for (const shard of shards.values()) await shard.close();
  };
  try {
    for (const [tensor, file] of places) {
      if (shards.has(file)) continue;
      if (!(await exists(join(dir, file))))
        throw new InputError(`${join(dir, file)}: there is no such file; ${indexName} places tensor '${tensor}' in it: fetch it again`);
      shards.set(file, await openSafetensors(join(dir, file)));
    }
    checkPlaces(places, shards, dir);
  } catch (error) {
    await close();
    throw error;
  }
  const shardOf = (name: string): Safetensors => {
    const shard = shards.get(places.get(name) ?? '');
    if (!shard) throw new InputError(`${index}: there is no tensor '${name}'`);
    return shard;
  };
  const all = [...shards.values()];
  return {
    tensors: new Map(all.flatMap(({ tensors }) => [...tensors])),
    metadata: all[0]?.metadata ?? {},
    requireReadable: (name) => shardOf(name).requireReadable(name),
    read: async (name) => shardOf(name).read(name),
    close,
  };
}

/** The files that an index names. @throws InputError where it is none, or names what lies elsewhere */
export async function indexedFiles(index: string): Promise<string[]> {
  return [...new Set(weightMap(await readJsonFile(index), index).values())];
}

/** Tensor to file. Hugging Face's names are plain ones: anything else would read from wherever the index likes. */
function weightMap(json: Record<string, unknown>, index: string): Map<string, string> {
  const map = json.weight_map;
  if (typeof map !== 'object' || map === null || Array.isArray(map))
    throw new InputError(`${index}: weight_map is missing; expected an object that gives each tensor its file`);
  const places = new Map(Object.entries(map as Record<string, unknown>));
  for (const [tensor, file] of places)
    if (typeof file !== 'string' || !/^[^/\\:]+\.safetensors$/.test(file))
      throw new InputError(
        `${index}: tensor '${tensor}' is placed in ${JSON.stringify(file)}; expected the name of a .safetensors file in the same directory`,
      );
  return places as Map<string, string>;
}

function checkPlaces(places: Map<string, string>, shards: Map<string, Safetensors>, dir: string): void {
  for (const [tensor, file] of places)
    if (!shards.get(file)?.tensors.has(tensor))
      throw new InputError(`${join(dir, file)}: there is no tensor '${tensor}', which ${indexName} places in it`);
  for (const [file, { tensors }] of shards)
    for (const tensor of tensors.keys()) {
      const place = places.get(tensor);
      if (place === file) continue;
      const found = place === undefined ? 'does not name' : `places in ${place}`;
      throw new InputError(`${join(dir, file)}: it holds tensor '${tensor}', which ${indexName} ${found}`);
    }
}
