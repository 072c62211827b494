// The judge of code on the published solutions of HumanEval and MBPP: how many pass, and runs a second on all processors.
//   npx tsx bench/code.ts --shared ../shared
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { extractCode } from '../src/rewards/code/extract.ts';
import { codeProblem } from '../src/rewards/code/layouts.ts';
import { CodePool } from '../src/rewards/code/pool.ts';
import type { Submission } from '../src/rewards/code/verdict.ts';

const { values } = parseArgs({ options: { shared: { type: 'string', default: '../shared' } } });

interface Named {
  name: string;
  submission: Submission;
}

const pool = new CodePool();
await pool.ready('python');
await measure(
  'HumanEval',
  rows('HumanEval.jsonl.gz').map((row) => named(String(row.task_id), row, String(row.canonical_solution))),
);
await measure(
  'MBPP',
  rows('mbpp.jsonl').map((row) => named(`mbpp/${row.task_id}`, row, String(row.code))),
);
const echo: Submission = { language: 'python', solution: 'print(input())', tests: [{ kind: 'stdio', stdin: 'x\n', stdout: 'x\n' }] };
await measure(
  'programs with an input',
  Array.from({ length: 200 }, (_, i) => ({ name: `${i}`, submission: echo })),
);
await pool.close();

async function measure(what: string, all: readonly Named[]): Promise<void> {
  const begun = performance.now();
  const verdicts = await Promise.all(all.map(({ submission }) => pool.judge(submission)));
  const seconds = (performance.now() - begun) / 1000;
  const failed = all.flatMap(({ name }, i) =>
    verdicts[i].outcome === 'passed' ? [] : [`  ${name}: ${verdicts[i].outcome}: ${verdicts[i].detail}`],
  );
  console.log(`${what}: ${all.length - failed.length} of ${all.length} pass; ${(all.length / seconds).toFixed(1)} judgements a second`);
  for (const line of failed) console.log(line);
}

function named(name: string, row: Record<string, unknown>, solution: string): Named {
  const problem = codeProblem(row);
  if (problem === undefined) throw new Error(`${name} has no tests`);
  const { signature, ...rest } = problem;
  const code = extractCode(solution, 'python', signature);
  if (code === undefined) throw new Error(`${name} has no solution`);
  return { name, submission: { language: 'python', solution: code, ...rest } };
}

function rows(file: string): Record<string, unknown>[] {
  const bytes = readFileSync(join(values.shared, 'data/code', file));
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
