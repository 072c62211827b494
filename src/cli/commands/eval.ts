// thinkling eval: how often a model is right on a task's held-out problems, with 95% intervals.

import { Command } from 'commander';
import type { Evaluation } from '../../stages/context.ts';
import { Stopped } from '../failure.ts';
import { probability, temperature, wholeNumber, wholeNumbers } from '../options.ts';
import { paintFor, widthOf } from '../terminal.ts';

interface EvalFlags {
  task: string;
  data?: string;
  limit?: number;
  samples?: number;
  k?: number[];
  temperature?: number;
  topP?: number;
  maxTokens?: number;
  seed: number;
  out?: string;
  json?: boolean;
  endpoint?: string;
  endpointModel?: string;
  keyEnv?: string;
  concurrency?: number;
  completions?: string;
}

export function evalCommand(): Command {
  return new Command('eval')
    .description(
      "Measure a model on a task's held-out problems: pass@k, the majority's accuracy (cons@k), length and reflection, with 95% intervals.",
    )
    .argument('[model]', 'lab:base, a directory, a run, a .gguf file, or owner/name on the Hugging Face hub')
    .requiredOption('--task <name>', "a built-in task (gsm8k, math500, aime24, mgsm_fr, gpqa, ...), or the path of a task's file")
    .option('--data <data>', "the task's data: a file, a directory, or owner/name on the hub; published sets know theirs")
    .option('--limit <n>', 'problems of each domain (default: all)', wholeNumber(1))
    .option('--samples <n>', 'samples of each problem (default: 16)', wholeNumber(1))
    .option('--k <k,...>', 'of pass@k beside pass@1 (default: the number of samples)', wholeNumbers(1))
    .option('--temperature <t>', '0 is greedy: then one sample (default: 0.6)', temperature)
    .option('--top-p <p>', 'nucleus sampling (default: 0.95)', probability)
    .option(
      '--max-tokens <count>',
      'new tokens of a response, at most (default: 512, or what the context leaves; 32768 of an endpoint)',
      wholeNumber(1),
    )
    .option('--seed <seed>', 'of the samples', wholeNumber(0), 0)
    .option('--out <dir>', 'keep every sample there as it comes; the same command again goes on after them')
    .option('--endpoint <url>', 'instead of a model: an OpenAI-compatible server, its address up to and with /v1')
    .option('--endpoint-model <name>', 'the model, as the server calls it')
    .option('--key-env <variable>', 'the environment variable that has its key (default: OPENAI_API_KEY, where it is set)')
    .option('--concurrency <n>', 'requests to it at a time (default: 16)', wholeNumber(1))
    .option('--completions <file>', 'instead of a model: completions that were drawn before')
    .option('--json', 'the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ npx thinkling eval lab:base --task lab-countdown --limit 64 --temperature 1 --top-p 1
  $ npx thinkling eval runs/gsm8k --task gsm8k --samples 4 --k 2,4 --out evals/gsm8k
  $ npx thinkling eval --endpoint http://localhost:8000/v1 --endpoint-model my-model --task aime24 --samples 64 --out evals/aime24
  $ npx thinkling eval --completions evals/aime24/details.jsonl --task aime24 --json

Tasks, measures and files are described in docs/evaluation.md.`,
    )
    .action(evaluate);
}

async function evaluate(model: string | undefined, flags: EvalFlags): Promise<void> {
  const { InputError } = await import('../../platform/errors.ts');
  const { loadTask, prepareRewards } = await import('../../tasks/registry.ts');
  const { heldOutRows } = await import('../../stages/heldOut.ts');
  const { runEvaluation } = await import('../../stages/evaluation/evaluation.ts');
  const { endpointModel, localModel, storedFile } = await import('../evalSources.ts');
  const { evalProgress } = await import('../evalProgress.ts');
  const { howMeasured, scoreTable } = await import('../live/scoreTable.ts');

  const wrong = mistake(model, flags);
  if (wrong !== undefined) throw new InputError(wrong);
  const task = await loadTask(flags.task);
  await prepareRewards(task);
  const { train, heldOut } = await task.load({ data: flags.data, seed: flags.seed });
  const rows = heldOutRows(heldOut, flags.limit ?? heldOut.length);
  if (rows.length === 0) throw new InputError(`the task ${flags.task} has no held-out problems to measure on`);

  if (flags.data !== undefined && train.length > 0)
    process.stderr.write(
      `note: of ${flags.data} ${heldOut.length} problems are held out, and measured on; ${train.length} are to train on\n`,
    );

  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort());
  const progress = evalProgress();
  const problems = { task, rows, signal: abort.signal, onTokens: progress.tokens };
  const { endpoint: url, endpointModel: served = '', keyEnv: keyName, concurrency = 16, completions, out } = flags;
  const measured =
    completions !== undefined
      ? await storedFile(completions, problems, heldOut)
      : url !== undefined
        ? endpointModel({ url, model: served, keyName, concurrency }, problems, flags)
        : await localModel(model ?? '', problems, flags);
  try {
    const { source, samples, sampling, facts, settings } = measured;
    const ks = [...new Set([1, ...(flags.k ?? [samples])])].sort((a, b) => a - b);
    const about = { ...facts, task: flags.task, data: flags.data, seed: flags.seed };
    const keep = out === undefined ? undefined : { dir: out, settings: { task: task.name, ...settings }, facts: about };
    const { signal } = abort;
    const warn = (message: string): void => {
      progress.clear();
      process.stderr.write(`warning: ${message}\n`);
    };
    const report = progress.problems;
    const evaluation = await runEvaluation({ task, rows, source, samples, ks, sampling, keep, signal, report, warn });
    progress.clear();
    if (evaluation === undefined) {
      const kept =
        out === undefined ? 'nothing is kept without --out' : `the problems that are done are in ${out}; the same command goes on`;
      process.stderr.write(`stopped: ${kept}\n`);
      throw new Stopped();
    }
    const absent = absentNotes(ks, evaluation);
    if (flags.json) {
      process.stdout.write(`${JSON.stringify({ ...about, ...evaluation })}\n`);
      for (const note of absent) process.stderr.write(`${note}\n`);
      return;
    }
    const paint = paintFor(process.stdout);
    const head = `${paint('bold', `${url === undefined ? (completions ?? model) : `${served} at ${url}`} on ${flags.task}`)}: ${howMeasured(evaluation)}`;
    const lines = [head, ...scoreTable([evaluation], [], paint, widthOf(process.stdout))];
    lines.push(...absent);
    if (out !== undefined) lines.push(`every sample is in ${out}/details.jsonl`);
    process.stdout.write(`${lines.join('\n')}\n`);
  } finally {
    progress.clear();
    // After an error, too: nothing more is asked for.
    abort.abort();
    await measured.close();
  }
}

/** What of the command contradicts itself. */
function mistake(model: string | undefined, flags: EvalFlags): string | undefined {
  const { endpoint, endpointModel, keyEnv, concurrency, completions, samples, temperature, topP, maxTokens } = flags;
  const given = Object.entries({ 'a model': model, '--endpoint': endpoint, '--completions': completions }).filter(
    ([, value]) => value !== undefined,
  );
  if (given.length !== 1)
    return `give one thing to measure: a MODEL, --endpoint URL with --endpoint-model NAME, or --completions FILE${given.length > 1 ? `; here are ${given.map(([name]) => name).join(' and ')}` : ''}`;
  if (endpoint !== undefined && endpointModel === undefined) return `--endpoint ${endpoint}: name the model, too: --endpoint-model NAME`;
  const ofEndpoint = Object.entries({ '--endpoint-model': endpointModel, '--key-env': keyEnv, '--concurrency': concurrency });
  const lone = ofEndpoint.find(([, value]) => value !== undefined);
  if (endpoint === undefined && lone) return `${lone[0]} is of an endpoint: give its address with --endpoint`;
  const ofSampling = Object.entries({ '--samples': samples, '--temperature': temperature, '--top-p': topP, '--max-tokens': maxTokens });
  const idle = ofSampling.find(([, value]) => value !== undefined);
  if (completions !== undefined && idle) return `${idle[0]} has no effect on --completions: they have been drawn`;
  return undefined;
}

/** Of each pass@k that was asked for and is not told, why. */
function absentNotes(ks: readonly number[], { samples, byDomain }: Evaluation): string[] {
  return ks.flatMap((k) => {
    if (k > samples)
      return [`pass@${k} is not told: it takes ${k} samples of each problem, and there ${samples === 1 ? 'is 1' : `are ${samples}`}`];
    const short = Object.keys(byDomain).filter((domain) => byDomain[domain].problems > 0 && byDomain[domain].passAtK[k] === undefined);
    return short.length === 0
      ? []
      : [`pass@${k} is not told of ${short.join(', ')}: of some problems fewer than ${k} samples could be judged`];
  });
}
