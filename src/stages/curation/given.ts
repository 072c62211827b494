// Candidates that are there already: a user's own chains of thought, or whatever another program sampled. No rule judges them.
import { type Columns, columnNames, exampleReader } from '../../datasets/examples.ts';
import { pairReader, type Texts } from '../../datasets/pairs.ts';
import { streamRows } from '../../datasets/rows.ts';
import type { Message } from '../../formats/chatTemplate.ts';
import { stringifyJson } from '../../formats/jsonl.ts';
import type { Tokenizer } from '../../formats/tokenizer.ts';
import { InputError } from '../../platform/errors.ts';
import { sha256 } from '../../platform/hash.ts';
import { chatPrompt } from '../../tasks/chatPrompt.ts';
import type { TaskRow } from '../../tasks/task.ts';
import type { StageContext } from '../context.ts';
import { Decontamination } from '../decontamination.ts';
import { type Candidate, candidateRow } from './candidates.ts';
import type { Shards } from './shards.ts';

/** A prompt and what answers it. */
export interface GivenRow {
  place: string;
  /** The row says so itself; else it is made of its place. */
  named: boolean;
  row: TaskRow;
  response: string;
}

const rowsPerShard = 1024;

/** How rows are read. */
export interface Reading {
  columns?: Columns;
  /** `chat`: columns of text are turns of a chat. */
  texts?: Texts;
  /** By default the row's. */
  domain?: string;
  /** Of pairs, rows of preferences, the chosen side is read; told of those that are none, for a side is empty or both are the same. */
  pairs?: (noPair: { place: string }) => void;
}

/**
 * The rows of a data set of prompts and completions, or of conversations, of which the last turn is the completion. A prompt is text, or the
 * messages before that turn.
 * @throws InputError naming the row that is neither, or whose last turn is not the assistant's
 */
export async function* givenRows(
  data: string,
  split: string,
  { columns, texts = 'plain', domain, pairs }: Reading,
): AsyncGenerator<GivenRow> {
  const read = exampleReader(columns);
  const readPair = pairReader(undefined, texts);
  for await (const found of streamRows(data, split)) {
    const { place, line, row } = found;
    const named = typeof row.id === 'string' && row.id !== '';
    const id = named ? (row.id as string) : `row ${line} of ${found.file.replace(/^.*[\\/]/, '')}`;
    const own = { id, domain: domain ?? (typeof row.domain === 'string' ? row.domain : undefined), language: languageOf(row.language) };
    if (pairs && columns === undefined && isPreference(row)) {
      const pair = readPair(found);
      if (typeof pair === 'string') pairs({ place });
      else {
        const { prompt, response } = pair.chosen;
        yield { place, named, row: { ...own, prompt: typeof prompt === 'string' ? prompt : chatPrompt(prompt, place) }, response };
      }
      continue;
    }
    const example = read(found);
    const wrong = (why: string): InputError => new InputError(`${place}: ${why}`);
    if (example.kind === 'prompt' || example.kind === 'preference')
      throw wrong(`it has no completion: give prompt and completion, or messages`);
    if (example.kind === 'prompt-completion' && typeof example.prompt === 'string') {
      const prompt = texts === 'chat' ? [{ role: 'user' as const, content: example.prompt }] : example.prompt;
      yield { place, named, row: { ...own, prompt }, response: example.completion as string };
      continue;
    }
    const messages =
      example.kind === 'messages' ? example.messages : [...(example.prompt as Message[]), ...(example.completion as Message[])];
    const last = messages.at(-1);
    if (last?.role !== 'assistant' || last.content === null) throw wrong("its last message is not the assistant's own words");
    yield { place, named, row: { ...own, prompt: chatPrompt(messages.slice(0, -1), place) }, response: last.content };
  }
}

function isPreference(row: Readonly<Record<string, unknown>>): boolean {
  return (
    ['chosen', 'rejected'].every((name) => Object.hasOwn(row, name)) && !Object.hasOwn(row, 'completion') && !Object.hasOwn(row, 'messages')
  );
}

function languageOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Reads them all into shards anew. Rows without an id that have the same prompt are samples of it, with the first one's id. @throws InputError */
export async function givenShards(
  data: string,
  columns: Readonly<Record<string, string>> | undefined,
  context: StageContext,
  tokenizer: Tokenizer,
  shards: Shards,
): Promise<void> {
  const { name, report } = context;
  const odd = Object.keys(columns ?? {}).find((column) => !(columnNames as readonly string[]).includes(column));
  if (odd !== undefined) throw new InputError(`stages.${name}.columns: candidates have ${columnNames.slice(0, 3).join(', ')}, no ${odd}`);
  report({ type: 'stageStart', stage: name, kind: 'rejection', steps: 0, doneSteps: 0 });
  await shards.clear();
  const decontamination = context.decontaminate && (await Decontamination.open(context.decontaminate));
  const samples = new Map<string, number>();
  const idOfPrompt = new Map<string, string>();
  let held: Candidate[] = [];
  const flush = async (): Promise<void> => {
    if (held.length > 0) await shards.add(held.map((candidate) => candidateRow(candidate, 'given')));
    held = [];
  };
  for await (const { named, row: own, response } of givenRows(data, 'train', { columns })) {
    if (decontamination?.isClean(own.id, { prompt: own.prompt, response }) === false) continue;
    let row = own;
    if (!named) {
      const prompt = sha256(stringifyJson(own.prompt)).slice(0, 24);
      const id = idOfPrompt.get(prompt) ?? own.id;
      idOfPrompt.set(prompt, id);
      row = { ...own, id };
    }
    const sample = samples.get(row.id) ?? 0;
    samples.set(row.id, sample + 1);
    held.push({ row, sample, response, tokens: tokenizer.encode(response).length, stopReason: 'stop', correct: null });
    if (held.length === rowsPerShard) await flush();
  }
  await flush();
  await decontamination?.tell(context);
}
