// Numbers as the report writes them.
import type { Figure } from '../stages/context.ts';

/** 0.412, 4.12, 45.1, 1,234, 3.0e-4: three digits that count. */
export function plain(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1000) return thousands(value);
  if (size < 1e-3) return value.toExponential(1);
  return String(Number(value.toPrecision(3)));
}

/** 1,234,567 */
export function thousands(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** 41.2 of a share of 0.412 */
export function hundredths(share: number): string {
  return (100 * share).toFixed(1);
}

/** Whether figures can be told in percent. */
export function isShare({ value, low, high }: Figure): boolean {
  return value >= 0 && value <= 1 && low >= 0 && high <= 1;
}

/** 42 s, 12 min, 3 h 25 min */
export function duration(seconds: number): string {
  if (seconds < 90) return `${plain(Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
