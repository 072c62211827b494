// What recipes/r1.yaml came to, over seeds: the table of every model on every task, and each ablation beside the run it departs from.
// Reads finished runs; trains nothing.
//   npx tsx bench/r1.ts runs/r1-1 runs/r1-2 runs/r1-3 [--ablation "without the language reward=runs/r1-no-language:Dev2,R1"]...
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { DomainScore, Evaluation, EvaluationTable } from '../src/stages/context.ts';

const { values, positionals } = parseArgs({
  options: { ablation: { type: 'string', multiple: true, default: [] } },
  allowPositionals: true,
});
if (positionals.length === 0) throw new Error('name one finished run of recipes/r1.yaml or several');

/** The stage `table` of a finished run. */
function tableOf(run: string): EvaluationTable {
  const stages = JSON.parse(readFileSync(join(run, 'finished.json'), 'utf8')) as Record<string, { result: unknown }>;
  if (stages.table === undefined) throw new Error(`${run} has no finished stage "table"`);
  return stages.table.result as EvaluationTable;
}

const tables = positionals.map(tableOf);

interface Column {
  head: string;
  task: string;
  of(score: Evaluation): number | undefined;
}

const domain = (name: string, of: (score: DomainScore) => number | undefined) => (evaluation: Evaluation) => {
  const score = evaluation.byDomain[name];
  return score && of(score);
};

const columns: Column[] = [
  { head: 'countdown pass@1', task: 'lab', of: domain('countdown', ({ passAtK }) => passAtK[1]?.value) },
  { head: 'countdown cons@4', task: 'lab', of: domain('countdown', ({ consAtK }) => consAtK?.[4]?.value) },
  { head: 'chains pass@1', task: 'lab', of: domain('chain', ({ passAtK }) => passAtK[1]?.value) },
  { head: 'chains cons@4', task: 'lab', of: domain('chain', ({ consAtK }) => consAtK?.[4]?.value) },
  { head: 'English in countdown', task: 'lab', of: domain('countdown', ({ measures }) => measures?.language?.value) },
  { head: 'format', task: 'lab', of: domain('countdown', ({ measures }) => measures?.format?.value) },
  { head: 'length in countdown', task: 'lab', of: domain('countdown', ({ meanLength }) => meanLength) },
  { head: 'general pass@1', task: 'lab-general', of: domain('general', ({ passAtK }) => passAtK[1]?.value) },
  { head: 'length, general', task: 'lab-general', of: domain('general', ({ meanLength }) => meanLength) },
  { head: 'helpfulness', task: 'lab-general', of: domain('general', ({ measures }) => measures?.helpfulness?.value) },
  { head: 'refusal', task: 'lab-general', of: domain('general', ({ measures }) => measures?.refusal?.value) },
  { head: 'wrong refusal', task: 'lab-general', of: domain('general', ({ measures }) => measures?.wrong_refusal?.value) },
];

function cell(model: string, { head, task, of }: Column, from: readonly EvaluationTable[]): string {
  const found = from.flatMap((table) => of(table[model]?.[task]) ?? []);
  if (found.length === 0) return '–';
  const written = (value: number) => value.toFixed(head.startsWith('length') ? 0 : 2);
  const mean = found.reduce((sum, value) => sum + value, 0) / found.length;
  return found.length === 1 ? written(mean) : `${written(mean)} (${written(Math.min(...found))}–${written(Math.max(...found))})`;
}

const row = (name: string, model: string, from: readonly EvaluationTable[]) =>
  `| ${name} | ${columns.map((column) => cell(model, column, from)).join(' | ')} |`;

console.log(`| model | ${columns.map(({ head }) => head).join(' | ')} |`);
console.log(`|---|${columns.map(() => '---').join('|')}|`);
for (const model of Object.keys(tables[0])) console.log(row(model, model, tables));

for (const ablation of values.ablation) {
  // NAME=RUN:MODEL,MODEL: the models of that run which the change touches, each under the same model of the first run.
  const [, name, run, models] = /^(.+?)=(.+):(.+)$/.exec(ablation) ?? [];
  if (models === undefined) throw new Error(`--ablation ${ablation}: write NAME=RUN:MODEL,MODEL`);
  console.log(`\n**${name}**\n\n| model | ${columns.map(({ head }) => head).join(' | ')} |\n|---|${columns.map(() => '---').join('|')}|`);
  for (const model of models.split(',')) {
    console.log(row(`${model}, as in the recipe`, model, tables.slice(0, 1)));
    console.log(row(`${model}, ${name}`, model, [tableOf(run)]));
  }
}
