// A recipe: what a run is made of, read from YAML. Everything wrong with it is found before anything loads, and named by file,
// line and key; all problems at once. Paths in the file are relative to the file's folder, those on the command line to where it is run.
import { existsSync } from 'node:fs';
import { type Document, isMap, LineCounter, parseDocument, stringify } from 'yaml';
import type { z } from 'zod';
import { didYouMean } from '../algorithms/nearest.ts';
import { requireData } from '../datasets/files.ts';
import { parseHubData } from '../datasets/hubData.ts';
import { parseHubModel } from '../formats/hubModel.ts';
import { InputError } from '../platform/errors.ts';
import * as files from '../platform/files.ts';
import { type StageKind, type StageSettings, stageSchemas } from '../stages/settings.ts';
import { labGeneral } from '../tasks/lab/general/rows.ts';
import { isTaskFile } from '../tasks/task.ts';
import { resolveModel } from '../tracking/resolveModel.ts';
import { applyOverride, firstLine, type Override, parseOverride } from './overrides.ts';
import { dotted, type Problem, problemsOf } from './problems.ts';
import { referenceProblems } from './references.ts';
import { stageName, topLevelSchema, validKeysAt } from './schema.ts';
import { ownModel, placesOf, referenceIn, wire, withTexts } from './wiring.ts';

export interface Recipe {
  name: string;
  /** `lab:base`, a name on the hub or an absolute path; give it to resolveModel. */
  model?: string;
  /** A built-in task's name, or the absolute path of a file. */
  task?: string;
  /** A name on the hub or an absolute path. */
  data?: string;
  /** What the data calls the columns that the task asks for. */
  columns?: Record<string, string>;
  /** Evaluation sets, names on the hub or absolute paths: what shares their questions is not trained on. */
  decontaminate?: string[];
  seed: number;
  /** In the order in which they run. */
  stages: Record<string, StageSettings>;
}

/** Reads, checks and completes a recipe, and sees that the paths it names are there. @throws InputError */
export async function loadRecipe(file: string, overrides: readonly string[] = []): Promise<Recipe> {
  let text: string;
  try {
    text = await files.readText(file);
  } catch (error) {
    if (files.isCode(error, 'ENOENT')) throw new InputError(`there is no recipe ${file}`);
    if (files.isCode(error, 'EISDIR')) throw new InputError(`${file} is a directory: give a recipe, a .yaml file`);
    throw error;
  }
  const recipe = parseRecipe(text, file, overrides);
  if (recipe.model !== undefined) await resolveModel(recipe.model);
  if (recipe.data !== undefined && recipe.data !== labGeneral) await requireData(recipe.data, `${file}: data`);
  for (const { name, places, settings } of wire(recipe)) {
    for (const { path, wants, text: named } of places) {
      if (referenceIn(named) !== undefined || named === labGeneral) continue;
      if (wants === 'data') await requireData(named, `${file}: ${dotted(['stages', name, ...path])}`);
      else if (named !== recipe.model) await resolveModel(named);
    }
    for (const { path, task } of tasksIn(settings))
      if (isTaskFile(task) && !(await files.isFile(task)))
        throw new InputError(`${file}: ${dotted(task === recipe.task ? ['task'] : ['stages', name, ...path])}: there is no file ${task}`);
  }
  for (const [i, evaluation] of (recipe.decontaminate ?? []).entries()) await requireData(evaluation, `${file}: decontaminate[${i}]`);
  return recipe;
}

/** The recipe in `text`, complete with defaults. `file` is for messages, and the folder that its relative paths start from. @throws InputError listing every problem */
export function parseRecipe(text: string, file: string, overrides: readonly string[] = []): Recipe {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0)
    throw new InputError(broken.map((e) => `${place(e.pos[0])}: this is not YAML: ${firstLine(e.message)}`).join('\n'));
  if (!isMap(document.contents))
    throw new InputError(`${file}: a recipe is a map with name, model, task and stages; see recipes/ for some`);
  const data = plainData(document, file);
  const given = overrides.map(parseOverride);
  for (const override of given) applyOverride(data, override);

  const report = (problems: Problem[]): never => {
    const located = problems.map((problem) => ({
      problem,
      override: overrideOf(problem.path, given),
      offset: offsetOf(document.contents, problem),
    }));
    located.sort((a, b) => Number(a.override !== undefined) - Number(b.override !== undefined) || a.offset - b.offset);
    throw new InputError(
      located.map((l) => `${l.override ? `override ${l.override.text}` : place(l.offset)}: ${l.problem.message}`).join('\n'),
    );
  };
  const { recipe, problems } = check(data);
  if (recipe === undefined || problems.length > 0) return report(problems);
  const pathOf = (value: string, at: (string | number)[]) =>
    files.resolve(overrideOf(at, given) ? '.' : files.dirname(files.resolve(file)), value);
  const named = (value: string, at: (string | number)[], onHub: (text: string) => unknown) => {
    const path = pathOf(value, at);
    return value.startsWith('$') || value.startsWith('lab:') || isOnHub(onHub, value, path) ? value : path;
  };
  if (recipe.model !== undefined) recipe.model = named(recipe.model, ['model'], parseHubModel);
  if (recipe.data !== undefined) recipe.data = named(recipe.data, ['data'], parseHubData);
  recipe.decontaminate?.forEach((value, i, all) => {
    all[i] = named(value, ['decontaminate', i], parseHubData);
  });
  if (recipe.task !== undefined && isTaskFile(recipe.task)) recipe.task = pathOf(recipe.task, ['task']);
  for (const [name, settings] of Object.entries(recipe.stages)) {
    const texts = placesOf(settings).map(({ path, wants, text: value }) => ({
      path,
      text:
        value === ownModel && wants === 'model' && recipe.model !== undefined && !('model' in recipe.stages)
          ? recipe.model
          : named(value, ['stages', name, ...path], wants === 'data' ? parseHubData : parseHubModel),
    }));
    for (const { path, task } of tasksIn(settings))
      if (isTaskFile(task)) texts.push({ path, text: pathOf(task, ['stages', name, ...path]) });
    recipe.stages[name] = withTexts(settings, texts);
  }
  return recipe;
}

/** Aliases are resolved only here: one that names nothing, or that blows up the document, shows now. */
function plainData(document: Document, file: string): Record<string, unknown> {
  try {
    return document.toJS();
  } catch (error) {
    throw new InputError(`${file}: this is not YAML: ${firstLine(String(error instanceof Error ? error.message : error))}`);
  }
}

/** The recipe with every default written out, as YAML that parses to the same recipe: what a run's directory keeps. */
export function formatRecipe(recipe: Recipe): string {
  return stringify(recipe, { lineWidth: 0 });
}

/** What lies at `path` goes before a name on the hub; so does what lies in the working directory, where the name would be looked for. */
function isOnHub(parse: (text: string) => unknown, value: string, path: string): boolean {
  return parse(value) !== undefined && !existsSync(path) && !existsSync(value);
}

/** Checks plain data; the recipe is there where its top level is sound. */
function check(data: Record<string, unknown>): { recipe?: Recipe; problems: Problem[] } {
  const problems: Problem[] = [];
  const top = topLevelSchema.safeParse(data);
  if (!top.success) problems.push(...topProblems(top.error.issues, data));
  const stages: Record<string, StageSettings> = {};
  const stageData =
    typeof data.stages === 'object' && data.stages !== null && !Array.isArray(data.stages) ? Object.entries(data.stages) : [];
  if (top.success && stageData.length === 0)
    problems.push({
      path: ['stages'],
      at: 'value',
      message: 'stages is empty: name at least one, e.g. zero: {kind: rl, steps: 100, maxTokens: 256}',
    });
  for (const [name, value] of stageData) {
    const path = ['stages', name];
    const legal = stageName.safeParse(name);
    if (!legal.success) problems.push({ path, at: 'key', message: `the name of stage "${name}" ${legal.error.issues[0].message}` });
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      problems.push({ path, at: 'key', message: `stage ${name} must be a map with kind: ${Object.keys(stageSchemas).join(', ')}` });
      continue;
    }
    const kind = (value as { kind?: unknown }).kind;
    if (!isKind(kind)) {
      const kinds = Object.keys(stageSchemas);
      problems.push({
        path: [...path, 'kind'],
        at: 'value',
        message:
          kind === undefined
            ? `stage ${name} has no kind: one of ${kinds.join(', ')}`
            : `stage ${name}: unknown kind "${kind}"${didYouMean(String(kind), kinds)}`,
      });
      continue;
    }
    const schema: z.ZodType<StageSettings> = stageSchemas[kind];
    const parsed = schema.safeParse(value);
    if (parsed.success) stages[name] = parsed.data;
    else problems.push(...problemsOf(parsed.error.issues, schema, value, path, kind));
  }
  if (!top.success) return { problems };
  const recipe = { ...top.data, stages };
  if (problems.length === 0) problems.push(...referenceProblems(recipe));
  return { recipe, problems };
}

function isKind(kind: unknown): kind is StageKind {
  return typeof kind === 'string' && Object.hasOwn(stageSchemas, kind);
}

/** At the top level a key may be one that belongs in a stage. */
function topProblems(issues: readonly z.core.$ZodIssue[], data: unknown): Problem[] {
  return problemsOf(issues, topLevelSchema, data, []).map((problem) => {
    const key = String(problem.path[0]);
    if (problem.path.length !== 1 || problem.at !== 'key' || !problem.message.startsWith('unknown key')) return problem;
    const kind = (Object.keys(stageSchemas) as StageKind[]).find((k) => validKeysAt(stageSchemas[k], []).includes(key));
    return kind ? { ...problem, message: `"${key}" is a setting of a stage (${kind}): move it under stages` } : problem;
  });
}

/** Where the settings name tasks: one, by part of a mix, or in a list. */
function tasksIn(settings: StageSettings): { path: (string | number)[]; task: string }[] {
  const one = 'task' in settings && settings.task !== undefined ? [{ path: ['task'], task: settings.task }] : [];
  if (!('tasks' in settings) || settings.tasks === undefined) return one;
  if (Array.isArray(settings.tasks)) return [...one, ...settings.tasks.map(({ task }, i) => ({ path: ['tasks', i, 'task'], task }))];
  return [...one, ...Object.entries(settings.tasks).map(([part, { task }]) => ({ path: ['tasks', part, 'task'], task }))];
}

/** The last override that set the value at `path`, or something within it. */
function overrideOf(path: readonly (string | number)[], overrides: readonly Override[]): Override | undefined {
  return overrides.findLast((o) => o.path.every((key, i) => path[i] === key) && o.path.length > 0) ?? undefined;
}

/** Where in the text a problem is: its key or value; where that is not written, the key of the nearest map around it. */
function offsetOf(root: unknown, problem: Problem): number {
  let node: unknown = root;
  let offset = 0;
  for (const [depth, key] of problem.path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((item) => String((item.key as { value?: unknown } | null)?.value) === String(key));
      if (!pair) return offset;
      const last = depth === problem.path.length - 1;
      const keyOffset = rangeStart(pair.key) ?? offset;
      offset = last && problem.at === 'value' ? (rangeStart(pair.value) ?? keyOffset) : keyOffset;
      node = pair.value;
    } else {
      const items: unknown = node && typeof node === 'object' && 'items' in node ? node.items : undefined;
      node = Array.isArray(items) ? items[Number(key)] : undefined;
      offset = rangeStart(node) ?? offset;
    }
  }
  return offset;
}

function rangeStart(node: unknown): number | undefined {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range) ? Number(node.range[0]) : undefined;
}
