// What `thinkling verify` can judge: a kind reads a row as a case, and a case gives its verdict.
import type { DataRow } from '../datasets/rows.ts';

export interface VerifyCase {
  /** What is shown of it where it is listed. */
  shown: Record<string, string>;
  judge(): Judgement | Promise<Judgement>;
}

export interface Judgement {
  /** Null where there is none: the gold cannot be read, the judge itself failed. */
  verdict: boolean | null;
  /** Why, in a line. */
  detail?: string;
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
  code: {
    columns: '{"language": "python", "solution": "def f(x): return x + 1", "tests": ["assert f(1) == 2"], "expected": true}',
    async open() {
      const { CodePool } = await import('../rewards/code/pool.ts');
      const pool = new CodePool();
      const read = (await import('./verifyCode.ts')).codeCase(pool);
      return { read, atOnce: pool.size, close: () => pool.close() };
    },
  },
};
