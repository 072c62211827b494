// A section for each stage: what it was, what it took, its curves, what it made.
import { stringify } from 'yaml';
import type { Evaluation } from '../stages/context.ts';
import { anyTable } from './anyTable.ts';
import { curves } from './curves.ts';
import { type Html, html } from './html.ts';
import { duration, plain, thousands } from './numbers.ts';
import { rewardModelTable, thinkingTable } from './resultTables.ts';
import { isEvaluation, type Row, type RunFiles, recordOf, type StageFiles } from './runFiles.ts';
import { responseText, turnText } from './samples.ts';
import { type ScoredModel, scoreTables } from './scoreTables.ts';

/** Samples of a rollout that are shown. */
const rolloutSamples = 3;

/** Every stage in a row: where it starts, how far it is, what it took. */
export function stagesTable({ stages, recipe }: RunFiles): Html {
  const rows = stages.map((stage, i) => ({ stage, start: startOf(stage, i === 0 ? recipe.model : undefined), ...spentBy(stage) }));
  const [seconds, tokens] = [sum(rows.map((row) => row.seconds)), sum(rows.map((row) => row.tokens))];
  return html`<div class="scroll" role="region" tabindex="0" aria-label="The stages"><table>
<caption>The stages, and what they took</caption>
<thead><tr><th scope="col">stage</th><th scope="col" class="text">kind</th><th scope="col" class="text">starts from</th><th scope="col">steps</th><th scope="col">time</th><th scope="col">tokens</th><th scope="col" class="text">state</th></tr></thead>
<tbody>${rows.map(
    ({ stage, start, seconds: took, tokens: read }) =>
      html`<tr><th scope="row"><a href="#stage-${stage.name}">${stage.name}</a></th><td class="text">${stage.kind}</td><td class="text">${start}</td><td>${stepsOf(stage)}</td><td>${took === undefined ? '–' : duration(took)}</td><td>${read === undefined ? '–' : thousands(read)}</td><td class="text">${stateOf(stage)}</td></tr>
`,
  )}</tbody>${stages.length > 1 && html`<tfoot><tr><th scope="row">all</th><td></td><td></td><td></td><td>${seconds === undefined ? '–' : duration(seconds)}</td><td>${tokens === undefined ? '–' : thousands(tokens)}</td><td></td></tr></tfoot>`}</table></div>
<p class="note">Time is that of steps, looks and sampling, in this and earlier starts of a stage that trains, and in the last start of one that samples alone. Tokens are those read and written, prompts included.</p>`;
}

export function stageSection(stage: StageFiles): Html {
  const { name, kind, settings, metrics, parts, curation, rollouts } = stage;
  return html`<section id="stage-${name}"><h3>${name} <span class="kind">${kind}, ${stateOf(stage)}</span></h3>
${looksTable(stage)}
${curation !== undefined && anyTable(`The data that ${name} made`, curation)}
${resultOf(stage)}
${kind !== 'evaluate' && curves(metrics, kind)}
${Object.entries(parts).map(([part, rows]) => html`<h4>${part}</h4>${curves(rows, kind)}`)}
${rollouts.length > 0 && html`<details><summary>Samples in training: ${rollouts.map(({ step }) => `step ${step}`).join(' and ')}</summary><div class="cards">${rollouts.map(rolloutCards)}</div></details>`}
${Object.keys(settings).length > 0 && html`<details><summary>Settings</summary><pre class="code">${stringify(settings, { lineWidth: 0 })}</pre></details>`}
</section>
`;
}

/** What the looks before the first step and after the last say. */
function looksOf({ kind, result, metrics }: StageFiles): ScoredModel[] {
  if (kind !== 'rl') return [];
  const { before, after, steps } = recordOf(result);
  const look = (name: string, evaluation: unknown): ScoredModel[] =>
    isEvaluation(evaluation) ? Object.values(splitByDomain(name, evaluation)) : [];
  return [...look('before', before), ...look(`after step ${plain(Number(steps ?? metrics.at(-1)?.step ?? 0))}`, after)];
}

/** Looks tell no figure of all domains: each domain stands for itself. */
function splitByDomain(name: string, evaluation: Evaluation): ScoredModel[] {
  const evaluations = Object.fromEntries(
    Object.entries(evaluation.byDomain).map(([domain, score]) => [
      domain,
      { ...evaluation, byDomain: { [domain]: score }, overall: undefined },
    ]),
  );
  return [{ name, evaluations }];
}

function looksTable(stage: StageFiles): Html | undefined {
  const looks = looksOf(stage);
  return looks.length === 0 ? undefined : scoreTables(`${stage.name}: held-out problems`, looks);
}

/** What other kinds of stages say of themselves at their end. */
function resultOf({ name, kind, result, curation }: StageFiles): Html | undefined {
  if (kind === 'rl' || kind === 'evaluate' || result === undefined) return undefined;
  const own = kind === 'thinking_test' ? thinkingTable(name, result) : kind === 'reward_model' ? rewardModelTable(name, result) : undefined;
  if (own !== undefined) return own;
  // What a stage tells of its data at its end is the report of the data.
  if (JSON.stringify(result) === JSON.stringify(curation)) return undefined;
  // Which prompts were chosen is for the stages that train on them.
  const { chosen, ...rest } = recordOf(result);
  return anyTable(`${name}, at its end`, {
    ...rest,
    ...(chosen === undefined ? {} : { chosen: Object.keys(recordOf(chosen)).length }),
  });
}

function rolloutCards({ step, rows }: StageFiles['rollouts'][number]): Html[] {
  const prompts = [...new Map(rows.map((row) => [row.prompt, row])).values()].slice(0, rolloutSamples);
  return prompts.map(
    ({
      prompt,
      text,
      tokens,
      reward,
      turns,
    }) => html`<article class="card"><header><strong>step ${step}</strong> <span class="note">${String(prompt ?? '')}; reward ${typeof reward === 'number' ? plain(reward) : 'none'}${typeof tokens === 'number' && `, ${tokens} tokens`}</span></header>
${Array.isArray(turns) ? turns.map(turnText) : responseText(text)}</article>
`,
  );
}

/** @param byDefault the model of a stage that names none; undefined where that is what the stage before it made */
function startOf({ settings, kind }: StageFiles, byDefault: unknown): string {
  const { model, models, students = models } = settings;
  const several = Object.keys(recordOf(students));
  if (several.length > 0) return several.length === 1 ? '1 model' : `${several.length} models`;
  if (kind === 'pretrain') return 'nothing';
  return String(model ?? byDefault ?? 'the stage before');
}

function stepsOf({ kind, metrics, parts, settings }: StageFiles): string {
  if (kind === 'evaluate') return '–';
  const ofParts = Object.values(parts).map((rows) => String(rows.at(-1)?.step));
  if (ofParts.length > 0) return ofParts.join(' + ');
  const last = metrics.at(-1)?.step;
  const { steps } = settings;
  // What samples alone has one row, of its end.
  if (typeof last !== 'number' || (last === 0 && kind === 'rejection')) return '–';
  return typeof steps === 'number' && steps !== last ? `${last} of ${steps}` : String(last);
}

function stateOf({ done, metrics, parts, places, rollouts }: StageFiles): string {
  if (done) return 'done';
  const begun = [metrics, Object.keys(parts), places, rollouts].some(({ length }) => length > 0);
  return begun ? 'not at its end' : 'not begun';
}

/** The models of a stage that trains several are trained one after another. */
function spentBy({ metrics, parts }: StageFiles): ReturnType<typeof spent> {
  const all = [metrics, ...Object.values(parts)].map(spent);
  return { seconds: sum(all.map(({ seconds }) => seconds)), tokens: sum(all.map(({ tokens }) => tokens)) };
}

/** Seconds and tokens of a stage by its rows of metrics, those that it did not log counted as the next one that it did. */
export function spent(metrics: readonly Row[]): { seconds?: number; tokens?: number } {
  const known = (row: Row, name: string): number => (typeof row[name] === 'number' ? row[name] : 0);
  const whole = metrics.filter((row) => typeof row.stage_time === 'number');
  if (whole.length > 0)
    return { seconds: sum(whole.map((row) => known(row, 'stage_time'))), tokens: sum(whole.map((row) => known(row, 'num_tokens'))) };
  let seconds = 0;
  let step = 0;
  for (const row of metrics) {
    const at = known(row, 'step');
    seconds += known(row, 'step_time') * Math.max(at - step, 0) + known(row, 'time/save') + (at === 0 ? known(row, 'time/eval') : 0);
    step = at;
  }
  const tokens = metrics.reduce((most, row) => Math.max(most, known(row, 'num_tokens')), 0);
  return { ...(seconds > 0 && { seconds }), ...(tokens > 0 && { tokens }) };
}

function sum(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0);
}
