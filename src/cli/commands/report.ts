// thinkling report: a run as one HTML file.

import { Command } from 'commander';

export function reportCommand(): Command {
  return new Command('report')
    .description('Write a run as one HTML file: its results, curves, samples side by side, the recipe. Also of a run that is under way.')
    .argument('<run>', "the run's directory")
    .option('--out <file>', 'the file to write (default: report.html in it)')
    .addHelpText(
      'after',
      `
Example:
  $ npx thinkling report runs/lab-r1-zero`,
    )
    .action(report);
}

async function report(run: string, { out }: { out?: string }): Promise<void> {
  const { writeReport } = await import('../../report/report.ts');
  const { shownPath } = await import('../paths.ts');
  process.stdout.write(`${shownPath(await writeReport(run, out))}\n`);
}
