// thinkling eval: how often a model is right on a task's held-out problems, with 95% intervals.

import { Command } from 'commander';
import type { Sample, SamplingClient } from '../../engine/engine.ts';
import { Stopped } from '../failure.ts';
import { probability, temperature, wholeNumber } from '../options.ts';
import { isInteractive, paintFor } from '../terminal.ts';

interface EvalFlags {
  task: string;
  samples: number;
  limit?: number;
  temperature: number;
  topP: number;
  maxTokens?: number;
  data?: string;
  seed: number;
  json?: boolean;
}

const usualMaxTokens = 512;

export function evalCommand(): Command {
  return new Command('eval')
    .description("Measure a model on a task's held-out problems: pass@1 and pass@k with 95% intervals, length, reflection.")
    .argument('<model>', 'lab:base, a directory, a run, a .gguf file, or owner/name on the Hugging Face hub')
    .requiredOption('--task <name>', "a built-in task, or the path of a task's file")
    .option('--samples <k>', 'samples of each problem', wholeNumber(1), 16)
    .option('--limit <n>', 'problems of each domain (default: all)', wholeNumber(1))
    .option('--temperature <t>', '0 is greedy: then one sample', temperature, 0.6)
    .option('--top-p <p>', 'nucleus sampling', probability, 0.95)
    .option(
      '--max-tokens <count>',
      `new tokens of a response, at most (default: ${usualMaxTokens}, or what the context leaves)`,
      wholeNumber(1),
    )
    .option('--data <data>', "the task's data, where it needs any: a file, a directory, or owner/name on the hub")
    .option('--seed <seed>', 'of the samples', wholeNumber(0), 0)
    .option('--json', 'the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ npx thinkling eval lab:base --task lab-countdown --limit 64 --temperature 1 --top-p 1
  $ npx thinkling eval runs/gsm8k --task gsm8k --data gsm8k_test.jsonl --samples 4 --json`,
    )
    .action(evaluate);
}

async function evaluate(name: string, flags: EvalFlags): Promise<void> {
  const { InputError } = await import('../../platform/errors.ts');
  const { resolveModel } = await import('../../tracking/resolveModel.ts');
  const { loadTask } = await import('../../tasks/registry.ts');
  const { fittingPrompts, openModelText } = await import('../../stages/prompts.ts');
  const { heldOutRows, measure } = await import('../../stages/heldOut.ts');
  const { createLocalEngine } = await import('../../engine/local/localEngine.ts');
  const { howMeasured, scoreTable } = await import('../live/scoreTable.ts');

  const model = await resolveModel(name);
  const task = await loadTask(flags.task);
  const text = await openModelText(model);
  const { tokenizer, maxContext } = text;
  const { heldOut } = await task.load({ data: flags.data, seed: flags.seed });
  const rows = heldOutRows(heldOut, flags.limit ?? heldOut.length);
  if (rows.length === 0) throw new InputError(`the task ${flags.task} has no held-out problems to measure on`);
  const mend = flags.maxTokens === undefined ? 'take them out of the data' : 'lower --max-tokens, or take them out of the data';
  const least = { maxTokens: flags.maxTokens ?? 1, longPrompts: 'refuse' as const, mend };
  const prompts = fittingPrompts(text, task, rows, 'held-out prompts', least, () => {});
  const longest = prompts.reduce((max, { tokens }) => Math.max(max, tokens.length), 0);
  const maxTokens = flags.maxTokens ?? Math.min(usualMaxTokens, maxContext - longest);
  // Greedy answers are all the same.
  const samples = flags.temperature === 0 ? 1 : flags.samples;
  const topP = flags.temperature === 0 ? 1 : flags.topP;

  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort());
  const engine = createLocalEngine();
  const progress = progressLine(rows.length * samples);
  try {
    const sampler = await engine.createSampler({ model });
    const watched = watchedSampler(sampler, abort.signal, (tokens, ends) => progress.add(tokens, ends));
    const { evaluation } = await measure(watched, tokenizer, task, prompts, {
      samples,
      temperature: flags.temperature,
      topP,
      maxTokens,
      seed: flags.seed,
    });
    progress.clear();
    if (abort.signal.aborted) throw new Stopped();
    if (flags.json) process.stdout.write(`${JSON.stringify({ model, task: flags.task, seed: flags.seed, ...evaluation })}\n`);
    else {
      const paint = paintFor(process.stdout);
      const head = `${paint('bold', `${name} on ${flags.task}`)}: ${howMeasured(evaluation)}`;
      process.stdout.write(`${[head, ...scoreTable([evaluation], [], paint)].join('\n')}\n`);
    }
  } finally {
    progress.clear();
    await engine.close();
  }
}

/** The same sampler, told of and cancelled from outside. */
function watchedSampler(sampler: SamplingClient, signal: AbortSignal, told: (tokens: number, ends: number) => void): SamplingClient {
  return {
    version: sampler.version,
    logprobs: (data, t) => sampler.logprobs(data, t),
    save: (dir) => sampler.save(dir),
    close: () => sampler.close(),
    async sample(prompt, params): Promise<Sample[]> {
      const stops = new Set(params.stop);
      return sampler.sample(prompt, {
        ...params,
        signal,
        onTokens: (_, tokens) => told(tokens.length, tokens.filter((id) => stops.has(id)).length),
      });
    },
  };
}

/** On a terminal, a line that says how far it is. On the standard error, so that results can be piped. */
function progressLine(responses: number): { add(tokens: number, ends: number): void; clear(): void } {
  const { stderr } = process;
  if (!isInteractive(stderr)) return { add: () => {}, clear: () => {} };
  const start = performance.now();
  let tokens = 0;
  let ended = 0;
  let drawn = start;
  return {
    add(more, ends) {
      tokens += more;
      ended += ends;
      const at = performance.now();
      if (at - drawn < 250) return;
      drawn = at;
      stderr.write(`\r\u001b[K${ended} of ${responses} responses ended, ${Math.round((1000 * tokens) / (at - start))} tokens/s`);
    },
    clear() {
      if (tokens > 0) stderr.write('\r\u001b[K');
    },
  };
}
