// What a kind of puzzle is: a seeded generator by level, and a verifier of what is written as its answer.
import type { Stream } from '../../algorithms/random.ts';

export interface Puzzle {
  /** The same for puzzles that differ in names or order only; decides which are held out. */
  canonical: string;
  question: string;
  /** The right answer in one of the forms that the verifier takes. */
  answer: string;
}

export interface PuzzleKind<P extends Puzzle> {
  /** Its tasks are `name-1` (easiest) to `name-5`. */
  name: string;
  /** What the prompt says of how to write the answer. */
  form: string;
  /** A puzzle of this level, 1 to 5. That it has a right answer, and no second one, is proven before it is returned. */
  draw(level: number, random: Stream): P;
  /** Whether a response whose answer may be read so (`finalTexts`) gives the right one, whole and without a contradiction. Never throws. */
  check(readings: readonly string[], puzzle: P): boolean;
  /**
   * The same answer in the same words, for a vote; undefined for none. Without it answers vote by their texts, spaces and separators
   * aside: other forms of an answer then vote apart from it, but never two answers together.
   */
  answer?(readings: readonly string[], puzzle: P): string | undefined;
  /** Whether two such answers are one; default: the same text. */
  same?(a: string, b: string): boolean;
}

export const levels = 5;

/** Beyond this a final text is no answer: it bounds what judging costs. */
export const longestAnswer = 4000;

/** `count` different members of `all`, in random order. */
export function sample<T>(all: readonly T[], count: number, random: Stream): T[] {
  return random.shuffle([...all]).slice(0, count);
}
