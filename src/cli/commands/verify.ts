// thinkling verify: a judge of answers held against cases whose verdicts are known.

import { Argument, Command } from 'commander';
import { statusLine } from '../statusLine.ts';
import { type Paint, paintFor, printable, widthOf, wrap } from '../terminal.ts';
import { type VerifyCase, verifyKinds } from '../verifyKinds.ts';
import { disagrees, type JudgedCase, type VerifyCounts, verifyCounts } from '../verifyReport.ts';

interface VerifyFlags {
  json?: boolean;
  details?: boolean;
}

/** A quick judge's short file is judged again for so long, and its fastest pass counts. */
const timedSeconds = 1;

export function verifyCommand(): Command {
  const kinds = Object.keys(verifyKinds);
  return new Command('verify')
    .description('Hold a judge of answers against cases whose verdicts are known: how many agree, which do not, how fast it is.')
    .addArgument(new Argument('<kind>', 'what is judged').choices(kinds))
    .argument('<cases>', 'a file of cases, one a line (.jsonl; CSV and Parquet too)')
    .option('--json', 'the counts as JSON, on one line')
    .option('--details', 'the cases that disagree as well')
    .addHelpText(
      'after',
      `
A case:
${kinds.map((kind) => `  ${kind}: ${verifyKinds[kind].columns}`).join('\n')}
"expected" (true or false) may be left out: such a case is judged, and counts in the total and among the golds that cannot be read alone.
Where the gold cannot be read, or the sandbox itself fails, there is no verdict (null); that agrees with an expected false.

Examples:
  $ npx thinkling verify math cases.jsonl
  $ npx thinkling verify math cases.jsonl --json --details`,
    )
    .action(verify);
}

async function verify(name: string, file: string, flags: VerifyFlags): Promise<void> {
  const { readFile } = await import('../../datasets/formats.ts');
  const { isFile } = await import('../../platform/files.ts');
  const { InputError } = await import('../../platform/errors.ts');
  const kind = await verifyKinds[name].open();
  const judged: JudgedCase[] = [];
  try {
    // Every row is read before one is judged, so that a bad one costs nothing.
    const cases: VerifyCase[] = [];
    if (!(await isFile(file))) throw new InputError(`there is no file ${file}`);
    for await (const row of readFile(file)) {
      const expected = row.row.expected ?? undefined;
      if (expected !== undefined && typeof expected !== 'boolean')
        throw new InputError(`${row.place}: "expected" must be true or false, or left out`);
      const read = kind.read(row);
      cases.push(read);
      judged.push({ place: row.place, shown: read.shown, expected, verdict: null });
    }
    if (cases.length === 0) throw new InputError(`${file}: there are no rows in it`);
    const progress = statusLine(process.stderr, { logEvery: Number.POSITIVE_INFINITY, atOnce: false });
    const pass = async (): Promise<number> => {
      const begun = performance.now();
      let next = 0;
      const judgeOn = async (): Promise<void> => {
        while (next < cases.length) {
          const at = next++;
          Object.assign(judged[at], await cases[at].judge());
          progress.draw(() => `${next} of ${cases.length} cases judged`);
        }
      };
      await Promise.all(Array.from({ length: kind.atOnce }, judgeOn));
      return (performance.now() - begun) / 1000;
    };
    let seconds = await pass();
    for (const end = performance.now() + 1000 * timedSeconds; kind.quick && performance.now() < end; )
      seconds = Math.min(seconds, await pass());
    progress.clear();
    show(file, judged, seconds, flags);
  } finally {
    await kind.close?.();
  }
}

function show(file: string, judged: readonly JudgedCase[], seconds: number, { json, details }: VerifyFlags): void {
  const { stdout } = process;
  const counts = verifyCounts(judged, seconds);
  const wrong = details ? judged.filter(disagrees) : undefined;
  if (json) {
    const disagreements = wrong?.map(({ place, shown, ...rest }) => ({ place, ...shown, ...rest }));
    stdout.write(`${JSON.stringify({ ...counts, disagreements })}\n`);
    return;
  }
  const paint = paintFor(stdout);
  const width = Math.min(widthOf(stdout), 120) - 1;
  const lines = [...tableOf(file, counts, paint), ...(wrong ?? []).flatMap((each) => linesOf(each, width, paint))];
  stdout.write(`${lines.join('\n')}\n`);
}

function tableOf(file: string, counts: VerifyCounts, paint: Paint): string[] {
  const { total, agree, falsePositives, falseNegatives, unparsedGolds, perSecond } = counts;
  const figure = (value: number): string => Math.round(value).toLocaleString('en');
  const expected = agree + falsePositives + falseNegatives;
  const rows: [string, number, string][] = [
    ['agree', agree, `of ${figure(expected)} that say what is expected`],
    ['false positives', falsePositives, 'judged right, expected wrong'],
    ['false negatives', falseNegatives, 'expected right, not judged so'],
    ['no verdict', unparsedGolds, 'the gold cannot be read, or the judge failed: in training such a row takes no part'],
  ];
  const digits = Math.max(...rows.map(([, value]) => figure(value).length));
  return [
    `${paint('bold', printable(file))}: ${figure(total)} cases, ${perSecond < 10 ? perSecond.toPrecision(2) : figure(perSecond)} judged a second`,
    ...rows.map(([name, value, meaning]) => `  ${name.padEnd(15)}  ${figure(value).padStart(digits)}  ${paint('dim', meaning)}`),
  ];
}

function linesOf({ place, shown, expected, verdict, detail }: JudgedCase, width: number, paint: Paint): string[] {
  const why = detail === undefined ? '' : ` (${detail})`;
  const said = verdict === null ? `there is no verdict${why}` : `judged ${verdict}${why}`;
  const texts = Object.entries(shown).flatMap(([name, text]) => wrap(printable(`${name}: ${text}`), width - 2).map((line) => `  ${line}`));
  return ['', paint('bold', `${place}: ${said}, expected ${expected}`), ...texts];
}
