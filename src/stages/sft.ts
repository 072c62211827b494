// Supervised fine-tuning: a model learns the completions, or the assistant's turns, of a data set. The order of the sequences depends on
// the seed and the epoch alone, so step s reads the same ones in a run that was stopped and taken up again.

import { shuffledPasses } from '../datasets/order.ts';
import type { Datum, TrainingClient } from '../engine/engine.ts';
import { InputError } from '../platform/errors.ts';
import { closingAll, type Metrics, type StageContext } from './context.ts';
import { openModelText } from './prompts.ts';
import type { SftSettings } from './settings.ts';
import { loadSftData, type SftRow, sftDatum } from './sftData.ts';
import { type SupervisedStage, supervised, weighTokens } from './supervised.ts';

interface SftState {
  tokens: number;
  /** To learn from: other data than a checkpoint's is refused. */
  sequences: number;
}

/** Runs the stage to its end, from its newest checkpoint where there is one. Returns the directory of its last checkpoint. */
export async function sft(settings: SftSettings, context: StageContext & { model: string }): Promise<string> {
  const { name, engine, model, report } = context;
  const { epochs, sequencesPerStep, evalEvery, beta1, beta2, eps, weightDecay, gradClipNorm, saveEvery, keep } = settings;
  const seed = settings.seed ?? context.seed;
  const warn = (message: string): void => report({ type: 'warning', stage: name, message: `stage ${name}: ${message}` });
  const rows = await loadSftData(settings, await openModelText(model), seed, warn);
  const train = dataOf(rows.train);
  const heldOut = dataOf(rows.heldOut);
  weighTokens(heldOut);
  const total = epochs * train.length;
  const steps = Math.ceil(total / sequencesPerStep);
  if (settings.learningRate.warmup >= steps && settings.learningRate.warmup > 0)
    throw new InputError(
      `stages.${name}.learningRate.warmup: ${settings.learningRate.warmup} must be less than the ${steps} steps of the stage`,
    );
  const at = shuffledPasses(train.length, seed, 'sft');
  const stage: SupervisedStage<SftState> = {
    kind: 'sft',
    steps,
    start: { tokens: 0, sequences: train.length },
    learningRate: { ...settings.learningRate, schedule: 'cosine' },
    adam: { beta1, beta2, eps, weightDecay, gradClipNorm },
    saveEvery,
    keep,
    logEvery: settings.logEvery,
    batch(step, { tokens, sequences }) {
      const first = step * sequencesPerStep;
      const end = Math.min(total, first + sequencesPerStep);
      const data = Array.from({ length: end - first }, (_, i) => copyOf(train[at(first + i)]));
      const read = data.reduce((sum, datum) => sum + datum.tokens.length, 0);
      return { data, state: { tokens: tokens + read, sequences }, metrics: { epoch: end / train.length } };
    },
    async look(trainer: TrainingClient, step: number): Promise<Metrics | undefined> {
      if (heldOut.length === 0 || evalEvery === 0 || (step % evalEvery !== 0 && step !== steps)) return undefined;
      const { loss } = await trainer.forward(heldOut, { name: 'cross_entropy' });
      return { eval_loss: loss };
    },
    resume({ sequences }) {
      if (sequences !== train.length)
        throw new InputError(
          `stage ${name}: its checkpoint was made from ${sequences} sequences, ${settings.data} now gives ${train.length}: put the data back, or begin another run (--out)`,
        );
    },
  };
  return closingAll((opened) =>
    supervised(
      stage,
      async () => {
        const trainer = await engine.createTrainer({ model, lora: settings.lora, seed });
        opened.push(trainer);
        return trainer;
      },
      context,
    ),
  );
}

function dataOf(rows: readonly SftRow[]): Datum[] {
  return rows.flatMap(({ sequences }) => sequences.map(sftDatum));
}

/** A sequence is read once an epoch, each time with the weights of another step. */
function copyOf(datum: Datum): Datum {
  return { ...datum, weights: datum.weights.slice() };
}
