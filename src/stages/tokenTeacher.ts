// A teacher beside the texts of a distillation: at each learnt token its distribution over what could stand there, which tells more than
// the one token that does (Hinton et al. 2015). The teacher reads each example in its own chat template.

import type { Datum, Engine, Loss, PlannedWork, SamplingClient } from '../engine/engine.ts';
import { InputError } from '../platform/errors.ts';
import type { StageContext } from './context.ts';
import { type ModelText, openModelText } from './prompts.ts';
import type { ExampleSettings } from './settings.ts';
import { loadSftData, type SftData } from './sftData.ts';
import type { SftRow } from './sftRows.ts';
import { type Sequence, sftDatum } from './sftSequences.ts';
import { requireSharedTokenizer } from './sharedTokenizer.ts';

export interface Teaching {
  /** A directory or a .gguf file. */
  teacher: string;
  /** Of its likeliest tokens at each position. */
  topK: number;
}

export const teacherLoss: Loss = { name: 'teacher_kl' };

/** What the loss takes of a teacher, before it has said anything. */
export function emptyLessons({ tokens }: Datum, k: number): Required<Pick<Datum, 'teacherIds' | 'teacherLogprobs'>> {
  const size = tokens.length * k;
  return { teacherIds: new Int32Array(size), teacherLogprobs: new Float32Array(size) };
}

/** What a token that the student does not have counts: nothing, whatever the others are. */
const never = -1e9;

interface Student {
  context: StageContext & { data: string };
  text: ModelText;
  loaded: SftData;
  seed: number;
}

export class TokenTeacher {
  private sampler: SamplingClient | undefined;

  private constructor(
    private readonly teacher: string,
    /** How the teacher reads each sequence of the student's. */
    private readonly readings: ReadonlyMap<Sequence, Sequence>,
    private readonly k: number,
    /** Ids that both have. */
    private readonly shared: number,
  ) {}

  /** Loads nothing. @throws InputError where teacher and student do not have the same tokens, in general or in a row that is learnt */
  static async of({ teacher, topK }: Teaching, settings: ExampleSettings, student: Student): Promise<TokenTeacher> {
    const { context, text, loaded, seed } = student;
    const theirs = await openModelText(teacher, context.run.began);
    const shared = requireSharedTokenizer(theirs.tokenizer, text.tokenizer, `stages.${context.name}.teacher`);
    const read = await loadSftData({ ...settings, maxLength: undefined }, context.data, theirs, seed, () => {});
    const readings = pairUp(loaded.train, [...read.train, ...read.heldOut], context.name);
    return new TokenTeacher(teacher, readings, Math.min(topK, shared), shared);
  }

  /** Before it is asked for the first time. */
  async open(engine: Engine): Promise<void> {
    this.sampler = await engine.createSampler({ model: this.teacher });
  }

  /** What it is asked for a step of the student's. */
  work(data: Datum[]): PlannedWork {
    return { from: { model: this.teacher }, reading: { data, top: this.k } };
  }

  /** Gives each datum what the teacher thinks of its learnt places. @param sequences that the data were made of */
  async fill(data: readonly Datum[], sequences: readonly Sequence[]): Promise<void> {
    const read = sequences.map((sequence) => sftDatum(this.readings.get(sequence) as Sequence));
    if (this.sampler === undefined) throw new Error('the teacher is not open');
    const opinions = await this.sampler.topLogprobs(read, this.k, 1);
    for (const [i, datum] of data.entries()) {
      const { teacherIds, teacherLogprobs } = Object.assign(datum, emptyLessons(datum, this.k));
      const from = learntPlaces(read[i]);
      for (const [n, to] of learntPlaces(datum).entries())
        for (let j = 0; j < this.k; j++) {
          const id = opinions[i].ids[from[n] * this.k + j];
          const known = id < this.shared;
          teacherIds[to * this.k + j] = known ? id : 0;
          teacherLogprobs[to * this.k + j] = known ? opinions[i].logprobs[from[n] * this.k + j] : never;
        }
    }
  }

  async close(): Promise<void> {
    await this.sampler?.close();
  }
}

function learntPlaces({ weights }: Datum): number[] {
  return [...weights.keys()].filter((t) => weights[t] !== 0);
}

/** Each sequence of `ours` with the same one as `theirs` has it: the same learnt tokens, after a prompt that may be another. */
function pairUp(ours: readonly SftRow[], theirs: readonly SftRow[], stage: string): Map<Sequence, Sequence> {
  const byPlace = new Map(theirs.map((row) => [row.place, row]));
  const pairs = new Map<Sequence, Sequence>();
  for (const { place, sequences } of ours) {
    const read = byPlace.get(place)?.sequences;
    for (const [i, sequence] of sequences.entries()) {
      const other = read?.[i];
      if (other === undefined || read?.length !== sequences.length || String(learntIds(other)) !== String(learntIds(sequence)))
        throw new InputError(
          `stage ${stage}: ${place}: the teacher's chat template makes other tokens of what is learnt than the student's does: token by token nothing can be said of it. Learn the texts alone: take \`teacher\` out`,
        );
      pairs.set(sequence, other);
    }
  }
  return pairs;
}

function learntIds(sequence: Sequence): number[] {
  const { targets, ...datum } = sftDatum(sequence);
  return learntPlaces({ targets, ...datum }).map((t) => targets[t]);
}
