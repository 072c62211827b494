// MGSM: 250 questions of GSM8K in other languages (Shi et al., 2022). Asked in the language, with the instruction in it; the answer's number
// may be written as the language does. All rows are held out.
import { dataFiles } from '../datasets/files.ts';
import { readRows, streamRows } from '../datasets/rows.ts';
import { InputError } from '../platform/errors.ts';
import { readText } from '../platform/files.ts';
import { inEnglishNotation, type NumberLanguage } from '../rewards/localNumber.ts';
import { mathAccuracy, mathAnswers } from '../rewards/math/reward.ts';
import { goldAnswer } from '../rewards/math/verify.ts';
import { measuredOn } from './benchmarks.ts';
import { defineTask, type Task, type TaskContext } from './task.ts';

const instructions: Record<NumberLanguage, string> = {
  en: 'Please reason step by step, and put your final answer, a number, within \\boxed{}.',
  es: 'Razona paso a paso y escribe tu respuesta final, un número, dentro de \\boxed{}.',
  fr: 'Raisonne étape par étape et écris ta réponse finale, un nombre, dans \\boxed{}.',
  zh: '请逐步推理，并把最终答案（一个数字）写在 \\boxed{} 中。',
};

/** mgsm_en, mgsm_es, mgsm_fr, mgsm_zh. */
export const mgsmTasks: Record<string, () => Task> = Object.fromEntries(
  (Object.keys(instructions) as NumberLanguage[]).map((language) => [`mgsm_${language}`, () => mgsmTask(language)]),
);

function mgsmTask(language: NumberLanguage): Task {
  const name = `mgsm_${language}`;
  const accuracy = mathAccuracy('answer');
  const task = defineTask({
    name,
    load: () => ({ train: [], heldOut: [] }),
    rewards: {
      accuracy: (input) => accuracy({ ...input, completions: input.completions.map((text) => inEnglishNotation(text, language)) }),
    },
    weights: { accuracy: 1 },
    accuracy: 'accuracy',
    answers: {
      of: (completion, row) => mathAnswers.of(inEnglishNotation(completion, language), row),
      same: mathAnswers.same,
    },
  });
  return measuredOn(name, `juletxara/mgsm:${name}.tsv`, task, async (data, split, context) =>
    (await questions(data, split, context)).map(({ question, answer }) => ({
      id: '',
      prompt: [{ role: 'user', content: `${question}\n${instructions[language]}` }],
      question,
      answer,
    })),
  );
}

/** MGSM's own files, .tsv, have no names of columns: a question, a tab, a number. Others have `question` and `answer_number`, or `answer`. */
async function questions(data: string, split: string, { columns }: TaskContext): Promise<{ question: string; answer: string }[]> {
  const files = await dataFiles(data, split);
  if (files.every((file) => /\.tsv$/i.test(file))) return (await Promise.all(files.map(readTsv))).flat();
  const found = { ...(await answerColumn(data, split)), ...columns };
  const rows = await readRows(data, ['question', 'answer'], { split, columns: found });
  return rows.map(({ row }) => ({ question: String(row.question), answer: String(row.answer) }));
}

/** The hub's rows have worked solutions, or nothing, in `answer`. */
async function answerColumn(data: string, split: string): Promise<Record<string, string>> {
  for await (const { row } of streamRows(data, split)) return Object.hasOwn(row, 'answer_number') ? { answer: 'answer_number' } : {};
  return {};
}

async function readTsv(file: string): Promise<{ question: string; answer: string }[]> {
  const lines = (await readText(file)).split(/\r?\n/);
  const rows = lines.flatMap((line, i) => {
    if (line.trim() === '' || (i === 0 && /^question\tanswer/i.test(line))) return [];
    const cells = line.split('\t');
    if (cells.length !== 2 || goldAnswer(cells[1])?.tree === undefined)
      throw new InputError(`${file}:${i + 1}: a line must be a question, a tab, and a number; found ${JSON.stringify(line.slice(0, 80))}`);
    return [{ question: cells[0], answer: cells[1].trim() }];
  });
  if (rows.length === 0) throw new InputError(`${file}: there are no rows in it`);
  return rows;
}
