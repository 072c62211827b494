// cons@k, the majority vote of a problem's samples (self-consistency: Wang et al., 2022; cons@64 of DeepSeek-R1): answers that are equal
// vote together, however they are written. Nothing in here sees the right answer before the vote is counted.

import { mean } from './summary.ts';

/** Samples that gave one answer. */
export interface VoteClass {
  /** The answer as most of them wrote it. */
  answer: string;
  /** Their numbers, ascending. */
  samples: number[];
}

/**
 * The samples by the answer that they gave, the most votes first; of as many votes, by the answers' texts. One without an answer (null)
 * has no vote. The order of the samples does not matter. `same` need not be transitive (50% is 0.5 to some and 50 to others, which are
 * not each other): answers are taken as often as they were written, the most first, and each joins the first class whose `answer` it is
 * the same as, or begins its own.
 */
export function voteClasses(answers: readonly (string | null)[], same: (a: string, b: string) => boolean): VoteClass[] {
  const written = new Map<string, number[]>();
  for (const [sample, answer] of answers.entries()) if (answer !== null) written.set(answer, [...(written.get(answer) ?? []), sample]);
  const classes: VoteClass[] = [];
  for (const { answer, samples } of ranked([...written].map(([answer, samples]) => ({ answer, samples })))) {
    const found = classes.find((other) => same(other.answer, answer));
    if (found) found.samples = [...found.samples, ...samples].sort((a, b) => a - b);
    else classes.push({ answer, samples });
  }
  return ranked(classes);
}

function ranked(classes: VoteClass[]): VoteClass[] {
  return classes.sort((a, b) => b.samples.length - a.samples.length || (a.answer < b.answer ? -1 : 1));
}

/**
 * How right the majority is: the mean verdict of the samples of the largest class, which is 0 or 1 where those are judged alike. Where
 * several are the largest, the mean over them: the chance of being right if the tie were broken by lot. 0 where nobody has a vote;
 * undefined where the largest have no verdict.
 * @param classes of `voteClasses`
 * @param verdicts by sample: 1, 0, or null where it was not judged
 */
export function consensusScore(classes: readonly VoteClass[], verdicts: readonly (number | null)[]): number | undefined {
  if (classes.length === 0) return 0;
  const most = classes[0].samples.length;
  const scores = classes
    .filter(({ samples }) => samples.length === most)
    .flatMap(({ samples }) => mean(samples.map((sample) => verdicts[sample])) ?? []);
  return mean(scores);
}
