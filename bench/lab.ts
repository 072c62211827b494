// The lab's R1-Zero on several seeds: how long, how well, how it grows. Each run is an ordinary `thinkling run`; this reads what it left.
//   npx tsx bench/lab.ts [--seeds 1,2,3] [--out runs/bench] [path.to.field=value ...]

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { wilsonInterval } from '../src/algorithms/intervals.ts';
import { median } from '../src/algorithms/summary.ts';
import { loadRecipe } from '../src/recipe/recipe.ts';
import { runRecipe } from '../src/recipe/run.ts';
import type { DomainScore, Evaluation } from '../src/stages/context.ts';

const { values, positionals } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1,2,3' },
    out: { type: 'string', default: 'runs/bench' },
    name: { type: 'string', default: 'lab' },
  },
  allowPositionals: true,
});

interface Row {
  step: number;
  [name: string]: number | string;
}

interface SeedResult {
  seed: number;
  firstGain?: number;
  trainingSeconds: number;
  before: Evaluation;
  after: Evaluation;
  rows: Row[];
}

/** A gain that can be seen: the samples' accuracy over five steps is 0.1 above the base's held-out pass@1. */
const VISIBLE = 0.1;
const WINDOW = 5;

async function runSeed(seed: number): Promise<SeedResult> {
  const recipe = await loadRecipe('recipes/lab-r1-zero.yaml', [`seed=${seed}`, ...positionals]);
  const looks: Evaluation[] = [];
  const { dir } = await runRecipe(recipe, {
    out: `${values.out}/${values.name}-${seed}`,
    report: (event) => {
      if (event.type === 'heldOut') looks.push(event.evaluation);
      if (event.type === 'step' && event.step % 20 === 0)
        console.error(`seed ${seed}: step ${event.step}, accuracy ${event.metrics['rewards/accuracy/mean'].toFixed(3)}`);
      if (event.type === 'warning') console.error(event.message);
    },
  });
  const rows = readFileSync(`${dir}/metrics.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row)
    .filter((row) => row.step > 0);
  const [before, after] = [looks[0], looks[looks.length - 1]];
  const base = Object.values(before.byDomain)[0].passAtK[1].value;
  // A step's time without the look at held-out problems, which is there for the user to see.
  let elapsed = 0;
  let firstGain: number | undefined;
  for (const [i, row] of rows.entries()) {
    elapsed += Number(row.step_time) - Number(row['time/eval'] ?? 0);
    const recent = rows.slice(Math.max(0, i - WINDOW + 1), i + 1);
    const accuracy = recent.reduce((sum, r) => sum + Number(r['rewards/accuracy/mean']), 0) / recent.length;
    if (firstGain === undefined && recent.length === WINDOW && accuracy >= base + VISIBLE) firstGain = elapsed;
  }
  return { seed, firstGain, trainingSeconds: elapsed, before, after, rows };
}

const percent = (x: number): string => x.toFixed(3);
const passAt = (score: DomainScore, k: string): string => {
  const { value, low, high } = score.passAtK[Number(k)];
  return `${percent(value)} (${percent(low)}-${percent(high)})`;
};

const results: SeedResult[] = [];
for (const seed of values.seeds.split(',').map(Number)) results.push(await runSeed(seed));
/** Of samples of this machine all is known. */
const unknown = { meanLength: Number.NaN, truncatedShare: Number.NaN, reflectionWordsPer100Tokens: Number.NaN };
for (const { seed, firstGain, trainingSeconds, before, after } of results) {
  console.log(`\nseed ${seed}: first gain ${firstGain?.toFixed(0) ?? 'none'} s, training ${trainingSeconds.toFixed(0)} s`);
  for (const domain of Object.keys(after.byDomain)) {
    const [b, a] = [before, after].map(({ byDomain }) => ({ ...unknown, ...byDomain[domain] }));
    for (const k of Object.keys(a.passAtK)) console.log(`  ${domain} pass@${k}: ${passAt(b, k)} -> ${passAt(a, k)}`);
    console.log(
      `  ${domain} length ${b.meanLength.toFixed(1)} -> ${a.meanLength.toFixed(1)} (x${(a.meanLength / b.meanLength).toFixed(2)})`,
    );
    console.log(
      `  ${domain} reflection words a response ${b.reflectionWordsPerResponse.toFixed(2)} -> ${a.reflectionWordsPerResponse.toFixed(2)} (x${(a.reflectionWordsPerResponse / b.reflectionWordsPerResponse).toFixed(2)})`,
    );
    console.log(
      `  ${domain} reflection words per 100 tokens ${b.reflectionWordsPer100Tokens.toFixed(2)} -> ${a.reflectionWordsPer100Tokens.toFixed(2)}`,
    );
    console.log(
      `  ${domain} truncated ${percent(b.truncatedShare)} -> ${percent(a.truncatedShare)}, thinking ${percent(b.thinkingShare)} -> ${percent(a.thinkingShare)}`,
    );
  }
}
const rows = results.flatMap((result) => result.rows);
console.log('\na step by phase, median over all steps (s):');
for (const phase of ['step_time', 'time/sample', 'time/verify', 'time/prepare', 'time/train', 'time/eval'])
  console.log(`  ${phase}: ${median(rows.flatMap((row) => (row[phase] === undefined ? [] : [Number(row[phase])])))?.toFixed(3)}`);
const right = results.map(({ after }) => Object.values(after.byDomain)[0].passAtK[1].value);
const problems = results.reduce((sum, { after }) => sum + Object.values(after.byDomain)[0].problems, 0);
const mean = right.reduce((a, b) => a + b, 0) / right.length;
const { low, high } = wilsonInterval(mean * problems, problems);
console.log(
  `\npass@1 over ${right.length} seeds: ${right.map(percent).join(', ')}; mean ${percent(mean)}, 95% interval by problem ${percent(low)}-${percent(high)}`,
);
