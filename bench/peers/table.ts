// What was measured, as the table of bench/README.md.

import { median } from '../../src/algorithms/summary.ts';
import type { Told } from './side.ts';
import type { Work } from './works.ts';

export interface Measured {
  peakBytes: number;
  turns: Told[];
}

export interface Result {
  work: string;
  /** The peer's. */
  precision: string;
  ours: Measured;
  peer: Measured;
  machine: string;
  date: string;
  versions: Record<string, string>;
}

const seconds = ({ turns }: Measured): number => median(turns.map((turn) => Number(turn.seconds))) as number;
const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(2);
const time = (s: number): string => (s < 10 ? s.toFixed(2) : s.toFixed(1));

/** A row for each work and precision of the peer: medians, and ours as a multiple of the peer's. */
export function table(works: readonly Work[], results: readonly Result[]): string {
  const lines = [
    '| work | peer | ours, s (tokens/s) | peer, s (tokens/s) | ratio | floor | hope | memory ours / peer, GB | ratio |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
  ];
  for (const work of works)
    for (const result of results.filter((r) => r.work === work.name)) {
      const [a, b] = [seconds(result.ours), seconds(result.peer)];
      const rate = (s: number): string => `${time(s)} (${Math.round(work.tokens / s)})`;
      const [x, y] = [result.ours.peakBytes, result.peer.peakBytes];
      const counts = work.against === 'fastest' || result.precision === 'fp32';
      lines.push(
        `| ${work.name} | ${result.precision} | ${rate(a)} | ${rate(b)} | ${(b / a).toFixed(2)} | ${counts ? work.floor.toFixed(1) : ''} | ${counts ? work.hope.toFixed(1) : ''} | ${gigabytes(x)} / ${gigabytes(y)} | ${(x / y).toFixed(2)} |`,
      );
    }
  return lines.join('\n');
}
