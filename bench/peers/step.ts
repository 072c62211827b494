// Our side of a whole GRPO step: the `rl` stage as a recipe runs it (step.yaml). It waits for its turn where a step begins, which is where
// the stage asks for the policy's sampler.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Engine } from '../../src/engine/engine.ts';
import { createLocalEngine } from '../../src/engine/local/localEngine.ts';
import { loadRecipe } from '../../src/recipe/recipe.ts';
import { runRecipe } from '../../src/recipe/run.ts';
import { end, myTurn, say, THREADS, work } from './turns.ts';

const { model, prompts, group, newTokens, beta } = work as {
  model: string;
  prompts: number;
  group: number;
  newTokens: number;
  beta: number;
};
const out = mkdtempSync(join(tmpdir(), 'peers-step-'));
let started = 0;
let told = false;

function inTurns(engine: Engine): Engine {
  return {
    ...engine,
    async createTrainer(options) {
      const trainer = await engine.createTrainer(options);
      return {
        ...trainer,
        async samplingClient() {
          if (!told) say({ ready: true });
          told = true;
          if (!(await myTurn())) {
            end();
            rmSync(out, { recursive: true });
            process.exit(0);
          }
          started = performance.now();
          return trainer.samplingClient();
        },
      };
    },
  };
}

const recipe = await loadRecipe(fileURLToPath(new URL('./step.yaml', import.meta.url)), [
  `model=${model}`,
  `data=${model}/prompts.json`,
  `stages.zero.promptsPerStep=${prompts}`,
  `stages.zero.groupSize=${group}`,
  `stages.zero.maxTokens=${newTokens}`,
  `stages.zero.beta=${beta}`,
]);
await runRecipe(recipe, {
  out: join(out, 'run'),
  engine: inTurns(createLocalEngine({ threads: THREADS })),
  report: (event) => {
    if (event.type === 'warning') console.error(event.message);
    if (event.type !== 'step') return;
    const { metrics } = event;
    const [shortest, longest] = [metrics['completions/min_length'], metrics['completions/max_length']];
    if (shortest !== newTokens || longest !== newTokens) throw new Error(`responses of ${shortest} to ${longest} tokens, not ${newTokens}`);
    say({
      seconds: (performance.now() - started) / 1000,
      rewardSpread: metrics.reward_std,
      flat: metrics.frac_reward_zero_std,
      sample: metrics['time/sample'],
      prepare: metrics['time/prepare'],
      train: metrics['time/train'],
    });
  },
});
