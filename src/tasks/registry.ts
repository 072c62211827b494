// Finding a task by the name or path that a recipe gives, and holding a user's own to the contract before a run starts.
import { didYouMean } from '../algorithms/nearest.ts';
import { InputError, messageOf } from '../platform/errors.ts';
import { importUserModule } from '../platform/modules.ts';
import { benchmarkTasks } from './benchmarks.ts';
import { countdownTask } from './countdown.ts';
import { gsm8kTask } from './gsm8k.ts';
import { humanEvalTask } from './humaneval.ts';
import { labGeneralTask } from './lab/general/index.ts';
import { labTask } from './lab/index.ts';
import { logicTasks } from './logic/index.ts';
import { mathTask } from './math.ts';
import { mbppTask } from './mbpp.ts';
import { mgsmTasks } from './mgsm.ts';
import { multipleChoiceTask } from './multipleChoice.ts';
import { promptsTask } from './prompts.ts';
import { defineTask, isTaskFile, type LoadedTask, type Task, type TaskRow } from './task.ts';

const builtIn: Record<string, () => Task> = {
  lab: () => labTask({ name: 'lab', countdown: 3, chains: 1 }),
  'lab-countdown': () => labTask({ name: 'lab-countdown', countdown: 1, chains: 0 }),
  'lab-general': labGeneralTask,
  countdown: () => countdownTask({ name: 'countdown', template: 'chat' }),
  'countdown-r1-zero': () => countdownTask({ name: 'countdown-r1-zero', template: 'r1-zero' }),
  gsm8k: () => gsm8kTask({ name: 'gsm8k', template: 'chat' }),
  'gsm8k-r1-zero': () => gsm8kTask({ name: 'gsm8k-r1-zero', template: 'r1-zero' }),
  'multiple-choice': () => multipleChoiceTask('multiple-choice'),
  ...logicTasks,
  math: () => mathTask({ name: 'math', template: 'chat' }),
  'math-r1-zero': () => mathTask({ name: 'math-r1-zero', template: 'r1-zero' }),
  ...benchmarkTasks,
  ...mgsmTasks,
  prompts: promptsTask,
  mbpp: mbppTask,
  humaneval: humanEvalTask,
};

/** The names of the tasks that come with the program. */
export const taskNames: readonly string[] = Object.keys(builtIn);

/**
 * A built-in task by its name, or the default export of a user's .ts or .js file. What its `load` returns is checked: prompts there,
 * ids unique, nothing both trained on and held out.
 * @throws InputError for an unknown name, and a file that does not load or does not export a task.
 */
export async function loadTask(nameOrPath: string): Promise<Task> {
  if (Object.hasOwn(builtIn, nameOrPath)) return builtIn[nameOrPath]();
  if (!isTaskFile(nameOrPath)) {
    const hint = didYouMean(nameOrPath, taskNames);
    const all = hint.startsWith('; did') ? ` (there are ${taskNames.join(', ')})` : '';
    throw new InputError(`there is no task "${nameOrPath}"${hint}${all}; a task of your own is a file: ./${nameOrPath}.ts`);
  }
  const exports = await importUserModule(nameOrPath);
  const task = userTask(nameOrPath, exports.default);
  return {
    ...task,
    load: async (context) => {
      let loaded: LoadedTask;
      try {
        loaded = await task.load(context);
      } catch (error) {
        if (error instanceof InputError) throw error;
        throw new InputError(`${nameOrPath}: load() threw: ${messageOf(error)}`, { cause: error });
      }
      return checkRows(nameOrPath, loaded);
    },
  };
}

/**
 * For whoever will judge responses: what a reward lacks on this machine is told at the start, not at the first step. Looking at a task's rows takes none of it.
 * @throws InputError of a reward's `prepare`
 */
export async function prepareRewards({ rewards, measures = {} }: Pick<Task, 'rewards' | 'measures'>): Promise<void> {
  for (const reward of [...Object.values(rewards), ...Object.values(measures)]) await reward.prepare?.();
}

function userTask(file: string, value: unknown): Task {
  const wrong = (what: string): never => {
    throw new InputError(`${file}: ${what}; see examples/reverse-task.ts`);
  };
  if (!isObject(value)) return wrong('its default export is not a task: write `export default defineTask({ ... })`');
  if (typeof value.name !== 'string' || value.name === '') return wrong("the task's `name` must be a text");
  if (typeof value.load !== 'function') return wrong("the task's `load` must be a function that returns { train, heldOut }");
  const { rewards, weights } = value;
  if (!isObject(rewards) || Object.keys(rewards).length === 0) return wrong("the task's `rewards` must be functions by name");
  for (const [name, reward] of Object.entries(rewards))
    if (typeof reward !== 'function') return wrong(`the reward "${name}" is not a function`);
  if (!isObject(weights)) return wrong("the task's `weights` must be numbers by the rewards' names");
  for (const [name, weight] of Object.entries(weights))
    if (typeof weight !== 'number' || !Number.isFinite(weight)) return wrong(`the weight of "${name}" must be a number`);
  if (value.accuracy !== undefined && typeof value.accuracy !== 'string')
    return wrong("the task's `accuracy` must be the name of one of its rewards; where no rule tells right from wrong it is left out");
  const { answers, measures } = value;
  if (measures !== undefined && !(isObject(measures) && Object.values(measures).every((measure) => typeof measure === 'function')))
    return wrong("the task's `measures` must be functions by name");
  if (answers !== undefined) {
    if (!isObject(answers) || typeof answers.of !== 'function')
      return wrong("the task's `answers` must be { of, same? }, `of` a function that returns a response's answer as text, or null");
    if (answers.same !== undefined && typeof answers.same !== 'function')
      return wrong('`answers.same` must be a function that says whether two answers are one');
  }
  try {
    return defineTask(value as unknown as Task);
  } catch (error) {
    return wrong(messageOf(error));
  }
}

function checkRows(file: string, loaded: LoadedTask): LoadedTask {
  const seen = new Map<string, string>();
  for (const part of ['train', 'heldOut'] as const) {
    const rows: unknown = loaded?.[part];
    if (!Array.isArray(rows))
      throw new InputError(`${file}: load() must return { train, heldOut }, two lists of rows; ${part} is not a list`);
    for (const [i, row] of (rows as Partial<TaskRow>[]).entries()) {
      const where = `${file}: ${part}[${i}]`;
      if (!isObject(row) || typeof row.id !== 'string' || row.id === '')
        throw new InputError(`${where} has no id (a text, unique in the task)`);
      if (!isPrompt(row.prompt))
        throw new InputError(`${where} (${row.id}) has no prompt: it must be text, or a list of { role, content }`);
      const other = seen.get(row.id);
      if (other !== undefined) throw new InputError(`${where} has the id "${row.id}", and so has ${other}`);
      seen.set(row.id, `${part}[${i}]`);
    }
  }
  if (loaded.train.length === 0 && loaded.heldOut.length === 0) throw new InputError(`${file}: load() returned no rows`);
  return loaded;
}

function isPrompt(prompt: unknown): boolean {
  if (typeof prompt === 'string') return prompt !== '';
  return (
    Array.isArray(prompt) &&
    prompt.length > 0 &&
    prompt.every((m) => isObject(m) && typeof m.role === 'string' && typeof m.content === 'string')
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
