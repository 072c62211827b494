// The same learning as the peer's: the lab's R1-Zero with our trainer and with TRL's GRPOTrainer (bench/peers/trl_lab.py), on the same
// base, prompts, rewards and hyperparameters. bench/README.md has the order of the commands.
//   npx tsx bench/learning.ts prepare --to DIR [--seeds 1,2,3] [path.to.field=value ...]   what both take, as JSON and JSON Lines
//   npx tsx bench/learning.ts train --to DIR [--seeds 1,2,3] [--until 0.45] [path.to.field=value ...]   our runs, in DIR/<name>-<seed>; their curves beside them
//   npx tsx bench/learning.ts judge --to FILE RUN ...                    responses of runs, and odd ones, with our rewards

import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { InputError } from '../src/platform/errors.ts';
import { runRecipe } from '../src/recipe/run.ts';
import { Interrupted } from '../src/stages/context.ts';
import { writeJudged } from './learning/judge.ts';
import { type Curve, writeCurve } from './learning/record.ts';
import { learningSetup, writeSetup } from './learning/setup.ts';

const { values, positionals } = parseArgs({
  options: {
    to: { type: 'string' },
    seeds: { type: 'string', default: '1,2,3' },
    name: { type: 'string', default: 'thinkling' },
    until: { type: 'string' },
  },
  allowPositionals: true,
});
const [command, ...rest] = positionals;
const to = values.to;
if (to === undefined) throw new InputError('say where to write: --to');
const seeds = values.seeds.split(',').map(Number);

async function train(seed: number): Promise<void> {
  const setup = await learningSetup(seed, rest);
  const curve: Curve = {
    trainer: 'thinkling',
    seed,
    machine: `${cpus().length} cores, ${cpus()[0].model}`,
    versions: { node: process.versions.node, 'onnxruntime-node': onnxruntimeVersion() },
    looks: [],
    steps: [],
  };
  const reached = new AbortController();
  let seconds = 0;
  const out = join(to as string, `${values.name}-${seed}`);
  const started = performance.now();
  try {
    await runRecipe(setup.recipe, {
      out,
      signal: reached.signal,
      report: (event) => {
        if (event.type === 'warning') console.error(event.message);
        if (event.type === 'heldOut') {
          const [score] = Object.values(event.evaluation.byDomain);
          const { meanLength = Number.NaN, truncatedShare = Number.NaN } = score;
          curve.looks.push({
            step: event.step,
            seconds,
            accuracy: score.passAtK[1].value,
            meanLength,
            truncated: truncatedShare,
          });
          if (event.step > 0 && values.until !== undefined && score.passAtK[1].value >= Number(values.until)) reached.abort();
        }
        if (event.type !== 'step') return;
        const { metrics, step } = event;
        seconds += metrics.step_time - (metrics['time/eval'] ?? 0);
        curve.steps.push({
          step,
          seconds,
          reward: metrics.reward,
          accuracy: metrics['rewards/accuracy/mean'],
          format: metrics['rewards/format/mean'],
          meanLength: metrics['completions/mean_length'],
          gradNorm: metrics.grad_norm,
        });
        // The look after a step is told of before the step's own time is known.
        const look = curve.looks[curve.looks.length - 1];
        if (look?.step === step) {
          look.seconds = seconds;
          writeCurve(to as string, `${values.name}-${seed}`, curve);
          console.error(`seed ${seed}: step ${step}, ${seconds.toFixed(0)} s, held-out accuracy ${look.accuracy.toFixed(3)}`);
        }
      },
    });
  } catch (error) {
    if (!(error instanceof Interrupted && reached.signal.aborted)) throw error;
  }
  writeCurve(to as string, `${values.name}-${seed}`, curve);
  const whole = (performance.now() - started) / 1000;
  console.error(`seed ${seed}: ${seconds.toFixed(1)} s of steps; ${whole.toFixed(1)} s with loading, looks and saving`);
}

function onnxruntimeVersion(): string {
  return JSON.parse(readFileSync('node_modules/onnxruntime-node/package.json', 'utf8')).version;
}

if (command === 'prepare') for (const seed of seeds) writeSetup(to, seed, await learningSetup(seed, rest));
else if (command === 'train') for (const seed of seeds) await train(seed);
else if (command === 'judge') await writeJudged(to, rest);
else throw new InputError(`prepare, train or judge, not ${command}`);
