// Verdicts beside what was expected of them: the counts that `thinkling verify` prints.

export interface JudgedCase {
  /** `file:line` */
  place: string;
  shown: Record<string, string>;
  /** Absent: the case is judged, and there is nothing to agree with. */
  expected?: boolean;
  verdict: boolean | null;
  /** Why, where the judge says so. */
  detail?: string;
}

export interface VerifyCounts {
  total: number;
  /** Of those with an expectation. A verdict of null is agreed with where false is expected. */
  agree: number;
  /** Judged right, expected wrong. */
  falsePositives: number;
  /** Expected right, and not judged so. */
  falseNegatives: number;
  /** Verdicts of null. */
  unparsedGolds: number;
  perSecond: number;
}

export function disagrees({ expected, verdict }: JudgedCase): boolean {
  return expected !== undefined && (verdict ?? false) !== expected;
}

/** @param seconds that the judging took */
export function verifyCounts(cases: readonly JudgedCase[], seconds: number): VerifyCounts {
  const count = (of: (judged: JudgedCase) => boolean): number => cases.filter(of).length;
  return {
    total: cases.length,
    agree: count((judged) => judged.expected !== undefined && !disagrees(judged)),
    falsePositives: count((judged) => disagrees(judged) && judged.expected === false),
    falseNegatives: count((judged) => disagrees(judged) && judged.expected === true),
    unparsedGolds: count(({ verdict }) => verdict === null),
    perSecond: Math.round((10 * cases.length) / Math.max(seconds, 1e-6)) / 10,
  };
}
