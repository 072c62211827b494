// The live view as lines of text: what the screen shows of a run at a moment. Pure, and never wider or higher than it is told.

import { displayWidth, type Paint, padEnd, padStart, printable, truncate, wrap } from '../terminal.ts';
import { responseLines } from '../thinking.ts';
import { type Column, columnsOf } from './columns.ts';
import { clock, progressBar, sparkline, verdict } from './figures.ts';
import { type RunState, type StageState, secondsLeft } from './state.ts';

export interface PanelSize {
  columns: number;
  rows: number;
}

const labelWidth = 22;
const figureWidth = 8;
const unitWidth = 11;
const widest = 110;
/** A step that takes longer than this shows for how long it has been running. */
const quietSeconds = 5;

/** `stopping`: the user has asked for it; `over`: it is the last picture. */
export type Mood = 'running' | 'stopping' | 'over';

/** @param at the moment, by the clock of the events */
export function panelLines(state: RunState, { columns, rows }: PanelSize, paint: Paint, at: number, mood: Mood): string[] {
  const { stage } = state;
  // The last column stays free: some terminals break the line there.
  const width = Math.min(columns, widest) - 1;
  if (!stage) return mood === 'over' ? [] : [paint('dim', truncate('starting ...', width))];
  const figures = columnsOf(stage).filter(({ values }) => values.length > 0);
  const lines = [headLine(stage, width, paint, mood === 'over' ? stage.lastStepAt : at)];
  if (figures.length > 0) lines.push('', ...figures.map((column) => figureLine(column, width, paint)));
  const foot =
    mood === 'over'
      ? []
      : mood === 'stopping'
        ? ['', paint('yellow', truncate('stopping after this step, saving... (Ctrl-C again: exit at once)', width))]
        : ['', paint('dim', truncate('Ctrl-C: stop after this step and save; the same command goes on', width))];
  // Ink redraws the whole screen where what it draws is as high as the screen.
  const room = rows - 1 - lines.length - foot.length;
  return [...lines, ...answerLines(state, stage, width, Math.min(room, 13), paint), ...foot].slice(0, Math.max(1, rows - 1));
}

function headLine(stage: StageState, width: number, paint: Paint, at: number): string {
  const { name, kind, step, steps } = stage;
  const quiet = (at - stage.lastStepAt) / 1000;
  const running = quiet > quietSeconds ? clock(quiet) : '';
  if (kind === 'evaluate') return paint('bold', truncate(`${name}  measuring on held-out problems ${running}`.trimEnd(), width));
  const shownName = truncate(name, 20);
  const counted = `step ${step} of ${steps}`;
  const taken = displayWidth(shownName) + counted.length + 6;
  // No bar in a narrow place, and no time where even that does not fit.
  if (width - taken < 12) return paint('bold', truncate(`${shownName}  ${counted}`, width));
  const time = timeText(stage, at, running);
  const barWidth = Math.min(40, width - taken - Math.max(displayWidth(time), 12));
  const bar = barWidth >= 5 ? `${paint('cyan', progressBar(step / steps, barWidth))}  ` : '';
  return `${paint('bold', shownName)}  ${bar}${counted}  ${paint('dim', truncate(time, width - taken))}`;
}

/** @param running for how long the step has been, where that is worth telling */
function timeText(stage: StageState, at: number, running: string): string {
  const { step, steps, doneSteps, startedAt, lastStepAt } = stage;
  if (step >= steps) return '';
  if (step === doneSteps) return `${lastStepAt > startedAt ? 'step' : 'before step'} ${step + 1} ${running}`.trimEnd();
  const left = secondsLeft(stage, at);
  return `${left === undefined ? '' : `${clock(left)} left`}${running && `, step ${step + 1} since ${running}`}`;
}

function figureLine({ label, values, format, unit, fromLeast }: Column, width: number, paint: Paint): string {
  const value = format(values[values.length - 1]);
  const first = values.length > 1 ? `first ${format(values[0])}` : '';
  const curve = Math.min(40, width - labelWidth - figureWidth - unitWidth - 2 - 14);
  if (curve < 8) return truncate(`${padEnd(label, labelWidth)}${padStart(value, figureWidth)} ${unit}`, width);
  return (
    padEnd(label, labelWidth) +
    paint('cyan', padEnd(sparkline(values, curve, fromLeast), curve)) +
    paint('bold', padStart(value, figureWidth)) +
    ` ${padEnd(unit, unitWidth)} ` +
    paint('dim', first)
  );
}

function answerLines(state: RunState, stage: StageState, width: number, room: number, paint: Paint): string[] {
  const answer = state.answers[stage.name]?.last;
  // A heading, the question and two lines of answer, or it is not worth showing.
  if (!answer || room < 5) return [];
  const when =
    answer.step === 0 ? 'A held-out problem, answered before training' : `The same held-out problem, answered after step ${answer.step}`;
  const question = wrap(printable(answer.prompt.trim()), width - 2);
  const asked = question.length > 2 ? [question[0], `${truncate(question[1], width - 4)} …`] : question;
  const response = responseLines(answer.answer, { width: width - 2, maxLines: Math.min(8, room - 2 - asked.length), paint });
  return [
    '',
    `${paint('bold', truncate(when, width - 10))}  ${verdict(answer.correct, paint)}`,
    ...asked.map((line) => `  ${paint('cyan', line)}`),
    ...response.map((line) => `  ${line}`),
  ];
}
