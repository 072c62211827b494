// thinkling init: a commented recipe for a model and a task, to begin from.

import { Argument, Command, Option } from 'commander';

interface InitFlags {
  model: string;
  task: string;
  data?: string;
  kind: 'zero' | 'sft' | 'r1';
}

export function initCommand(): Command {
  return new Command('init')
    .description('Write a commented recipe for a model and a task.')
    .addArgument(new Argument('[file]', 'where to write it').default('recipe.yaml'))
    .option('--model <model>', 'the model that it starts from', 'lab:base')
    .option('--task <task>', 'a built-in task, or a file of yours (./my-task.ts)', 'lab')
    .option('--data <data>', "what sft learns from, or the task's data: a file, a directory, or owner/name on the hub")
    .addOption(
      new Option('--kind <kind>', 'zero: reinforcement learning alone; sft: learning by example; r1: every stage of DeepSeek-R1')
        .choices(['zero', 'sft', 'r1'])
        .default('zero'),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ npx thinkling init
  $ npx thinkling init mine.yaml --model HuggingFaceTB/SmolLM2-135M-Instruct --task gsm8k
  $ npx thinkling init chats.yaml --kind sft --model lab:base --data chats.jsonl
  $ npx thinkling init whole.yaml --kind r1`,
    )
    .action(init);
}

async function init(file: string, { kind, model, task, data }: InitFlags): Promise<void> {
  const { basename, createExclusive, dirname, exists, extname, isDirectory, pathOf, relative, resolve } = await import(
    '../../platform/files.ts'
  );
  const { InputError } = await import('../../platform/errors.ts');
  const { requireData } = await import('../../datasets/files.ts');
  const { openModel } = await import('../../formats/modelSource.ts');
  const { parameterCount } = await import('../../models/llama.ts');
  const { parseRecipe } = await import('../../recipe/recipe.ts');
  const { recipeTemplate } = await import('../../recipe/template.ts');
  const { loadTask } = await import('../../tasks/registry.ts');
  const { labGeneral } = await import('../../tasks/lab/general/rows.ts');
  const { isTaskFile } = await import('../../tasks/task.ts');
  const { resolveModel } = await import('../../tracking/resolveModel.ts');

  if (!/\.ya?ml$/i.test(file)) throw new InputError(`${file}: a recipe is a .yaml file; give such a name`);
  const taken = new InputError(`${file} is there already, and is not overwritten: give another name, or remove it`);
  if (await exists(file)) throw taken;
  if (!(await isDirectory(dirname(resolve(file)))))
    throw new InputError(`there is no directory ${dirname(file)} to write ${basename(file)} in`);
  if (kind === 'sft' && data === undefined)
    throw new InputError('--kind sft learns from examples: name them with --data, a file of yours or owner/name on the Hugging Face hub');
  const path = await resolveModel(model);
  const loaded = kind === 'sft' ? undefined : await loadTask(task);
  if (kind === 'r1' && loaded?.environment)
    throw new InputError(
      `--kind r1: the task ${loaded.name} answers in several turns, which rejection sampling does not curate: take --kind zero, or a task of one turn`,
    );
  if (kind === 'r1' && loaded && loaded.accuracy === undefined)
    throw new InputError(
      `--kind r1: no rule judges responses to the task ${loaded.name}, and its stages go by what is right: take a task that has an accuracy`,
    );
  if (data !== undefined && !(kind === 'sft' && data === labGeneral)) await requireData(data, '--data');
  const source = await openModel(path);
  await source.close();
  /** In a recipe paths start from its folder. */
  const fromRecipe = async (named: string): Promise<string> => {
    if (named.startsWith('lab:') || !(await exists(named))) return named;
    const near = relative(dirname(resolve(file)), resolve(named));
    return near.startsWith('.') || near.startsWith('/') ? near : `./${near}`;
  };
  const named = isTaskFile(task) ? await fromRecipe(task) : task;
  const general = loaded && (await generalFor(task));
  const text = recipeTemplate(kind, {
    name:
      basename(file, extname(file))
        .replace(/^[^A-Za-z0-9]+|[^\w.-]/g, '-')
        .replace(/^-+/, '') || 'mine',
    model: await fromRecipe(model),
    task: named,
    data: data === undefined ? undefined : await fromRecipe(data),
    formatted: loaded !== undefined && 'format' in loaded.rewards,
    general: general && { ...general, task: general.task === task ? named : general.task },
    schema: await fromRecipe(pathOf(new URL('../../../recipes/recipe.schema.json', import.meta.url))),
    config: source.config,
    parameters: parameterCount(source.config),
  });
  parseRecipe(text, file);
  if (!(await createExclusive(file, text))) throw taken;
  process.stdout.write(`${file} is written: look through it, then\n  npx thinkling plan ${file}\n  npx thinkling run ${file}\n`);
}

/** The task whose judge compares responses for reward models: the task itself where it has one; for the lab's problems its general half. */
async function generalFor(task: string): Promise<{ task: string; harm: boolean } | undefined> {
  const { loadTask } = await import('../../tasks/registry.ts');
  const candidates = /^lab(-|$)/.test(task) ? [task, 'lab-general'] : [task];
  for (const name of candidates) {
    const { judge, harm } = await loadTask(name);
    if (judge) return { task: name, harm: harm !== undefined };
  }
  return undefined;
}
