// What a row is an example of, by its columns, named as in TRL: `prompt`; `prompt` and `completion`; `messages`; `chosen` and `rejected`,
// with or without `prompt`. Each is text, or a list of messages; a recipe may say which of the file's columns are meant.

import { didYouMean } from '../algorithms/nearest.ts';
import type { Message } from '../formats/chatTemplate.ts';
import type { JsonValue } from '../formats/jsonl.ts';
import { InputError } from '../platform/errors.ts';
import { columnsFound, type DataRow, requireColumn } from './rows.ts';

export const columnNames = ['prompt', 'completion', 'messages', 'chosen', 'rejected'] as const;
export type ColumnName = (typeof columnNames)[number];
/** Which column of the file each of them is. */
export type Columns = Partial<Record<ColumnName, string>>;

/** Text as it is, or a conversation for the model's chat template. */
export type Content = string | Message[];

/** Columns that belong together are all text or all messages. */
export type Example =
  | { kind: 'prompt'; prompt: Content }
  | { kind: 'prompt-completion'; prompt: Content; completion: Content }
  | { kind: 'messages'; messages: Message[] }
  | { kind: 'preference'; prompt?: Content; chosen: Content; rejected: Content };
export type ExampleKind = Example['kind'];

const kinds: { kind: ExampleKind; columns: readonly ColumnName[] }[] = [
  { kind: 'prompt', columns: ['prompt'] },
  { kind: 'prompt-completion', columns: ['prompt', 'completion'] },
  { kind: 'messages', columns: ['messages'] },
  { kind: 'preference', columns: ['chosen', 'rejected'] },
  { kind: 'preference', columns: ['prompt', 'chosen', 'rejected'] },
];

/**
 * A reader of rows as examples. The kind is that of the first row, and of every other.
 * @param columns where a recipe names them, they alone count; else those that are called as above. Other columns are passed over
 * @throws InputError naming the row's place: where the columns are of no kind or of more than one, one is missing, or is neither text nor
 * messages
 */
export function exampleReader(columns?: Columns): (row: DataRow) => Example {
  let known: { kind: ExampleKind; columns: readonly ColumnName[] } | undefined;
  return (row) => {
    known ??= kindOf(row, columns);
    const source = (name: ColumnName): string => columns?.[name] ?? name;
    const contents: Partial<Record<ColumnName, Content>> = {};
    for (const name of known.columns) contents[name] = content(row, source(name), name);
    const asMessages = known.columns.filter((name) => Array.isArray(contents[name]));
    if (asMessages.length > 0 && asMessages.length < known.columns.length)
      throw new InputError(
        `${row.place}: ${asMessages.map((name) => `"${source(name)}"`).join(' and ')} holds messages, the other columns text: all must be text, or all messages`,
      );
    return { kind: known.kind, ...contents } as Example;
  };
}

function kindOf(row: DataRow, columns: Columns | undefined): { kind: ExampleKind; columns: readonly ColumnName[] } {
  const present = columnNames.filter((name) => (columns ? columns[name] !== undefined : Object.hasOwn(row.row, name)));
  const match = kinds.find((kind) => kind.columns.length === present.length && kind.columns.every((name) => present.includes(name)));
  if (match) return match;
  const all = 'prompt; prompt and completion; messages; or chosen and rejected, with or without prompt';
  const named = present.map((name) => `"${name}"`).join(', ');
  if (columns) throw new InputError(`columns names ${named || 'none'}, which make no kind of data; the kinds are ${all}`);
  if (present.length === 0)
    throw new InputError(
      `${row.place}: ${columnsFound(row.row)}, which make no kind of data; the kinds are ${all}. Say which columns are meant, e.g. columns: { prompt: ${exampleName(row, 0)}, completion: ${exampleName(row, 1)} }`,
    );
  if (present.length === 1)
    throw new InputError(
      `${row.place}: of the columns that count it has ${named} alone (${columnsFound(row.row)}); the kinds of data are ${all}. Say which columns are meant, e.g. columns: { prompt: ${exampleName(row, 0)}, ${present[0]}: ${present[0]} }`,
    );
  throw new InputError(
    `${row.place}: it has ${named}, which make more than one kind of data; say which are meant, e.g. columns: { ${present.includes('messages') ? 'messages: messages' : present.includes('completion') ? 'prompt: prompt, completion: completion' : 'chosen: chosen, rejected: rejected'} }`,
  );
}

function exampleName({ row }: DataRow, at: number): string {
  const names = Object.keys(row).filter((name) => !(columnNames as readonly string[]).includes(name));
  return names[at] ?? names[0] ?? (at === 0 ? 'question' : 'answer');
}

function content(row: DataRow, column: string, name: ColumnName): Content {
  const value = row.row[column];
  // Blank text is no mistake where it may be counted: a completion from which nothing is learnt.
  if (typeof value === 'string' && (name === 'completion' || value.trim() !== '')) {
    if (name === 'messages') throw new InputError(`${row.place}: "${column}" must be a list of messages, not text`);
    return value;
  }
  requireColumn(row, column);
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (!Array.isArray(value))
    throw new InputError(`${row.place}: "${column}" must be text or a list of messages, not ${value === null ? 'empty' : typeof value}`);
  if (value.length === 0 && name !== 'completion') throw new InputError(`${row.place}: "${column}" holds no message`);
  return value.map((message, i) => messageOf(message, `${row.place}: ${column}[${i}]`));
}

/** Fields that are null are left out, but for the content: Parquet gives every message all fields, and templates ask whether one is there. */
function messageOf(value: JsonValue, where: string): Message {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InputError(`${where} must be a message, { role, content }`);
  const fields = Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null));
  const { role } = fields;
  if (typeof role !== 'string' || role === '') {
    const names = Object.keys(fields);
    throw new InputError(
      `${where} has no role${names.length > 0 ? `; it has ${names.map((name) => `"${name}"`).join(', ')}` : ''}; a message is { role, content }${didYouMean('role', names).replace(/^; there .*/, '')}`,
    );
  }
  // A call of tools comes without words, and templates ask whether its content is none.
  const content = fields.content ?? (fields.tool_calls === undefined ? undefined : null);
  if (typeof content !== 'string' && content !== null)
    throw new InputError(
      `${where}.content must be text, ${content === undefined ? 'and is missing' : `not ${Array.isArray(content) ? 'a list (of parts)' : `a ${typeof content}`}`}`,
    );
  return { ...fields, role, content };
}
