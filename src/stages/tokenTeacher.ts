// A teacher beside the texts of a distillation: at each learnt token its distribution over what could stand there, which tells more than
// the one token that does (Hinton et al. 2015). The teacher reads each example in its own chat template.

import type { Datum, Loss, PlannedWork, SamplingClient } from '../engine/engine.ts';
import { InputError } from '../platform/errors.ts';
import type { StageContext } from './context.ts';
import { type ModelText, openModelText } from './prompts.ts';
import type { ExampleSettings } from './settings.ts';
import { loadSftData, type SftData } from './sftData.ts';
import type { SftRow } from './sftRows.ts';
import { cutTo, type Sequence, sftDatum } from './sftSequences.ts';
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

interface Student {
  context: StageContext & { data: string };
  text: ModelText;
  loaded: SftData;
  seed: number;
}

export class TokenTeacher {
  private sampler?: Promise<SamplingClient>;

  private constructor(
    private readonly teacher: string,
    private readonly open: () => Promise<SamplingClient>,
    /** How the teacher reads each sequence of the student's. */
    private readonly readings: ReadonlyMap<Sequence, Sequence>,
    private readonly k: number,
    /** Ids that both have. */
    private readonly shared: number,
  ) {}

  /**
   * Loads no weights before something is asked of them.
   * @throws InputError where teacher and student do not have the same tokens, in general or in a row that is learnt, or where such a row is too
   * long for the teacher
   */
  static async of({ teacher, topK }: Teaching, settings: ExampleSettings, student: Student): Promise<TokenTeacher> {
    const { context, text, loaded, seed } = student;
    const { name, engine, run, data } = context;
    const theirs = await openModelText(teacher, run.began);
    const shared = requireSharedTokenizer(theirs.tokenizer, text.tokenizer, `stages.${name}.teacher`);
    // Whether a row is too long for the teacher matters only where the student learns it.
    const longSequences = settings.longSequences === 'cut' ? 'cut' : 'drop';
    const all = { ...settings, maxLength: undefined, longSequences, heldOut: 0 } as const;
    const read = await loadSftData(all, data, theirs, seed, () => {}).catch((error) => {
      throw error instanceof InputError ? new InputError(`as the teacher reads it, ${error.message}`) : error;
    });
    const readings = pairUp(loaded.train, read.train, theirs.maxContext, name);
    return new TokenTeacher(teacher, () => engine.createSampler({ model: teacher }), readings, Math.min(topK, shared), shared);
  }

  /** What it is asked for a step of the student's. */
  work(data: Datum[]): PlannedWork {
    return { from: { model: this.teacher }, reading: { data, top: this.k } };
  }

  /** Gives each datum what the teacher thinks of its learnt places. @param sequences that the data were made of */
  async fill(data: readonly Datum[], sequences: readonly Sequence[]): Promise<void> {
    const read = sequences.map((sequence) => sftDatum(this.readings.get(sequence) as Sequence));
    this.sampler ??= this.open();
    const opinions = await (await this.sampler).topLogprobs(read, this.k, 1);
    for (const [i, datum] of data.entries()) {
      const { teacherIds, teacherLogprobs } = Object.assign(datum, emptyLessons(datum, this.k));
      const from = learntPlaces(read[i]);
      for (const [n, to] of learntPlaces(datum).entries())
        for (let j = 0; j < this.k; j++) {
          const id = opinions[i].ids[from[n] * this.k + j];
          // A head may be wider than the tokenizer: such an id is no token of the student's.
          teacherIds[to * this.k + j] = id < this.shared ? id : -1;
          teacherLogprobs[to * this.k + j] = opinions[i].logprobs[from[n] * this.k + j];
        }
    }
  }

  async close(): Promise<void> {
    await (await this.sampler)?.close();
  }
}

function learntPlaces({ weights }: Datum): number[] {
  return [...weights.keys()].filter((t) => weights[t] !== 0);
}

/** Each sequence of `ours` with the same one as `theirs` has it: the same learnt tokens, after a prompt that may be another. */
function pairUp(ours: readonly SftRow[], theirs: readonly SftRow[], maxContext: number, stage: string): Map<Sequence, Sequence> {
  const byPlace = new Map(theirs.map((row) => [row.place, row]));
  const pairs = new Map<Sequence, Sequence>();
  for (const { place, sequences } of ours) {
    const read = byPlace.get(place)?.sequences ?? [];
    for (const [i, sequence] of sequences.entries()) {
      const learnt = learntIds(sequence);
      const known = read[i] ? learntIds(read[i]) : [];
      const differ = known.some((id, t) => t < learnt.length && id !== learnt[t]);
      if (!differ && known.length >= learnt.length) {
        pairs.set(sequence, upTo(read[i], learnt.length));
        continue;
      }
      const why = differ
        ? "the teacher's chat template makes other tokens of what is learnt than the student's does"
        : `the teacher, whose context is ${maxContext} tokens, does not read all that is learnt`;
      const mend = differ ? '' : 'lower maxLength, with longSequences: drop or cut; or ';
      throw new InputError(
        `stage ${stage}: ${place}: ${why}: token by token nothing can be said of it. To mend, ${mend}learn the texts alone: take \`teacher\` out`,
      );
    }
  }
  return pairs;
}

/** As far as its first `count` learnt tokens: the student's was cut. */
function upTo(sequence: Sequence, count: number): Sequence {
  const last = learntPlaces(sftDatum(sequence))[count - 1];
  return cutTo(sequence, last + 2);
}

function learntIds(sequence: Sequence): number[] {
  const { targets, ...datum } = sftDatum(sequence);
  return learntPlaces({ targets, ...datum }).map((t) => targets[t]);
}
