// Supervised fine-tuning: a model learns the completions, or the assistant's turns, of a data set. The order of the sequences depends on
// the seed and the epoch alone, so step s reads the same ones in a run that was stopped and taken up again.

import { shuffledPasses } from '../datasets/order.ts';
import type { Datum, TrainingClient } from '../engine/engine.ts';
import { InputError } from '../platform/errors.ts';
import type { StageContext } from './context.ts';
import { Decontamination } from './decontamination.ts';
import { largestStep, type Passes, stepsOf } from './passes.ts';
import { openModelText } from './prompts.ts';
import type { ExampleSettings, SftSettings } from './settings.ts';
import { fingerprint, loadSftData } from './sftData.ts';
import type { SftRow } from './sftRows.ts';
import { cutTo, type Sequence, sftDatum } from './sftSequences.ts';
import { type LargestStep, type SupervisedStage, supervised, weighTokens } from './supervised.ts';
import { emptyLessons, type Teaching, TokenTeacher, teacherLoss } from './tokenTeacher.ts';

interface SftState {
  /** What was learnt from: other data than a checkpoint's is refused. */
  data: string;
}

export interface SftContext extends StageContext {
  /** A directory or a .gguf file. */
  model: string;
  /** A file, a directory or a name on the hub. */
  data: string;
}

/** Held-out sequences that are looked at together. */
const lookAtOnce = 64;

/** Runs the stage to its end, from its newest checkpoint where there is one. Returns the directory of its last checkpoint. */
export function sft(settings: SftSettings, context: SftContext): Promise<string> {
  return learnExamples(settings, context);
}

/** Learns the examples, as every stage of that kind does: their tokens alone, or what a teacher thinks could stand in their place. */
export async function learnExamples(
  settings: ExampleSettings & { kind: string },
  context: SftContext,
  teaching?: Teaching,
): Promise<string> {
  const { name, engine, model, data: from, report } = context;
  const { epochs, sequencesPerStep, evalEvery = 0, beta1, beta2, eps, weightDecay, gradClipNorm, saveEvery, keep, logEvery } = settings;
  const seed = settings.seed ?? context.seed;
  const warn = (message: string): void => report({ type: 'warning', stage: name, message: `stage ${name}: ${message}` });
  const decontamination = context.decontaminate && (await Decontamination.open(context.decontaminate));
  const text = await openModelText(model, context.run.began);
  const loaded = await loadSftData(settings, from, text, seed, warn, decontamination);
  await decontamination?.tell(context);
  const teacher = teaching && (await TokenTeacher.of(teaching, settings, { context, text, loaded, seed }));
  const sequences = sequencesIn(loaded.train);
  const looked = sequencesIn(loaded.heldOut);
  const heldOut = looked.map(sftDatum);
  weighTokens(heldOut);
  const total = epochs * sequences.length;
  const size = sequencesPerStep;
  const passes: Passes = { stage: name, rows: 'sequences', count: sequences.length, epochs, size, field: 'sequencesPerStep' };
  const steps = stepsOf(passes, settings.learningRate);
  const at = shuffledPasses(sequences.length, seed, 'sft');
  const known = fingerprint(loaded);
  const policy = { model, lora: settings.lora };
  const sequencesOf = (step: number): Sequence[] => {
    const first = step * sequencesPerStep;
    return Array.from({ length: Math.min(total, first + sequencesPerStep) - first }, (_, i) => sequences[at(first + i)]);
  };
  const stage: SupervisedStage<SftState> = {
    kind: settings.kind,
    steps,
    start: { data: known },
    policy,
    largest: () => largest(passes, evalEvery > 0 ? [...sequences, ...looked] : sequences, teaching),
    open: () => engine.createTrainer({ ...policy, seed }),
    learningRate: settings.learningRate,
    adam: { beta1, beta2, eps, weightDecay, gradClipNorm },
    saveEvery,
    keep,
    logEvery,
    batch(step, own) {
      const data = sequencesOf(step).map(sftDatum);
      return { data, own, metrics: { epoch: (step * sequencesPerStep + data.length) / sequences.length } };
    },
    async look(trainer, step) {
      const due = heldOut.length > 0 && evalEvery > 0 && (step % evalEvery === 0 || step === steps);
      return due ? { eval_loss: await meanLoss(trainer, heldOut) } : undefined;
    },
    resume({ data }) {
      if (data !== known)
        throw new InputError(
          `stage ${name}: ${from} does not give the sequences that its checkpoint was made from: put the data and the sets of decontaminate back as they were, or begin another run (--out)`,
        );
    },
  };
  if (teacher === undefined) return supervised(stage, context);
  const objective = {
    loss: teacherLoss,
    weigh: weighTokens,
    prepare: (data: readonly Datum[], step: number) => teacher.fill(data, sequencesOf(step)),
  };
  const taught: SupervisedStage<SftState> = {
    ...stage,
    objective,
    beside: (data) => ({ 'the teacher': teacher.work(data) }),
  };
  return supervised(taught, context).finally(() => teacher.close());
}

function largest(passes: Passes, sequences: readonly Sequence[], teaching?: Teaching): LargestStep {
  const longest = [...sequences].sort((a, b) => b.ids.length - a.ids.length).slice(0, passes.size);
  const data = (most: number, length: number): Datum[] =>
    longest.slice(0, most).map((sequence) => {
      const datum = sftDatum(cutTo(sequence, Math.max(length, 2)));
      return teaching === undefined ? datum : { ...datum, ...emptyLessons(datum, teaching.topK) };
    });
  return largestStep(passes, longest[0].ids.length, data, 'drop or cut');
}

function sequencesIn(rows: readonly SftRow[]): Sequence[] {
  return rows.flatMap((row) => row.sequences);
}

/** @param data whose weights add up to 1 */
async function meanLoss(trainer: TrainingClient, data: readonly Datum[]): Promise<number> {
  let sum = 0;
  for (let i = 0; i < data.length; i += lookAtOnce) {
    const { loss } = await trainer.forward(data.slice(i, i + lookAtOnce), { name: 'cross_entropy' });
    sum += loss;
  }
  return sum;
}
