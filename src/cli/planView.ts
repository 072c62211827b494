// A plan as people read it: what will run, stage by stage.

import type { PlannedStage } from '../recipe/plan.ts';
import { bytes, roughly, thousands } from './live/figures.ts';
import { shownPath } from './paths.ts';

/** A heading for each stage, and its facts below it. */
export function planLines(stages: readonly PlannedStage[], out: string): string[] {
  return [...stages.flatMap(stageLines), ...ending(stages, out)];
}

function stageLines(stage: PlannedStage): string[] {
  const inputs = Object.entries(stage.inputs).map(([setting, name]) => `${setting} ${shownPath(name)}`);
  const facts = [
    inputs.join(', '),
    amounts(stage).join(', '),
    [
      ...(stage.parameters === undefined ? [] : [`${thousands(stage.parameters)} parameters`]),
      ...(stage.memoryBytes === undefined ? [] : [`about ${bytes(stage.memoryBytes)} of memory at its highest`]),
    ].join(', '),
    stage.state === 'done' ? '' : time(stage),
    stage.changes.length > 0 ? `CHANGED: ${stage.changes.join('; ')}. A run is refused without --from ${stage.name} or another --out` : '',
  ];
  return [`${stage.name} (${stage.kind}): ${standing(stage)}`, ...facts.filter((line) => line !== '').map((line) => `  ${line}`)];
}

function standing({ state, redo, changes }: PlannedStage): string {
  if (redo) return 'done anew';
  if (changes.length > 0) return 'begun otherwise';
  return { new: 'to do', begun: 'begun, goes on', done: 'done already' }[state];
}

function amounts({ steps, samples, sampledTokens, trainedTokens, readTokens, rows, boundBy }: PlannedStage): string[] {
  const bound = boundBy === undefined ? '' : ' at most';
  const most = sampledTokens === undefined ? bound : ' at most';
  return [
    ...(steps === undefined ? [] : [`${thousands(steps)} ${steps === 1 ? 'step' : 'steps'}${bound}`]),
    ...(samples === undefined
      ? []
      : [`${thousands(samples)} samples${sampledTokens === undefined ? '' : ` of ${thousands(sampledTokens)} tokens${most}`}`]),
    ...(trainedTokens === undefined ? [] : [`${thousands(trainedTokens)} tokens trained on${most}`]),
    ...(readTokens === undefined ? [] : [`${thousands(readTokens)} tokens only read${most}`]),
    ...(rows === undefined ? [] : [`makes ${thousands(rows)} rows at most`]),
  ];
}

function time({ seconds, basis, boundBy, waitsFor, steps, samples }: PlannedStage): string {
  if (waitsFor !== undefined && seconds === undefined) return `time: not known, for it waits for ${waitsFor}`;
  if (seconds === undefined)
    return steps === undefined && samples === undefined ? 'time: not known before what it works on is there' : 'time: not measured';
  const bound = boundBy === undefined ? range(seconds) : `at most ${roughly(seconds.high)}, should ${boundBy} keep all that it may`;
  return `time: ${bound}, by ${basis === 'steps' ? 'the steps that it has done' : 'a measurement on this machine'}`;
}

function range({ low, high }: { low: number; high: number }): string {
  const [least, most] = [roughly(low), roughly(high)];
  return least === most ? most : `${least} to ${most.replace(/^about /, '')}`;
}

function ending(stages: readonly PlannedStage[], out: string): string[] {
  const open = stages.filter(({ state }) => state !== 'done');
  if (open.length === 0) return ['', `All stages are done: the run is in ${shownPath(out)}.`];
  const known = open.flatMap(({ seconds }) => (seconds ? [seconds] : []));
  const sum = { low: known.reduce((all, { low }) => all + low, 0), high: known.reduce((all, { high }) => all + high, 0) };
  const rest = open.length - known.length;
  const others = rest === 0 ? '' : `, and ${rest} ${rest === 1 ? 'stage' : 'stages'} of which it is not known yet`;
  return [
    '',
    `To do in all: ${known.length === 0 ? 'not known yet' : `${range(sum)}${others}`}. Responses end before their limit, so the lower end is the likelier.`,
  ];
}
