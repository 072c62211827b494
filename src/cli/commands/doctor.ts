// thinkling doctor: what this machine has and lacks, and the mend; whether a model loads and fits.

import { Command } from 'commander';
import { StageError } from '../../stages/context.ts';
import { wholeNumber } from '../options.ts';
import { paintFor, widthOf, wrap } from '../terminal.ts';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description(
      'Look at this machine: what it has, what it lacks, and how to mend that. With a model: what sampling and training take of memory, and whether it loads.',
    )
    .argument('[model]', 'lab:base, a directory, a run, a .gguf file, or owner/name on the Hugging Face hub')
    .option('--prompts-per-step <n>', 'of the RL step whose memory is looked at', wholeNumber(1), 8)
    .option('--group-size <n>', 'responses to each prompt', wholeNumber(1), 8)
    .option('--prompt-tokens <n>', 'tokens of a prompt', wholeNumber(1), 128)
    .option('--max-tokens <n>', 'tokens of every response', wholeNumber(1), 256)
    .option('--json', 'the findings as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ npx thinkling doctor
  $ npx thinkling doctor models/SmolLM2-135M-Instruct.Q4_1.gguf --max-tokens 1024`,
    )
    .action(doctor);
}

interface Flags {
  promptsPerStep: number;
  groupSize: number;
  promptTokens: number;
  maxTokens: number;
  json?: boolean;
}

async function doctor(name: string | undefined, flags: Flags): Promise<void> {
  const { machineChecks } = await import('../machineChecks.ts');
  const checks = await machineChecks();
  if (name !== undefined) {
    const { resolveModel } = await import('../../tracking/resolveModel.ts');
    const { modelChecks } = await import('../modelChecks.ts');
    const { promptsPerStep: prompts, groupSize: samples, promptTokens, maxTokens } = flags;
    checks.push(...(await modelChecks(await resolveModel(name), { prompts, samples, promptTokens, maxTokens })));
  }
  const { stdout } = process;
  const lacking = checks.filter(({ state }) => state === 'lacking');
  if (flags.json) stdout.write(`${JSON.stringify({ ok: lacking.length === 0, checks })}\n`);
  else {
    const paint = paintFor(stdout);
    const marks = { ok: paint('green', '✓'), lacking: paint('red', '✗'), absent: paint('dim', '-') };
    const indent = ' '.repeat(16);
    const width = Math.min(widthOf(stdout), 110) - 1;
    for (const { name: what, state, found, mend } of checks) {
      for (const [i, line] of wrap(found, width - indent.length).entries())
        stdout.write(`${i === 0 ? `${marks[state]} ${what.padEnd(indent.length - 2)}` : indent}${line}\n`);
      if (mend)
        for (const line of wrap(`to mend: ${mend}`, width - indent.length, '  ')) stdout.write(`${indent}${paint('yellow', line)}\n`);
    }
  }
  if (lacking.length > 0) throw new StageError(`this machine lacks what is needed: ${lacking.map(({ name: what }) => what).join(', ')}`);
}
