// What each stage of a recipe gets from where: its settings with what it takes from the recipe or from the stages before written out, and
// the places among them that name what another stage made.

import type { StageSettings } from '../stages/settings.ts';
import { labGeneral } from '../tasks/lab/general/rows.ts';
import { isTaskFile } from '../tasks/task.ts';
import type { Recipe } from './recipe.ts';
import { type Kind, kindOf, type Sort } from './stageKinds.ts';

/** A setting that names a model, data, ...: the user's own, or what a stage makes. */
export interface Place {
  /** Within the settings. */
  path: (string | number)[];
  wants: Sort;
  text: string;
}

export interface WiredStage {
  name: string;
  kind: Kind<StageSettings>;
  /** With `model`, `task`, `data` and `columns` where the stage needs them. */
  settings: StageSettings;
  places: Place[];
  /** Names or files. */
  tasks: readonly string[];
  seed: number;
  /** Evaluation sets that are kept out of what it works on. */
  decontaminate: readonly string[];
}

/** The recipe's stages in their order. */
export function wire(recipe: Recipe): WiredStage[] {
  let model = recipe.model;
  return Object.entries(recipe.stages).map(([name, settings]) => {
    const kind = kindOf(settings);
    const complete = completed(settings, kind, { ...recipe, model });
    if (kind.makes === 'model') model = `$${name}`;
    return {
      name,
      kind,
      settings: complete,
      places: placesOf(complete),
      tasks: tasksOf(complete, kind),
      seed: ('seed' in settings ? settings.seed : undefined) ?? recipe.seed,
      decontaminate: kind.decontaminated ? (recipe.decontaminate ?? []) : [],
    };
  });
}

function completed(
  settings: StageSettings,
  kind: Kind<StageSettings>,
  from: Pick<Recipe, 'model' | 'task' | 'data' | 'columns'>,
): StageSettings {
  const needs = kind.needs(settings);
  const several = (kind.tasks?.(settings).length ?? 0) > 0;
  const { model, task, data, columns } = from;
  const defaults: Record<string, unknown> = {
    ...(needs.includes('model') ? { model } : {}),
    ...(needs.includes('data') ? { data } : {}),
    ...(needs.includes('task') ? { data, columns, ...(several ? {} : { task }) } : {}),
  };
  const own = Object.entries(settings).filter(([, value]) => value !== undefined);
  const given = Object.entries(defaults).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), ...Object.fromEntries(own) } as StageSettings;
}

function tasksOf(settings: StageSettings, kind: Kind<StageSettings>): readonly string[] {
  if (!kind.needs(settings).includes('task')) return [];
  const several = kind.tasks?.(settings) ?? [];
  if (several.length > 0) return several;
  const one = fieldOf(settings, 'task');
  return one === undefined ? [] : [one];
}

/** A setting that not every kind has. */
export function fieldOf(settings: StageSettings, name: 'model' | 'task' | 'data'): string | undefined {
  const value = (settings as Partial<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value : undefined;
}

/** Where the settings name models and data. */
export function placesOf(settings: StageSettings): Place[] {
  return Object.entries(kindOf(settings).refersTo).flatMap(([pattern, wants]) =>
    textsAt(settings, pattern.split('.'))
      // Further data that come with the program count by their name, as the other settings of `plus` do.
      .filter(({ text }) => text !== labGeneral || pattern !== 'plus.*.data')
      .map(({ path, text }) => ({ path, wants, text })),
  );
}

/** Where they name one of several tasks by its file. */
export function taskFilesOf(settings: StageSettings): { path: (string | number)[]; text: string }[] {
  return textsAt(settings, ['tasks', '*', 'task']).filter(({ text }) => isTaskFile(text));
}

function textsAt(value: unknown, [key, ...rest]: string[]): { path: (string | number)[]; text: string }[] {
  if (key === undefined) return typeof value === 'string' ? [{ path: [], text: value }] : [];
  if (typeof value !== 'object' || value === null) return [];
  const keys = key === '*' ? Object.keys(value) : Object.hasOwn(value, key) ? [key] : [];
  return keys.flatMap((own) =>
    textsAt((value as Record<string, unknown>)[own], rest).map(({ path, text }) => ({
      path: [Array.isArray(value) ? Number(own) : own, ...path],
      text,
    })),
  );
}

/** The settings with other texts in some places. */
export function withTexts(settings: StageSettings, texts: readonly { path: readonly (string | number)[]; text: string }[]): StageSettings {
  const copy = structuredClone(settings);
  for (const { path, text } of texts) {
    let here = copy as unknown as Record<string | number, unknown>;
    for (const key of path.slice(0, -1)) here = here[key] as Record<string | number, unknown>;
    here[path[path.length - 1]] = text;
  }
  return copy;
}

export interface Reference {
  stage: string;
  /** Of a stage that makes several. */
  part?: string;
}

/** The recipe's own model, where a stage would else start from what another has made; a stage of that name goes before it. */
export const ownModel = '$model';

/** What `$stage` or `$stage.part` names; undefined for any other text. */
export function referenceIn(text: string): Reference | undefined {
  if (!text.startsWith('$')) return undefined;
  const [stage, ...part] = text.slice(1).split('.');
  return part.length === 0 ? { stage } : { stage, part: part.join('.') };
}

/** The names of those of `stages` that need what one of `names` makes, directly or through others; these included. */
export function dependentsOf(names: readonly string[], stages: readonly WiredStage[]): Set<string> {
  const found = new Set(names);
  // A stage refers to earlier ones alone: one pass finds all.
  for (const { name, places } of stages) if (places.some(({ text }) => found.has(referenceIn(text)?.stage ?? ''))) found.add(name);
  return found;
}
