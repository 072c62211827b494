// Where a model lies, from what a user calls it: `lab:base`, a directory in Hugging Face format, a .gguf file, or a run's directory,
// whose newest whole checkpoint is meant. Used by the recipe, the stages and the command line alike.
import { parse } from 'yaml';
import { didYouMean } from '../algorithms/nearest.ts';
import { isAdapter } from '../formats/lora.ts';
import { InputError } from '../platform/errors.ts';
import * as files from '../platform/files.ts';
import { newestCheckpoint } from './checkpoints.ts';

/** Models that ship with the program, beside its sources. */
const shipped: Record<string, string> = { 'lab:base': 'models/lab-base' };

/**
 * The absolute path of a directory with config.json, of an adapter's directory, or of a .gguf file. Relative names start from the working directory.
 * @throws InputError that says what is there instead
 */
export async function resolveModel(name: string): Promise<string> {
  if (name.startsWith('lab:')) {
    if (!Object.hasOwn(shipped, name)) throw new InputError(`model: there is no "${name}"${didYouMean(name, Object.keys(shipped))}`);
    const dir = files.join(files.pathOf(new URL('../..', import.meta.url)), shipped[name]);
    if (!(await files.isFile(files.join(dir, 'config.json'))))
      throw new InputError(`model: ${name} should be at ${dir}, which is not there or lacks config.json; recipes/lab-base.yaml makes it`);
    return dir;
  }
  const path = files.resolve(name);
  if (await files.isFile(path)) {
    if (path.toLowerCase().endsWith('.gguf')) return path;
    throw new InputError(`model: ${path} is a file, but no .gguf file; give the directory that holds config.json and model.safetensors`);
  }
  if (await files.isDirectory(path)) {
    if ((await files.isFile(files.join(path, 'config.json'))) || (await isAdapter(path))) return path;
    if (await files.isFile(files.join(path, 'recipe.yaml'))) return await newestOfRun(path);
    const names = await files.list(path);
    const gguf = names.filter((n) => n.toLowerCase().endsWith('.gguf'));
    if (gguf.length > 0)
      throw new InputError(`model: ${path} has no config.json; did you mean the file in it, ${files.join(name, gguf[0])}?`);
    throw new InputError(`model: ${path} has no config.json: it is no model in Hugging Face format`);
  }
  if (/^[\w.-]+\/[\w.-]+$/.test(name) && !name.startsWith('.'))
    throw new InputError(
      `model: there is nothing at ${path}. If "${name}" is the name of a model on the Hugging Face hub, download it first and give its directory`,
    );
  throw new InputError(`model: there is nothing at ${path}`);
}

/** The newest whole checkpoint of the last stage that has one. */
async function newestOfRun(run: string): Promise<string> {
  const passedOver: string[] = [];
  const recipe: unknown = parse(await files.readText(files.join(run, 'recipe.yaml')));
  const stages =
    typeof recipe === 'object' && recipe !== null && 'stages' in recipe && typeof recipe.stages === 'object' && recipe.stages !== null
      ? recipe.stages
      : {};
  for (const stage of Object.keys(stages).reverse()) {
    const checkpoint = await newestCheckpoint(files.join(run, 'checkpoints'), stage, undefined, (message) => passedOver.push(message));
    if (checkpoint) return checkpoint.dir;
  }
  throw new InputError(`model: the run ${run} has no whole checkpoint yet${passedOver.length > 0 ? ` (${passedOver.join('; ')})` : ''}`);
}
