// The judge of mathematics on MATH's golds: its speed, and its verdicts beside Math-Verify's, every disagreement printed.
//   npx tsx bench/math.ts --shared ../shared [--peer PYTHON]     PYTHON has math-verify (bench/peers/requirements.txt)
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { finalAnswer } from '../src/rewards/math/extract.ts';
import { verifyMath } from '../src/rewards/math/verify.ts';

interface Pair {
  kind: 'rewritten' | 'neighbour' | 'output';
  gold: string;
  response: string;
}

const { values } = parseArgs({ options: { shared: { type: 'string', default: '../shared' }, peer: { type: 'string' } } });
const rows = <T>(name: string): T[] =>
  readFileSync(join(values.shared, 'data/math', name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const golds = rows<{ solution: string }>('math_test_5000.jsonl').map(({ solution }) => finalAnswer(solution) ?? '');
const pairs: Pair[] = [
  ...golds.map((gold): Pair => ({ kind: 'rewritten', gold: `$${gold}$`, response: `So it is $\\boxed{${rewritten(gold)}}$.` })),
  ...golds.map(
    (gold, i): Pair => ({ kind: 'neighbour', gold: `$${gold}$`, response: `So it is $\\boxed{${golds[(i + 1) % golds.length]}}$.` }),
  ),
  ...rows<{ gold: string; completion: string }>('model_outputs.jsonl').map(
    ({ gold, completion }): Pair => ({ kind: 'output', gold: `$${gold}$`, response: completion }),
  ),
];

const judge = (): (boolean | null)[] => pairs.map(({ gold, response }) => verifyMath(gold, response));
judge();
const begun = performance.now();
const ours = judge();
const seconds = (performance.now() - begun) / 1000;
for (const kind of ['rewritten', 'neighbour', 'output'] as const) {
  const of = ours.filter((_, i) => pairs[i].kind === kind);
  console.log(`${kind}: ${of.length} judged, ${of.filter((each) => each).length} right, ${of.filter((each) => each === null).length} null`);
}
console.log(`${Math.round(pairs.length / seconds)} judgements a second on one core`);

if (values.peer !== undefined) {
  const file = join(tmpdir(), `thinkling-math-pairs-${process.pid}.jsonl`);
  writeFileSync(file, pairs.map((pair) => JSON.stringify(pair)).join('\n'));
  const script = fileURLToPath(new URL('peers/math_verify_verdicts.py', import.meta.url));
  const { stdout, stderr, status } = spawnSync(values.peer, [script, file], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(stderr);
  const { verdicts, perSecond } = JSON.parse(stdout) as { verdicts: boolean[]; perSecond: number };
  console.log(`math-verify: ${Math.round(perSecond)} judgements a second on one core`);
  for (const [i, { kind, gold, response }] of pairs.entries())
    if (Boolean(ours[i]) !== verdicts[i])
      console.log(`${kind}: ours ${ours[i]}, math-verify ${verdicts[i]}: ${gold} | ${response.slice(-200)}`);
}

/** The same answer as another hand would write it. */
function rewritten(gold: string): string {
  return gold
    .replace(/\\[dt]?frac(?=\{)/g, '\\dfrac')
    .replace(/(?<!\\left)\(([^()]*)\)/g, '\\left( $1 \\right)')
    .replace(/([+=])/g, ' $1 ')
    .replace(/\\text\{/g, '\\mbox{')
    .replace(/^(-?\d{1,3})(\d{3})$/, '$1{,}$2')
    .replace(/^(-?\d+)$/, '$1.0');
}
