// Figures as people read them: rates, lengths, durations, a curve in a row of blocks.
import type { Paint } from '../terminal.ts';

/** Of one answer; nothing where it is not judged. */
export function verdict(correct: boolean | null, paint: Paint): string {
  if (correct === null) return '';
  return correct ? paint('green', '✓ right') : paint('red', '✗ wrong');
}

/** 0.412; shares and rewards. */
export function fraction(value: number): string {
  return Number.isFinite(value) ? value.toFixed(3) : String(value);
}

/** 4.12, 45.1, 1,234: three digits that count, thousands marked. */
export function amount(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size < 10 ? value.toFixed(2) : size < 100 ? value.toFixed(1) : thousands(value);
}

/** 1,234,567 */
export function thousands(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** 4% */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)}%` : String(share);
}

/** 0:42, 8:12, 3:07:45 */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes}:${two(whole % 60)}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/** "under a minute", "about 9 minutes", "about 3 hours": an estimate, no more exact than it is. */
export function roughly(seconds: number): string {
  if (seconds < 45) return 'under a minute';
  const minutes = Math.round(seconds / 60);
  if (minutes <= 1) return 'about a minute';
  if (minutes < 90) return `about ${minutes < 20 ? minutes : Math.round(minutes / 5) * 5} minutes`;
  const hours = seconds / 3600;
  return hours < 48 ? `about ${Math.round(hours)} hours` : `about ${Math.round(hours / 24)} days`;
}

/** 2.7 MB, 1.4 GB: powers of ten, as disks and memory are sold. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

const blocks = '▁▂▃▄▅▆▇█';

/**
 * A curve in at most `width` characters: neighbours averaged where there are more values than room. The floor is 0 (or the smallest
 * value where that is negative), so that a flat curve looks flat; `fromLeast` puts it at the smallest value instead.
 */
export function sparkline(values: readonly number[], width: number, fromLeast = false): string {
  const known = values.filter(Number.isFinite);
  if (known.length === 0 || width < 1) return '';
  const cells = Math.min(width, known.length);
  const means = Array.from({ length: cells }, (_, cell) => {
    const part = known.slice(Math.floor((cell * known.length) / cells), Math.floor(((cell + 1) * known.length) / cells));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const floor = fromLeast ? Math.min(...means) : Math.min(0, ...means);
  const range = Math.max(...means) - floor;
  return means.map((value) => blocks[range > 0 ? Math.round(((value - floor) / range) * (blocks.length - 1)) : 0]).join('');
}

/** ████░░░░ */
export function progressBar(share: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}
