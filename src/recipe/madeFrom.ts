// What a stage is made from: its settings, its seed, and the contents of all that it reads. Two stages made from the same make the same;
// where they differ, this says in what.

import { isDeepStrictEqual } from 'node:util';
import { sha256 } from '../platform/hash.ts';
import { askedOf } from '../stages/curation/endpoint.ts';
import { type StageSettings, stageSchemas } from '../stages/settings.ts';
import { isTaskFile } from '../tasks/task.ts';
import type { Contents } from './contents.ts';
import { dotted } from './problems.ts';
import { placesOf, referenceIn, taskFilesOf, type WiredStage, withTexts } from './wiring.ts';

/** As it is kept in stages.json. */
export interface MadeFrom {
  settings: StageSettings;
  seed: number;
  /** By the setting that names it. */
  inputs: Record<string, Input>;
}

interface Input {
  /** As the recipe has it. */
  name: string;
  content: string;
}

/** Settings that change nothing of what comes out. */
const withoutEffect = ['saveEvery', 'keep', 'logEvery'];

/** @param fingerprints of the stages that it refers to, by name */
export async function madeFrom(stage: WiredStage, fingerprints: Readonly<Record<string, string>>, contents: Contents): Promise<MadeFrom> {
  const { settings, seed, places, tasks, decontaminate } = stage;
  const inputs: Record<string, Input> = {};
  for (const { path, wants, text } of places) {
    const reference = referenceIn(text);
    const content = reference
      ? [fingerprints[reference.stage], ...(reference.part === undefined ? [] : [reference.part])].join(' ')
      : await contents.of(wants === 'data' ? 'data' : 'model', text);
    inputs[dotted(path)] = { name: text, content };
  }
  for (const [i, name] of tasks.entries()) {
    const at = tasks.length === 1 ? 'task' : `tasks.${isTaskFile(name) ? i : name}`;
    inputs[at] = { name, content: await contents.of('task', name) };
  }
  for (const [i, name] of decontaminate.entries()) inputs[`decontaminate.${i}`] = { name, content: await contents.of('data', name) };
  return { settings, seed, inputs };
}

/** The same for all that make the same. */
export function fingerprintOf({ settings, seed, inputs }: MadeFrom): string {
  const contents = Object.entries(inputs).map(([at, { content }]) => [at, content]);
  return sha256(JSON.stringify(sorted({ settings: counted(settings), seed, inputs: Object.fromEntries(contents) })));
}

export interface Changes {
  /** Of the stage itself, each in words. */
  own: string[];
  /** Stages that it takes something from, and that have changed. */
  from: string[];
}

/** What differs; nothing where a stage made from `before` is the one that is to be made from `now`. */
export function changesBetween(before: MadeFrom, now: MadeFrom): Changes {
  const changes: Changes = { own: [], from: [] };
  differences(counted(reread(before.settings)), counted(now.settings), [], changes.own);
  if (before.seed !== now.seed) changes.own.push(`seed was ${before.seed} and is now ${now.seed}`);
  for (const at of new Set([...Object.keys(before.inputs), ...Object.keys(now.inputs)])) {
    const [then, here] = [before.inputs[at], now.inputs[at]];
    if (then?.content === here?.content) continue;
    const reference = here && referenceIn(here.name);
    if (then?.name !== here?.name) changes.own.push(`${at} was ${then?.name ?? 'absent'} and is now ${here?.name ?? 'absent'}`);
    else if (reference) changes.from.push(reference.stage);
    else changes.own.push(`${at}: ${here?.name} has changed`);
  }
  return changes;
}

/** A later version of the program may know settings that were not there: with their defaults they change nothing. */
function reread(settings: StageSettings): unknown {
  const parsed = stageSchemas[settings.kind]?.safeParse(settings);
  return parsed?.success ? parsed.data : settings;
}

/** Settings as far as they count; what they name counts by its contents, and a model behind an endpoint wherever it is served. */
function counted(settings: unknown): unknown {
  const known = settings as StageSettings;
  const places = [...placesOf(known), ...taskFilesOf(known)].map(({ path }) => ({ path, text: '' }));
  const named = new Set(['task', 'model', 'data', 'seed', ...withoutEffect]);
  const counting = Object.entries(withTexts(known, places)).filter(([key]) => !named.has(key));
  return Object.fromEntries(counting.map(([key, value]) => [key, isCollection(value) && 'url' in value ? askedOf(value) : value]));
}

function differences(before: unknown, now: unknown, path: string[], found: string[]): void {
  if (isCollection(before) && isCollection(now)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) differences(before[key], now[key], [...path, key], found);
  } else if (!isDeepStrictEqual(before, now)) found.push(`${dotted(path)} was ${spoken(before)} and is now ${spoken(now)}`);
}

function isCollection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function spoken(value: unknown): string {
  return value === undefined ? 'absent' : isCollection(value) ? JSON.stringify(value) : String(value);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isCollection(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
}
