// Decontamination: evaluation sets as they lie on disk or on the hub, and which rows of training data share their questions.
import { InputError } from '../platform/errors.ts';
import { basename } from '../platform/files.ts';
import { hasSplit } from './files.ts';
import { columnsFound, type DataRow, streamRows } from './rows.ts';
import { WordRuns } from './sharedWords.ts';

/** What a row of training data shares with an evaluation set. */
export interface Contamination {
  /** As the recipe names it. */
  evaluation: string;
  /** The evaluation's own row, `file:line`. */
  evaluationRow: string;
  /** Ten or more in a row, lower case and without punctuation; or all of a shorter question. */
  words: string;
}

/** Where evaluation sets have their questions; the first that a row has. Capitals do not count. */
const questionColumns = ['problem', 'question', 'prompt', 'question_content', 'instruction', 'text', 'messages'];

export class EvaluationSets {
  readonly #runs: WordRuns;

  private constructor(
    readonly names: readonly string[],
    private readonly rows: readonly Omit<Contamination, 'words'>[],
    questions: readonly string[],
  ) {
    this.#runs = new WordRuns(questions);
  }

  /**
   * @param names each a file, a directory or a name on the hub; of those with splits the split `test`, where there is one, else `train`
   * @throws InputError where there are no such data, or a row has no column that may be its question
   */
  static async read(names: readonly string[]): Promise<EvaluationSets> {
    const rows: Omit<Contamination, 'words'>[] = [];
    const questions: string[] = [];
    for (const evaluation of names)
      for await (const read of streamRows(evaluation, (await hasSplit(evaluation, 'test')) ? 'test' : 'train')) {
        // MGSM's own files have no names of columns: the first line, taken for them, is a question and its answer.
        const first = nameless(read);
        if (first !== undefined && read.line === 2) {
          questions.push(first);
          rows.push({ evaluation, evaluationRow: `${basename(read.file)}:1` });
        }
        questions.push(first === undefined ? questionOf(read) : String(read.row[first]));
        rows.push({ evaluation, evaluationRow: `${basename(read.file)}:${read.line}` });
      }
    return new EvaluationSets(names, rows, questions);
  }

  /** How many questions there are. */
  get size(): number {
    return this.rows.length;
  }

  /**
   * What a row shares with a question: ten words in a row, in any text of any of its columns; or a whole question of fewer, which is the whole
   * of a text or a line of one. The column with the longest run tells.
   */
  find(row: Readonly<Record<string, unknown>>): Contamination | undefined {
    let longest: Contamination | undefined;
    for (const text of textsOf(row)) {
      const found = this.#runs.find(text);
      if (found && found.words.length > (longest?.words.length ?? 0)) longest = { ...this.rows[found.text], words: found.words };
    }
    return longest;
  }
}

/** Of a .tsv whose first line is no names of columns but a question and a number: that question, which is then the name of the column with the others. */
function nameless({ file, row }: DataRow): string | undefined {
  const names = Object.keys(row);
  // By what they say: a name that is an integer comes first, wherever it stood.
  const texts = names.filter((name) => !/^\s*-?\d[\d.,]*\s*$/.test(name));
  return /\.tsv$/i.test(file) && names.length === 2 && texts.length === 1 ? texts[0] : undefined;
}

function questionOf({ row, place }: DataRow): string {
  const names = Object.keys(row);
  for (const wanted of questionColumns) {
    const column = names.find((name) => name.toLowerCase() === wanted);
    if (column !== undefined && row[column] !== null) return textsOf({ [column]: row[column] }).join('\n');
  }
  throw new InputError(
    `${place}: no column with the question of an evaluation: that is called ${questionColumns.join(', ')}; ${columnsFound(row)}`,
  );
}

/** All texts of a row: its columns', those within lists and objects, and of messages what they say; each once. */
function textsOf(value: unknown, found = new Set<string>()): string[] {
  if (typeof value === 'string') found.add(value);
  else if (typeof value === 'object' && value !== null) {
    const parts = 'role' in value && 'content' in value ? [value.content] : Object.values(value);
    for (const part of parts) textsOf(part, found);
  }
  return [...found];
}
