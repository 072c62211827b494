// What `thinkling verify` can judge: a kind reads a row as a case, and a case gives its verdict.
import type { DataRow } from '../datasets/rows.ts';

export interface VerifyCase {
  /** What is shown of it where it is listed. */
  shown: Record<string, string>;
  /** Null where the gold cannot be read: the judge has no verdict. */
  judge(): boolean | null | Promise<boolean | null>;
}

export interface VerifyKind {
  /** The columns of a case, for --help. */
  columns: string;
  open(): Promise<{
    /** @throws InputError naming the place of a row that is no such case */
    read(row: DataRow): VerifyCase;
    /** Cases that may be judged at the same time. */
    atOnce: number;
    /** A judge so quick that a short file says little of its speed: it is timed over further passes, the first being the compiler's. */
    quick?: boolean;
    close?(): Promise<void>;
  }>;
}

export const verifyKinds: Record<string, VerifyKind> = {
  math: {
    columns: '{"gold": "\\\\frac12", "pred": "So it is \\\\boxed{0.5}.", "expected": true, "options": {"precision": 6}}',
    open: async () => ({ read: (await import('./verifyMath.ts')).mathCase, atOnce: 1, quick: true }),
  },
};
