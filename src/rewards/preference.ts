// A judge of preference: which of two responses to a prompt is the better one. What reward models are trained to foretell, and never what
// they see.
import type { TaskRow } from './reward.ts';

export interface PreferenceJudge {
  /**
   * Points by which `a` is better than `b` (negative: b is better), as this judge says it this time: another seed may bring another
   * verdict, and the other order of the sides too.
   */
  compare(row: TaskRow, a: string, b: string, seed: number): number | Promise<number>;
}

/** There is no saying: a judge was asked, and gave no verdict that can be read. Counted, and never taken for a draw. */
export class NoVerdict extends Error {
  override name = 'NoVerdict';
}
