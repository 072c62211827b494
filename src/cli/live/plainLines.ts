// A run told in plain lines, for logs and pipes: at most one line a step, its figures in columns under a heading that comes again
// now and then; what else happens has lines of its own.

import type { RunEvent } from '../../stages/context.ts';
import { padStart, plainPaint, printable, wrap } from '../terminal.ts';
import { responseLines } from '../thinking.ts';
import { columnsOf } from './columns.ts';
import { clock } from './figures.ts';
import { type RunState, secondsLeft } from './state.ts';

const width = 100;
const headingEvery = 40;

export class PlainLines {
  private linesSinceHeading = Number.POSITIVE_INFINITY;
  private heading = '';
  private readonly shown = new Map<string, number>();

  /** The lines that `event` gives rise to; `state` is that after it. */
  lines(event: RunEvent, state: RunState, at: number): string[] {
    switch (event.type) {
      case 'stageStart': {
        const { stage, kind, steps, doneSteps } = event;
        this.linesSinceHeading = Number.POSITIVE_INFINITY;
        this.shown.clear();
        if (kind === 'evaluate') return [`stage ${stage}: measuring on held-out problems`];
        if (kind === 'select') return [`stage ${stage}: trying training prompts${doneSteps > 0 ? ', going on where it was stopped' : ''}`];
        if (kind === 'rejection')
          return [
            `stage ${stage}: ${steps > 0 ? 'sampling' : 'reading'} responses${doneSteps > 0 ? ', going on where it was stopped' : ''}`,
          ];
        return [`stage ${stage}: ${steps} steps${doneSteps > 0 ? `, going on after step ${doneSteps}` : ''}`];
      }
      case 'step':
        return this.stepLines(state, at);
      case 'answer': {
        const { step, prompt, answer, correct } = event;
        this.linesSinceHeading = Number.POSITIVE_INFINITY;
        return [
          `${step === 0 ? 'before training' : `after step ${step}`}, a held-out problem answered${correct === null ? '' : correct ? ' right' : ' wrong'}:`,
          ...wrap(printable(prompt.trim()), width - 4).map((line) => `  > ${line}`),
          ...responseLines(answer, { width: width - 4, maxLines: 8, paint: plainPaint }).map((line) => `    ${line}`),
        ];
      }
      case 'checkpoint':
        return [`saved ${event.dir}`];
      case 'note':
        return wrap(event.message, width, '  ');
      case 'warning':
        return wrap(`warning: ${printable(event.message)}`, width, '  ');
      default:
        return [];
    }
  }

  private stepLines(state: RunState, at: number): string[] {
    const { stage } = state;
    if (!stage) return [];
    const columns = columnsOf(stage);
    const left = secondsLeft(stage, at);
    const counted = `${stage.step}/${stage.steps}`;
    const heads = ['step', ...columns.map(({ head }) => head), 'left'];
    const cells = [
      counted,
      ...columns.map(({ head, values, format }) => {
        // A figure stands only where it is new: what is measured now and then, and what does not apply to every part of a stage.
        if (values.length === (this.shown.get(head) ?? 0)) return '-';
        this.shown.set(head, values.length);
        return format(values[values.length - 1]);
      }),
      left === undefined ? '-' : clock(left),
    ];
    const widths = heads.map((head, i) => Math.max(head.length, i === 0 ? 2 * String(stage.steps).length + 1 : 8));
    const row = (texts: string[]): string => texts.map((text, i) => padStart(text, widths[i])).join('  ');
    const heading = row(heads);
    const again = heading !== this.heading || this.linesSinceHeading >= headingEvery;
    this.heading = heading;
    this.linesSinceHeading = again ? 1 : this.linesSinceHeading + 1;
    return again ? [heading, row(cells)] : [row(cells)];
  }
}
