// How the time and memory of a whole GRPO step (beta 0.001) grow, one axis at a time from 4.5M parameters, 256 tokens and 64 samples.
//   python -m venv peers && peers/bin/pip install -r bench/peers/requirements.txt     (makes the models; draws the plot)
//   npx tsx bench/scaling.ts --python peers/bin/python [--only "134.5M"] [--models DIR] && peers/bin/python bench/scaling/plot.py
// Each point is a process of its own: one step to warm up, then as many as --repetitions (5), or as fill --minutes (4), two at least.
// What was measured is kept in bench/scaling/results.json, a point measured again replaces the one before; the table is printed from there.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from '../src/algorithms/summary.ts';
import { Side, type Told } from './peers/side.ts';
import { PROMPT_TOKENS, PROMPTS, sizes } from './peers/works.ts';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python' },
    only: { type: 'string', default: '' },
    repetitions: { type: 'string', default: '5' },
    minutes: { type: 'string', default: '4' },
    models: { type: 'string', default: join(tmpdir(), 'thinkling-scaling') },
    results: { type: 'string', default: fileURLToPath(new URL('./scaling/results.json', import.meta.url)) },
  },
});

interface Point {
  /** Which axis it lies on; the point that all start from lies on each. */
  axis: 'parameters' | 'tokens' | 'samples';
  /** Where on that axis. */
  at: number;
  model: string;
  /** Prompt and response. */
  tokens: number;
  samples: number;
}

interface Result extends Point {
  peakBytes: number;
  turns: Told[];
  machine: string;
  date: string;
}

const base = { model: '4.5M', tokens: 256, samples: 64 };
const GROUP = 8;
const points: Point[] = [
  ...['1M', '4.5M', '24.7M', '134.5M'].map((model): Point => ({ ...base, axis: 'parameters', at: Number.parseFloat(model) * 1e6, model })),
  ...[128, 256, 512, 1024, 2048].map((tokens): Point => ({ ...base, axis: 'tokens', at: tokens, tokens })),
  ...[8, 64, 512].map((samples): Point => ({ ...base, axis: 'samples', at: samples, samples })),
];
const nameOf = ({ model, tokens, samples }: Point): string => `${model}, ${tokens} tokens, ${samples} samples`;

function modelOf(name: string): string {
  const dir = join(values.models, name);
  mkdirSync(dir, { recursive: true });
  if (existsSync(join(dir, 'model.safetensors'))) return dir;
  const script = fileURLToPath(new URL('./peers/models.py', import.meta.url));
  const config = { ...sizes[name], max_position_embeddings: 2048 };
  execFileSync(values.python, [script, JSON.stringify({ dir, config, prompts: PROMPTS, promptTokens: PROMPT_TOKENS })]);
  return dir;
}

async function measure(point: Point): Promise<Result> {
  const told = {
    model: modelOf(point.model),
    prompts: point.samples / GROUP,
    group: GROUP,
    newTokens: point.tokens - PROMPT_TOKENS,
    beta: 0.001,
  };
  const script = fileURLToPath(new URL('./peers/step.ts', import.meta.url));
  const side = await Side.start(nameOf(point), process.execPath, ['--import', 'tsx', script, JSON.stringify(told)]);
  try {
    const turns: Told[] = [];
    const until = Date.now() + 60_000 * Number(values.minutes);
    while (turns.length <= Number(values.repetitions) && (turns.length < 3 || Date.now() < until)) {
      turns.push(await side.turn());
      console.error(`${nameOf(point)}: ${turns.at(-1)?.seconds} s`);
    }
    return {
      ...point,
      turns: turns.slice(1),
      peakBytes: await side.end(),
      machine: `${cpus().length} x ${cpus()[0].model}`,
      date: new Date().toISOString().slice(0, 16),
    };
  } finally {
    side.kill();
  }
}

const results = existsSync(values.results) ? (JSON.parse(readFileSync(values.results, 'utf8')) as Result[]) : [];
for (const point of points) {
  if (!nameOf(point).includes(values.only)) continue;
  const { axis: _, at: __, ...same } = point;
  const isSame = (other: Point): boolean => nameOf(other) === nameOf(point);
  // The point that all axes start from is measured once.
  const measured = points.find(isSame) === point ? await measure(point) : { ...(results.find(isSame) as Result), ...same };
  const known = results.findIndex((other) => other.axis === point.axis && isSame(other));
  results.splice(known < 0 ? results.length : known, known < 0 ? 0 : 1, { ...measured, axis: point.axis, at: point.at });
  writeFileSync(values.results, `${JSON.stringify(results, null, 1)}\n`);
}

console.log(
  '| axis | model, tokens, samples | a step, s | x the start | sampling | reference | training | peak memory, GB | x the start |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
for (const point of points) {
  const find = (wanted: (other: Result) => boolean): Result | undefined =>
    results.find((other) => other.axis === point.axis && wanted(other));
  const [result, start] = [find(({ at }) => at === point.at), find((other) => nameOf(other) === nameOf({ ...point, ...base }))];
  if (result === undefined || start === undefined) continue;
  const of = ({ turns }: Result, part: string): number => median(turns.map((turn) => Number(turn[part]))) as number;
  const seconds = (part: string): string => of(result, part).toPrecision(3);
  console.log(
    `| ${point.axis} | ${nameOf(point)} | ${seconds('seconds')} | ${(of(result, 'seconds') / of(start, 'seconds')).toPrecision(3)} | ${seconds('sample')} | ${seconds('prepare')} | ${seconds('train')} | ${(result.peakBytes / 1e9).toFixed(2)} | ${(result.peakBytes / start.peakBytes).toPrecision(3)} |`,
  );
}
