// The program's commands. Each file of commands/ describes one and loads what it works with only when it runs, so that --help answers
// at once.

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { dataCommand } from './commands/data.ts';
import { doctorCommand } from './commands/doctor.ts';
import { evalCommand } from './commands/eval.ts';
import { exportCommand } from './commands/export.ts';
import { initCommand } from './commands/init.ts';
import { planCommand } from './commands/plan.ts';
import { reportCommand } from './commands/report.ts';
import { runCommand } from './commands/run.ts';
import { sampleCommand } from './commands/sample.ts';
import { verifyCommand } from './commands/verify.ts';

/** The whole command line. Usage errors are thrown as CommanderError after they have been told. */
export function createProgram(): Command {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  const program = new Command('thinkling')
    .description('Teach language models to reason: the DeepSeek-R1 training recipe in TypeScript.')
    .version(manifest.version)
    .addHelpText(
      'after',
      `
MODEL is lab:base (it ships with the program), a directory in Hugging Face format, a run's directory, a .gguf file, or a name on the
Hugging Face hub: owner/name, owner/name@revision, owner/name:file.gguf. What lies at that path goes first. A download is kept where
all Hugging Face programs keep theirs; HF_TOKEN, HF_HOME, HF_ENDPOINT and HF_HUB_OFFLINE are heeded.
Exit status: 0 done, 1 the work failed, 2 the input was wrong, 130 stopped with Ctrl-C.
THINKLING_DEBUG=1 in the environment shows where an error came from.

Example:
  $ npx thinkling run recipes/lab-r1-zero.yaml`,
    )
    .exitOverride();
  for (const command of [
    runCommand(),
    initCommand(),
    planCommand(),
    evalCommand(),
    reportCommand(),
    sampleCommand(),
    dataCommand(),
    verifyCommand(),
    exportCommand(),
    doctorCommand(),
  ]) {
    command.exitOverride().showHelpAfterError(`(thinkling ${command.name()} --help says more)`);
    program.addCommand(command);
  }
  return program;
}
