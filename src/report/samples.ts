// The same held-out problems as every model answered them, side by side: from the samples that evaluations keep.
import * as files from '../platform/files.ts';
import type { ProblemRow, SampleRow } from '../tracking/evaluationDirectory.ts';
import { wholeLines } from '../tracking/wholeLines.ts';
import { type Html, html } from './html.ts';
import { recordOf } from './runFiles.ts';

export interface Answers {
  task: string;
  problems: { prompt: string; domain?: string; answers: { model: string; sample: SampleRow }[] }[];
}

/** Of each domain the first so many problems are looked at, and so many of a task are shown. */
const [looked, shown] = [48, 6];
/** Characters of a text; what is behind them is left out, and counted. */
const mostCharacters = 4000;

/** @param places where the evaluations of one task are kept, by model; undefined where there is nothing to show */
export async function readAnswers(task: string, places: readonly { model: string; dir: string }[]): Promise<Answers | undefined> {
  const problems = new Map<string, ProblemRow>();
  for (const { dir } of places) for (const row of await firstOfDomains(files.join(dir, 'problems.jsonl'))) problems.set(row.problem, row);
  const byProblem = new Map<string, Answers['problems'][number]['answers']>();
  for (const { model, dir } of places)
    for (const [problem, sample] of await firstSamples(files.join(dir, 'details.jsonl'), problems))
      byProblem.set(problem, [...(byProblem.get(problem) ?? []), { model, sample }]);
  const found = [...problems.values()].flatMap((row) => {
    const answers = byProblem.get(row.problem);
    return answers === undefined ? [] : [{ prompt: textOf(row.prompt), domain: row.domain, answers }];
  });
  if (found.length === 0) return undefined;
  return { task, problems: telling(found).slice(0, shown) };
}

async function firstOfDomains(file: string): Promise<ProblemRow[]> {
  if (!(await files.isFile(file))) return [];
  const counts = new Map<string, number>();
  const rows: ProblemRow[] = [];
  for await (const { text } of wholeLines(file)) {
    const row = parsed<ProblemRow>(text);
    const domain = row?.domain ?? '';
    const seen = counts.get(domain) ?? 0;
    if (typeof row?.problem !== 'string' || seen === looked) continue;
    counts.set(domain, seen + 1);
    rows.push(row);
  }
  return rows;
}

/** The first sample of each of the problems; no more of a file that may be gigabytes is read than it takes. */
async function firstSamples(file: string, problems: ReadonlyMap<string, unknown>): Promise<Map<string, SampleRow>> {
  const samples = new Map<string, SampleRow>();
  if (!(await files.isFile(file))) return samples;
  for await (const { text } of wholeLines(file)) {
    const row = parsed<SampleRow>(text);
    if (row?.sample === 0 && typeof row.completion === 'string' && problems.has(row.problem)) samples.set(row.problem, row);
    if (samples.size === problems.size) break;
  }
  return samples;
}

/** Those that every model answered go first, of them those on which they disagree; domains take turns. */
function telling(problems: Answers['problems']): Answers['problems'] {
  const models = Math.max(...problems.map(({ answers }) => answers.length));
  const rank = ({ answers }: Answers['problems'][number]): number =>
    (answers.length < models ? 2 : 0) + (new Set(answers.map(({ sample }) => sample.correct)).size > 1 ? 0 : 1);
  const turns = new Map<string | undefined, number>();
  return problems
    .toSorted((a, b) => rank(a) - rank(b))
    .map((problem) => {
      const turn = turns.get(problem.domain) ?? 0;
      turns.set(problem.domain, turn + 1);
      return { problem, turn };
    })
    .sort((a, b) => a.turn - b.turn)
    .map(({ problem }) => problem);
}

export function answersSection({ task, problems }: Answers): Html {
  return html`<h3>${task}</h3>
${problems.map(
  ({ prompt, domain, answers }) => html`<section class="problem"><h4>${domain ?? task}</h4>${asText(prompt, 'prompt')}
<div class="cards">${answers.map(({ model, sample }) => answerCard(model, sample))}</div></section>
`,
)}`;
}

function answerCard(model: string, { correct, tokens, stopReason, completion, measures, turns }: SampleRow): Html {
  const told = Object.entries(measures ?? {}).flatMap(([name, value]) =>
    typeof value === 'number' ? [`${name} ${Number(value.toFixed(3))}`] : [],
  );
  const facts = [
    ...(typeof tokens === 'number' ? [`${tokens} tokens`] : []),
    ...(stopReason === 'length' ? ['cut at the limit'] : []),
    ...told,
  ];
  return html`<article class="card"><header><strong>${model}</strong> ${verdict(correct)} <span class="note">${facts.join(', ')}</span></header>
${Array.isArray(turns) ? turns.map(turnText) : responseText(completion)}</article>
`;
}

export function verdict(correct: number | null): Html {
  if (typeof correct !== 'number') return html`<span class="verdict">not judged</span>`;
  return correct === 1 ? html`<span class="verdict right">✓ right</span>` : html`<span class="verdict wrong">✗ wrong</span>`;
}

export function turnText(turn: unknown): Html {
  const { by, text } = recordOf(turn);
  return by === 'environment' ? asText(String(text ?? ''), 'environment') : responseText(String(text ?? ''));
}

/** A response with its thinking folded. */
export function responseText(text: string): Html {
  const open = text.indexOf('<think>');
  const close = text.lastIndexOf('</think>');
  if (open < 0 && close < 0) return asText(text, 'answer');
  const before = open < 0 ? '' : text.slice(0, open).trim();
  const thinking = text.slice(open < 0 ? 0 : open + '<think>'.length, close < 0 ? undefined : close).trim();
  const after = close < 0 ? '' : text.slice(close + '</think>'.length).trim();
  const words = thinking === '' ? 0 : thinking.split(/\s+/).length;
  return html`${before !== '' && asText(before, 'answer')}<details class="thinking"><summary>thinking, ${words} ${words === 1 ? 'word' : 'words'}${close < 0 && ', never ended'}</summary>${asText(thinking, 'thought')}</details>${after !== '' && asText(after, 'answer')}`;
}

function asText(text: string, kind: string): Html {
  const more = text.length - mostCharacters;
  return html`<pre class="${kind}">${text.slice(0, mostCharacters).trim()}${more > 0 && html`<span class="note"> … ${more} more characters</span>`}</pre>`;
}

function textOf(prompt: ProblemRow['prompt']): string {
  if (typeof prompt === 'string') return prompt;
  if (!Array.isArray(prompt)) return '';
  return prompt
    .map(recordOf)
    .map(({ role, content }) => `${role ?? ''}: ${content ?? ''}`)
    .join('\n');
}

function parsed<T>(line: string): (Partial<T> & T) | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
