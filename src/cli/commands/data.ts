// thinkling data: the prompts of a task or recipe as the model will see them, a run's rollouts, a corpus; and with a model, token by
// token, what exactly is trained on.

import { Command } from 'commander';
import type { DataRequest } from '../dataSource.ts';
import { wholeNumber } from '../options.ts';
import { paintFor, widthOf } from '../terminal.ts';

interface DataFlags extends Omit<DataRequest, 'overrides'> {
  json?: boolean;
}

export function dataCommand(): Command {
  return new Command('data')
    .description('Look at a task, a recipe, a data set or the rollouts of a run. With --model: token by token, the trained ones marked.')
    .argument('<source>', "a task's name or file, a recipe (.yaml), a run's directory, a data file or directory, or owner/name on the hub")
    .argument('[overrides...]', 'of a recipe: path.to.field=value, as for run')
    .option('-n, --number <count>', 'how many', wholeNumber(1), 3)
    .option('--from <index>', 'the first one, counted from 0', wholeNumber(0), 0)
    .option('--model <model>', 'whose tokens to show (for a recipe and a run: by default theirs)')
    .option('--data <data>', "the task's data, where it needs any: a file, a directory, or owner/name on the hub")
    .option('--seed <seed>', "of a task's or a corpus' rows (for a recipe and a run: by default theirs)", wholeNumber(0))
    .option('--stage <name>', 'of a recipe (default: its first)')
    .option('--against <evaluations...>', 'evaluation sets: show the rows that share ten words in a row with a question of theirs')
    .option('--held-out', 'the held-out problems in place of those to train on')
    .option('--json', 'each as a JSON object a line')
    .addHelpText(
      'after',
      `
Examples:
  $ npx thinkling data lab --model lab:base
  $ npx thinkling data recipes/lab-base.yaml          the documents that lab:base is pretrained on
  $ npx thinkling data runs/lab-r1-zero -n 8          the newest rollouts, with rewards and advantages
  $ npx thinkling data runs/lab-r1-zero/rollouts/zero-20.jsonl
  $ npx thinkling data recipes/sft.yaml model=DIR data=chats.jsonl stages.tune.maxLength=512
  $ npx thinkling data train.jsonl --against aime24.jsonl HuggingFaceH4/MATH-500
  $ npx thinkling data train.parquet                  the rows of any data set
  $ npx thinkling data openai/gsm8k:main              and of one on the Hugging Face hub`,
    )
    .action(data);
}

async function data(source: string, overrides: string[], flags: DataFlags): Promise<void> {
  const { openSource } = await import('../dataSource.ts');
  const { tokenLines } = await import('../tokenView.ts');
  const { responseLines } = await import('../thinking.ts');
  const { stringifyJson } = await import('../../formats/jsonl.ts');
  const { printable, wrap } = await import('../terminal.ts');

  const { about, items } = await openSource(source, { ...flags, overrides });
  const { stdout } = process;
  const paint = paintFor(stdout);
  const width = Math.min(widthOf(stdout), 120) - 1;
  const write = (line: string): void => void stdout.write(`${line}\n`);
  if (!flags.json) for (const line of about.flatMap((text) => wrap(text, width))) write(paint('dim', line));
  for (const item of items) {
    if (flags.json) {
      write(stringifyJson(item));
      continue;
    }
    write('');
    for (const line of wrap(item.title, width, '  ')) write(paint('bold', line));
    if (item.tokens) {
      for (const line of tokenLines(item.tokens, width - 2, paint)) write(`  ${line}`);
      const trained = item.tokens.filter((token) => token.trained).length;
      write(paint('dim', `  ${item.tokens.length} tokens, ${trained} trained on${item.remark ? `; ${item.remark}` : ''}`));
    } else {
      for (const line of wrap(printable(item.prompt), width - 2)) write(`  ${paint('cyan', line)}`);
      if (item.response !== undefined)
        for (const line of responseLines(item.response, { width: width - 2, maxLines: Number.POSITIVE_INFINITY, paint }))
          write(`  ${line}`);
      if (item.remark) write(paint('dim', `  ${item.remark}`));
    }
  }
}
