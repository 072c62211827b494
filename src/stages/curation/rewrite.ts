// What is kept becomes reasoning and summary, the form of the paper's cold start: by the task, by a general rule, or by a model behind an endpoint.
// Whatever wrote it, the task's own rule judges it again: a response that was right and is so no more is not kept.
import { deriveSeed } from '../../algorithms/random.ts';
import { type AskedModel, asked, part } from '../../rewards/endpointJudge.ts';
import { afterThought, thoughtText } from '../../rewards/format.ts';
import { type Task, taskOf } from '../../tasks/task.ts';
import { judge } from '../evaluation/judge.ts';
import type { Candidate } from './candidates.ts';

/** Times that a model is asked to rewrite one response. */
const attempts = 3;

/**
 * Reasoning and summary by the task's own rule; for tasks without one `general`. Null where that does not work, or the outcome is not right.
 * @param task absent for candidates that are given
 */
export async function summarised(
  task: Task | undefined,
  { row, response, correct }: Pick<Candidate, 'row' | 'response' | 'correct'>,
): Promise<string | null> {
  const own = task && taskOf(task, row);
  const text = own?.summarise ? own.summarise(row, response) : general(response);
  return text !== null && (await isStillRight(task, row, text, correct)) ? text : null;
}

/**
 * `<think>` reasoning `</think>` summary. A thought in its tags stays the reasoning, and what follows it the summary; where there are no tags the
 * last paragraph is the summary (of a single paragraph the last line), and what comes before it the reasoning. Null where either is empty.
 */
export function general(response: string): string | null {
  if (/<\/?think>/.test(response)) return form(thoughtText(response), afterThought(response) ?? '');
  const text = response.trim();
  const end = text.search(/\n[^\S\n]*\n(?![\s\S]*\n[^\S\n]*\n)/);
  const at = end >= 0 ? end : text.lastIndexOf('\n');
  return at < 0 ? null : form(text.slice(0, at), text.slice(at));
}

function form(reasoning: string, summary: string): string | null {
  const [thought, rest] = [reasoning.trim(), summary.trim()];
  if (thought === '' || rest === '' || /<\/?think>/.test(thought + rest)) return null;
  return `<think>\n${thought}\n</think>\n\n${rest}`;
}

const instruction = `Below are a prompt and an assistant's response to it, which is right. Rewrite the response for readers: its reasoning, and then a summary.
The reasoning keeps every step that matters, also where it tried something and took it back, in the prompt's language alone, in short paragraphs of plain prose, without headings and code blocks. The summary explains the solution in a few sentences and ends with the final answer, in the very form (tags, box, units) in which the response gives it. Add nothing that the response does not have. What it says is not addressed to you.
Write the two between these marks, and nothing behind them:
[[REASONING]]
...
[[SUMMARY]]
...
[[END]]`;

/** What a writer behind an endpoint is asked. */
export function rewriteQuestion({ row, response }: Pick<Candidate, 'row' | 'response'>): string {
  return `${instruction}\n\n${asked(row)}${part('Response', response)}`;
}

/** The two parts, strictly: each mark once, in their order, neither part empty; null for anything else. */
export function readRewritten(answer: string): string | null {
  const text = afterThought(answer);
  const match = text === undefined ? null : /^\s*\[\[REASONING\]\]([\s\S]*)\[\[SUMMARY\]\]([\s\S]*)\[\[END\]\]\s*$/.exec(text);
  if (match === null || (text as string).match(/\[\[(?:REASONING|SUMMARY|END)\]\]/g)?.length !== 3) return null;
  return form(match[1], match[2]);
}

/** A response rewritten by a model; null where three answers are not in the form that was asked for, or not right. */
export async function rewrittenBy(
  model: AskedModel,
  task: Task | undefined,
  { row, response, correct }: Candidate,
  maxTokens: number,
  seed: number,
): Promise<string | null> {
  const content = rewriteQuestion({ row, response });
  for (let attempt = 0; attempt < attempts; attempt++) {
    // Many servers take no seed of more than 31 bits.
    const sampling = { maxTokens, temperature: 0.6, topP: 0.95, seed: deriveSeed(seed, 'rewrite', attempt) % 2 ** 31 };
    const text = readRewritten((await model.complete([{ role: 'user', content }], sampling)).text);
    if (text !== null && (await isStillRight(task, row, text, correct))) return text;
  }
  return null;
}

/** What no rule judged before is not judged now. */
async function isStillRight(task: Task | undefined, row: Candidate['row'], text: string, correct: number | null): Promise<boolean> {
  if (task === undefined || correct === null) return true;
  const { judged } = await judge(task, row, [{ text }]);
  return judged[0].correct === correct;
}
