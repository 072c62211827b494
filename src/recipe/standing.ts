// How the stages of a recipe stand in a run's directory: new, begun or done, and whether what is there is what the recipe asks for now.
// It reads and writes nothing else, so that a plan can be made beside a run that is going on.

import { didYouMean } from '../algorithms/nearest.ts';
import { InputError } from '../platform/errors.ts';
import { exists, isDirectory, join, readText } from '../platform/files.ts';
import { type FinishedStage, finishedStage } from '../tracking/finishedStages.ts';
import { recipeFingerprint } from '../tracking/runDirectory.ts';
import { ownersOf, readStageRecords, type StageRecord } from '../tracking/stageRecords.ts';
import { hasTraces } from '../tracking/traces.ts';
import { Contents } from './contents.ts';
import { type Changes, changesBetween, fingerprintOf, type MadeFrom, madeFrom } from './madeFrom.ts';
import { parseRecipe, type Recipe } from './recipe.ts';
import { dependentsOf, type WiredStage, wire } from './wiring.ts';

export interface Standing {
  stage: WiredStage;
  state: 'new' | 'begun' | 'done';
  /** It is to be done anew, whatever is there: `--from` says so, or did in a start that was stopped over it. */
  redo: boolean;
  /** What it is begun from. */
  record: StageRecord;
  /** Of what is there from what the recipe asks for. */
  changes: Changes;
  /** What it has left, where it is done. */
  finished?: FinishedStage;
}

/** @param from stages that are to be done anew, with all that depend on them. @throws InputError where the recipe has no such stage */
export async function standingsIn(dir: string, recipe: Recipe, from: readonly string[], contents = new Contents()): Promise<Standing[]> {
  const stages = wire(recipe);
  const names = stages.map(({ name }) => name);
  for (const name of from)
    if (!names.includes(name)) throw new InputError(`--from ${name}: the recipe has no such stage${didYouMean(name, names)}`);
  const redone = dependentsOf(from, stages);
  const records = await recordsIn(dir, contents);
  await requireOfThisRecipe(dir, Object.keys(records), names);
  const fingerprints: Record<string, string> = {};
  const standings: Standing[] = [];
  for (const stage of stages) {
    const { name } = stage;
    const now = await madeFrom(stage, fingerprints, contents);
    const there = await hasTraces(dir, name);
    const recorded = Object.hasOwn(records, name);
    // What is there without a record is what is left of a removal that was stopped.
    const redo = redone.has(name) || (there && !recorded);
    const known = there && recorded ? records[name] : undefined;
    const changes = known ? changesBetween(known.from as MadeFrom, now) : { own: [], from: [] };
    const same = known !== undefined && !redo && changes.own.length === 0 && changes.from.length === 0;
    const record = same ? known : { fingerprint: fingerprintOf(now), from: now };
    fingerprints[name] = record.fingerprint;
    const finished = known && (await finishedOf(dir, stage, known));
    standings.push({ stage, redo, record, changes, finished, state: finished ? 'done' : known ? 'begun' : 'new' });
  }
  return standings;
}

/** A stage may come or go; where none is left of those that have begun it is another run. */
async function requireOfThisRecipe(dir: string, recorded: readonly string[], names: readonly string[]): Promise<void> {
  const begun: string[] = [];
  for (const name of recorded) if (await hasTraces(dir, name)) begun.push(name);
  if (begun.length > 0 && !begun.some((name) => names.includes(name)))
    throw new InputError(
      `${dir} holds a run of another recipe, with the ${begun.length === 1 ? 'stage' : 'stages'} ${listing(begun)}. Give another directory with --out, or remove that one to start anew`,
    );
}

/** "a, b and c" */
function listing(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}

/** @throws InputError where a stage that has begun is not the one that the recipe asks for, and is not to be done anew */
export function requireUnchanged(dir: string, standings: readonly Standing[]): void {
  const changed = standings.filter(({ redo, changes }) => !redo && (changes.own.length > 0 || changes.from.length > 0));
  if (changed.length === 0) return;
  const roots = changed.filter(({ changes }) => changes.own.length > 0);
  const lines = changed.map(({ stage, changes: { own, from } }) =>
    own.length > 0 ? `  ${stage.name}: ${listed(own)}` : `  ${stage.name}: it is made from ${listing([...new Set(from)])}`,
  );
  const [what, them] = changed.length === 1 ? ['a stage that was', 'it'] : ['stages that were', 'them'];
  const flags = (roots.length > 0 ? roots : changed).map(({ stage }) => `--from ${stage.name}`).join(' ');
  throw new InputError(
    `${dir} holds ${what} begun otherwise than the recipe has it now:\n${lines.join('\n')}\nTo do ${them} anew, with all that depends on ${them}: ${flags} (what was made is replaced). Or put back what has changed, or give another directory with --out`,
  );
}

function listed(changes: readonly string[]): string {
  return changes.length > 4 ? `${changes.slice(0, 4).join('; ')}; and ${changes.length - 4} more` : changes.join('; ');
}

/** Of every stage that was begun there. A directory of before stages had records tells by its recipe what they were begun from. */
async function recordsIn(dir: string, contents: Contents): Promise<Readonly<Record<string, StageRecord>>> {
  const records = await readStageRecords(dir);
  const file = join(dir, 'recipe.yaml');
  if (records !== undefined || !(await exists(file))) return records ?? {};
  const adopted: Record<string, StageRecord> = {};
  const whole = await recipeFingerprint(dir);
  const fingerprints: Record<string, string> = {};
  for (const stage of wire(parseRecipe(await readText(file), file))) {
    const from = await madeFrom(stage, fingerprints, contents);
    fingerprints[stage.name] = fingerprintOf(from);
    adopted[stage.name] = { fingerprint: fingerprints[stage.name], recipe: whole, from };
  }
  return adopted;
}

/** What a stage that is done has left; undefined where it is not, or it is gone. */
export async function finishedOf(dir: string, { name, kind }: WiredStage, record: StageRecord): Promise<FinishedStage | undefined> {
  const finished = await finishedStage(dir, name, ownersOf(record), () => {});
  return finished && kind.makes === 'data' && !(await isDirectory(join(dir, 'data', name))) ? undefined : finished;
}
