// What a run says when it is over: before and after, the same problem answered before and after, and what to try next.

import type { EvaluationTable } from '../../stages/context.ts';
import { wholeScore } from '../../stages/evaluation/score.ts';
import { type Paint, printable, wrap } from '../terminal.ts';
import { responseLines } from '../thinking.ts';
import { verdict } from './figures.ts';
import { rewardModelLines, thinkingLines } from './resultTables.ts';
import { howMeasured, modelLines, scoreTable } from './scoreTable.ts';
import type { HeldOut, RunState } from './state.ts';

export interface EndingFacts {
  /** Columns to write in. */
  width: number;
  paint: Paint;
  /** The run's directory as the user would write it. */
  out: string;
  /** The task as the user would write it, for the commands to try. */
  task?: string;
  data?: string;
  /** The last checkpoint of every training stage, also of those that had been done before. */
  made: readonly string[];
  /** The last one is an adapter over its base. */
  adapter?: boolean;
  /** report.html. */
  report?: string;
  /** A path as the user would write it. */
  show(path: string): string;
}

/** The lines after a run that went to its end. */
export function endingLines(state: RunState, facts: EndingFacts): string[] {
  const { paint } = facts;
  const stages = [...new Set([...state.heldOut.map(({ stage }) => stage), ...Object.keys(state.answers)])];
  const lines: string[] = [];
  for (const stage of stages) {
    lines.push(
      ...scoresOf(
        stage,
        state.heldOut.filter((look) => look.stage === stage),
        paint,
      ),
      ...answersOf(stage, state, facts),
    );
  }
  for (const [stage, table] of Object.entries(state.tables)) lines.push(...tableOf(stage, table, facts));
  lines.push(...rewardModelLines(state.rewardModels, paint, facts.width));
  for (const [stage, models] of Object.entries(state.thinking)) lines.push(...thinkingLines(stage, models, paint, facts.width));
  const report = facts.report === undefined ? [] : [`Curves, samples and all figures, in a browser: ${facts.show(facts.report)}`];
  return [...lines, ...nextCommands(state, facts), ...report];
}

function tableOf(stage: string, table: EvaluationTable, { paint, width }: EndingFacts): string[] {
  const [first] = Object.values(table);
  return Object.keys(first).flatMap((task) => [
    '',
    paint('bold', `${stage}: ${task}`),
    howMeasured(first[task]),
    ...modelLines(Object.fromEntries(Object.entries(table).map(([model, tasks]) => [model, wholeScore(tasks[task])])), paint, width),
  ]);
}

/** The first and the last look of those with the most samples: the others are too rough to be compared. */
export function beforeAndAfter(looks: readonly HeldOut[]): HeldOut[] {
  const size = ({ evaluation }: HeldOut): number => evaluation.samples * evaluation.problems;
  const most = Math.max(...looks.map(size));
  const best = looks.filter((look) => size(look) === most);
  return best.length > 1 ? [best[0], best[best.length - 1]] : best;
}

function scoresOf(stage: string, looks: readonly HeldOut[], paint: Paint): string[] {
  if (looks.length === 0) return [];
  const shown = beforeAndAfter(looks);
  // A stage that only measures has one look, at its step 0.
  const heads = shown.length === 1 && shown[0].step === 0 ? [] : shown.map(({ step }) => (step === 0 ? 'before' : `after step ${step}`));
  return [
    '',
    paint('bold', `${stage}: held-out problems`),
    howMeasured(shown[shown.length - 1].evaluation),
    ...scoreTable(
      shown.map(({ evaluation }) => evaluation),
      heads,
      paint,
    ),
  ];
}

function answersOf(stage: string, { answers }: RunState, { width, paint }: EndingFacts): string[] {
  const both = answers[stage];
  if (!both) return [];
  const { first, last } = both;
  const block = (answer: typeof first): string[] => [
    `${answer.step === 0 ? 'before' : `after step ${answer.step}`}: ${verdict(answer.correct, paint)}`.trimEnd(),
    ...responseLines(answer.answer, { width: width - 3, maxLines: 10, paint }).map((line) => `  ${line}`),
  ];
  const question = wrap(printable(last.prompt.trim()), width - 1);
  return [
    '',
    paint('bold', 'One held-out problem'),
    ...question.map((line) => paint('cyan', line)),
    ...block(first),
    ...(last === first ? [] : block(last)),
  ];
}

function nextCommands(state: RunState, { out, task, data, paint, made, adapter, show }: EndingFacts): string[] {
  const checkpoint = made[made.length - 1];
  if (checkpoint === undefined) return ['', `Everything is kept in ${quoted(out)}`];
  // A run's directory stands for its newest checkpoint.
  const model = quoted(out);
  const asked = Object.values(state.answers).at(-1)?.last.prompt.trim();
  const short = asked !== undefined && asked.length <= 80 && !/["'`$\\\n]/.test(asked);
  const lines = [
    ...(asked === undefined && state.stage?.kind !== 'sft'
      ? []
      : [`npx thinkling sample ${model} ${short ? `--raw "${asked}"` : '"your question"'}`]),
    ...(task === undefined
      ? []
      : [`npx thinkling eval ${model} --task ${quoted(task)}${data === undefined ? '' : ` --data ${quoted(data)}`}`]),
    ...(asked === undefined ? [] : [`npx thinkling data ${model}`]),
    ...(adapter ? [`npx thinkling export ${model} merged`] : []),
  ];
  return [
    '',
    adapter
      ? `The trained adapter, in the format of peft: ${show(checkpoint)} (export merges it into its base)`
      : `The trained model, in Hugging Face format: ${show(checkpoint)}`,
    ...(lines.length > 0 ? [paint('bold', 'To try next:'), ...lines.map((line) => `  ${line}`)] : []),
  ];
}

function quoted(path: string): string {
  return /^[\w@%+=:,./~-]+$/.test(path) ? path : `"${path.replace(/(["\\$`])/g, '\\$1')}"`;
}
