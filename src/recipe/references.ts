// Whether the stages of a recipe fit together: `$stage` must be an earlier one that makes what is wanted, and what a stage needs must be there.

import { didYouMean } from '../algorithms/nearest.ts';
import type { StageSettings } from '../stages/settings.ts';
import { labGeneral } from '../tasks/lab/general/rows.ts';
import { dotted, type Problem } from './problems.ts';
import type { Recipe } from './recipe.ts';
import { kindOf, type Makes, type Sort } from './stageKinds.ts';
import { fieldOf, ownModel, type Place, placesOf, type Reference, referenceIn, wire } from './wiring.ts';

const spoken: Record<Makes, string> = {
  model: 'a model',
  models: 'several models',
  data: 'data',
  prompts: 'prompts',
  rewardModel: 'a reward model',
  nothing: 'nothing that others can use',
};

/** What is wrong between the stages; of each place the first problem. */
export function referenceProblems(recipe: Recipe): Problem[] {
  const problems: Problem[] = [];
  for (const key of ['model', 'data'] as const)
    if (recipe[key]?.startsWith('$'))
      problems.push({
        path: [key],
        at: 'value',
        message: `${key}: ${recipe[key]} is the name of a stage; the recipe's own ${key} ${key === 'model' ? 'comes' : 'come'} before every stage`,
      });
  const cycles = cyclesIn(recipe);
  for (const name of Object.keys(recipe.stages))
    for (const place of placesOf(recipe.stages[name])) {
      const reference = referenceIn(place.text);
      if (reference === undefined) continue;
      const path = ['stages', name, ...place.path];
      const cycle = cycles.find(({ first, at }) => first === name && at === dotted(place.path));
      const inCycle = cycles.some(({ members }) => members.includes(name) && members.includes(reference.stage));
      const why = cycle ? cycle.message : inCycle ? undefined : misfit(recipe, name, place, reference);
      if (why !== undefined) problems.push({ path, at: 'value', message: `${dotted(path)}: ${why}` });
    }
  problems.push(...missing(recipe), ...misplacedExamples(recipe), ...othersThanSeen(recipe), ...unreadColumns(recipe));
  return problems.filter((p, i) => problems.findIndex((q) => dotted(q.path) === dotted(p.path)) === i);
}

/** Why the place cannot be given what it names; undefined where it can. */
function misfit({ stages, model }: Recipe, name: string, { wants, text }: Place, { stage, part }: Reference): string | undefined {
  const names = Object.keys(stages);
  if (text === ownModel && !names.includes(stage) && wants === 'model')
    return model === undefined
      ? `it is the recipe's own model, and there is none: add model, or model=MODEL on the command line`
      : undefined;
  if (!names.includes(stage)) {
    const fitting = names.slice(0, names.indexOf(name)).filter((before) => fits(kindOf(stages[before]).makes, wants));
    return `there is no stage "${stage}"${didYouMean(stage, fitting).replace(/^; there (is|are) (.*)/, '; before it there $1 $2')}`;
  }
  const kind = kindOf(stages[stage]);
  if (!fits(kind.makes, wants)) return `stage "${stage}" (${stages[stage].kind}) makes ${spoken[kind.makes]}, not ${spoken[wants]}`;
  if (names.indexOf(stage) > names.indexOf(name)) return `stage "${stage}" does not come before this one: move it up`;
  const parts = kind.makes === 'models' ? (kind.parts?.(stages[stage]) ?? []) : undefined;
  if (parts === undefined)
    return part === undefined ? undefined : `stage "${stage}" makes ${spoken[kind.makes]}, without parts: write $${stage}`;
  if (part === undefined)
    return `stage "${stage}" makes several models: name one of them, ${parts.map((one) => `$${stage}.${one}`).join(' or ')}`;
  return parts.includes(part) ? undefined : `stage "${stage}" makes no "${part}"${didYouMean(part, parts)}`;
}

function fits(makes: Makes, wants: Sort): boolean {
  return makes === wants || (makes === 'models' && wants === 'model');
}

/** The recipe's columns are those that a task asks for: where no stage works on one, they would be passed over in silence. */
function unreadColumns({ columns, stages }: Recipe): Problem[] {
  if (columns === undefined) return [];
  const needs = Object.entries(stages).map(([name, settings]) => ({ name, of: kindOf(settings).needs(settings) }));
  if (needs.some(({ of }) => of.includes('task'))) return [];
  const onExamples = needs.filter(({ of }) => of.includes('data')).map(({ name }) => `stages.${name}.columns`);
  const mend = onExamples.length === 0 ? 'take them out' : `those of examples belong in the stage: ${onExamples.join(', ')}`;
  return [{ path: ['columns'], at: 'key', message: `columns are those that a task asks for, and no stage works on one; ${mend}` }];
}

/** Reward models that are to judge by another part of a response than the one that they learn to judge by. */
function othersThanSeen({ stages }: Recipe): Problem[] {
  return Object.entries(stages).flatMap(([name, settings]) =>
    judgingModels(settings).flatMap(({ path, model, sees }): Problem[] => {
      const { stage = '' } = referenceIn(model) ?? {};
      const trained = Object.hasOwn(stages, stage) ? stages[stage] : undefined;
      if (trained?.kind !== 'reward_model' || trained.sees === sees) return [];
      const at = ['stages', name, ...path, 'sees'];
      const message = `${dotted(at)}: ${model} learns to judge by the ${trained.sees} (stages.${stage}.sees), not by the ${sees}: let both say the same`;
      return [{ path: at, at: 'value', message }];
    }),
  );
}

function judgingModels(settings: StageSettings): { path: string[]; model: string; sees: string }[] {
  if (settings.kind === 'rl')
    return Object.entries(settings.rewards).flatMap(([reward, weighed]) => {
      if (typeof weighed === 'number' || weighed.model === undefined || weighed.sees === undefined) return [];
      return [{ path: ['rewards', reward], model: weighed.model, sees: weighed.sees }];
    });
  if (settings.kind === 'rejection' && settings.judge && 'rewardModel' in settings.judge)
    return [{ path: ['judge'], model: settings.judge.rewardModel, sees: settings.judge.sees }];
  return [];
}

interface Cycle {
  /** Where it is told: the first of its stages in the file, and the setting. */
  first: string;
  at: string;
  members: string[];
  message: string;
}

/** Stages that refer to each other in a circle, each circle once. */
function cyclesIn({ stages }: Recipe): Cycle[] {
  const names = Object.keys(stages);
  const edges = new Map(
    names.map((name) => [
      name,
      placesOf(stages[name]).flatMap(({ path, text }) => {
        const to = referenceIn(text)?.stage;
        return to !== undefined && names.includes(to) ? [{ to, at: dotted(path) }] : [];
      }),
    ]),
  );
  const cycles: Cycle[] = [];
  for (const first of names) {
    if (cycles.some(({ members }) => members.includes(first))) continue;
    const way = wayBack(first, first, edges, new Set());
    if (way === undefined) continue;
    const members = [first, ...way.slice(0, -1).map(({ to }) => to)];
    const message =
      members.length === 1
        ? `stage "${first}" refers to itself`
        : `a cycle: ${[...members, first].join(' needs ')}; none of them can be the first`;
    cycles.push({ first, at: way[0].at, members, message });
  }
  return cycles;
}

type Edge = { to: string; at: string };

function wayBack(from: string, goal: string, edges: ReadonlyMap<string, readonly Edge[]>, seen: Set<string>): Edge[] | undefined {
  for (const edge of edges.get(from) ?? []) {
    if (edge.to === goal) return [edge];
    if (seen.has(edge.to)) continue;
    seen.add(edge.to);
    const rest = wayBack(edge.to, goal, edges, seen);
    if (rest !== undefined) return [edge, ...rest];
  }
  return undefined;
}

/** lab:general is to be learnt from: a task, a judge or a reward model can do nothing with it. */
function misplacedExamples(recipe: Recipe): Problem[] {
  return wire(recipe).flatMap(({ name, settings, places }) =>
    places.flatMap(({ path, text }): Problem[] => {
      const learns = (settings.kind === 'sft' || settings.kind === 'distill') && dotted(path) === 'data';
      if (text !== labGeneral || learns) return [];
      const message = `${dotted(['stages', name, ...path])}: ${labGeneral} holds examples to learn from: it can be \`data\` of an sft or distill stage, or stand in \`plus\` of a rejection stage`;
      return [{ path: ['stages', name, ...path], at: 'value', message }];
    }),
  );
}

function missing(recipe: Recipe): Problem[] {
  return wire(recipe).flatMap(({ name, kind, settings, tasks }) => {
    const needs = kind.needs(settings);
    const problem = (path: string[], what: string, mend: string): Problem => ({
      path,
      at: 'key',
      message: `${path[path.length - 1]} is missing: stage ${name} needs ${what}. Write it in the ${path.length > 1 ? 'stage' : 'recipe'}, or give it on the command line: ${mend}`,
    });
    return [
      ...(needs.includes('model') && fieldOf(settings, 'model') === undefined
        ? [problem(['model'], 'one', 'model=PATH (or model=lab:base)')]
        : []),
      ...(needs.includes('data') && fieldOf(settings, 'data') === undefined
        ? [problem(['stages', name, 'data'], 'some', 'data=PATH')]
        : []),
      ...(needs.includes('task') && tasks.length === 0 ? [problem(['task'], 'one', 'task=NAME or task=./my-task.ts')] : []),
    ];
  });
}
