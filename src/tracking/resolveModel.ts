// Where a model lies, from what a user calls it: `lab:base`, a directory in Hugging Face format, a .gguf file, a run's directory,
// whose newest whole checkpoint is meant, or a name on the Hugging Face hub. Used by the recipe, the stages and the command line alike.
import { parse } from 'yaml';
import { didYouMean } from '../algorithms/nearest.ts';
import { adapterBase } from '../formats/adapterConfig.ts';
import { fetchHubModel, type HubModel, parseHubModel } from '../formats/hubModel.ts';
import { isAdapter } from '../formats/lora.ts';
import { InputError } from '../platform/errors.ts';
import * as files from '../platform/files.ts';
import { newestCheckpoint } from './checkpoints.ts';
import { handedOnStep } from './finishedStages.ts';
import { partName } from './names.ts';

/** Models that ship with the program, beside its sources. */
const shipped: Record<string, { dir: string; recipe: string }> = {
  'lab:base': { dir: 'models/lab-base', recipe: 'recipes/lab-base.yaml' },
  'lab:tiny': { dir: 'models/lab-tiny', recipe: 'recipes/lab-students.yaml' },
};

/**
 * The absolute path of a directory with config.json, of an adapter's directory, or of a .gguf file. Relative names start from the working directory.
 * What lies there goes before a name on the hub, whose model is downloaded where the cache has it not; so is an adapter's base.
 * @throws InputError that says what is there instead
 */
export async function resolveModel(name: string): Promise<string> {
  const path = await placeOf(name);
  if (await isAdapter(path)) await adapterBase(path);
  return path;
}

async function placeOf(name: string): Promise<string> {
  if (name.startsWith('lab:')) {
    if (!Object.hasOwn(shipped, name)) throw new InputError(`model: there is no "${name}"${didYouMean(name, Object.keys(shipped))}`);
    const { recipe, dir: place } = shipped[name];
    const dir = files.join(files.pathOf(new URL('../..', import.meta.url)), place);
    if (!(await files.isFile(files.join(dir, 'config.json'))))
      throw new InputError(`model: ${name} should be at ${dir}, which is not there or lacks config.json; ${recipe} makes it`);
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
  const onHub = parseHubModel(name);
  if (onHub === undefined)
    throw new InputError(`model: there is nothing at ${path} (nor can this be a name on the Hugging Face hub, owner/name)`);
  return fetchNamed(onHub, path);
}

async function fetchNamed(onHub: HubModel, path: string): Promise<string> {
  try {
    return await fetchHubModel(onHub);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const mayBePath = onHub.revision === undefined && onHub.gguf === undefined;
    throw new InputError(
      `model: ${error.message}${mayBePath ? ` (taken for a name on the Hugging Face hub, for there is nothing at ${path})` : ''}`,
    );
  }
}

/**
 * The newest whole checkpoint of the last stage that has one, of a stage that is done the one that it hands on. A reward model is passed over:
 * it scores, and says nothing; and so is a stage of several students, which is no one model.
 */
async function newestOfRun(run: string): Promise<string> {
  const passedOver: string[] = [];
  const severalOf: string[] = [];
  const recipe: unknown = parse(await files.readText(files.join(run, 'recipe.yaml')));
  const stages =
    typeof recipe === 'object' && recipe !== null && 'stages' in recipe && typeof recipe.stages === 'object' && recipe.stages !== null
      ? recipe.stages
      : {};
  const kinds = Object.entries(stages as Record<string, { kind?: unknown; students?: unknown } | null>);
  for (const [stage, settings] of kinds.reverse()) {
    if (settings?.kind === 'reward_model') continue;
    const students = settings?.kind === 'distill' ? Object.keys(settings.students ?? {}) : undefined;
    const names = students?.map((student) => partName(stage, student)) ?? [stage];
    const found: string[] = [];
    for (const name of names) {
      const passOver = (message: string): void => void passedOver.push(message);
      const checkpoint = await newestCheckpoint(files.join(run, 'checkpoints'), name, undefined, passOver, await handedOnStep(run, name));
      if (checkpoint) found.push(checkpoint.dir);
    }
    if (found.length > 1) severalOf.push(...found);
    else if (found.length === 1) return found[0];
  }
  if (severalOf.length > 0) throw new InputError(`model: the run ${run} has several students; name one: ${severalOf.join(' or ')}`);
  throw new InputError(`model: the run ${run} has no whole checkpoint yet${passedOver.length > 0 ? ` (${passedOver.join('; ')})` : ''}`);
}
