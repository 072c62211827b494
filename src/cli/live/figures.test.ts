import { describe, expect, it } from 'vitest';
import { amount, bytes, clock, fraction, percent, progressBar, roughly, sparkline, thousands } from './figures.ts';

describe('figures', () => {
  it('have three digits that count, and thousands marked', () => {
    expect([0, 4.123, 45.13, 149.2, 5210.4, -1234567].map(amount)).toEqual(['0.00', '4.12', '45.1', '149', '5,210', '-1,234,567']);
    expect([0.41251, Number.NaN].map(fraction)).toEqual(['0.413', 'NaN']);
    expect([0, 0.0234, 0.18, 1].map(percent)).toEqual(['0%', '2.3%', '18%', '100%']);
    expect(thousands(999)).toBe('999');
    expect([0, 999, 2.7e6, 999.6e6, 25.3e9].map(bytes)).toEqual(['0 B', '999 B', '2.7 MB', '1.0 GB', '25.3 GB']);
  });
  it('of time read as clocks, and as estimates no more exact than they are', () => {
    expect([0, 42.4, 59.7, 492, 11265].map(clock)).toEqual(['0:00', '0:42', '1:00', '8:12', '3:07:45']);
    expect([10, 61, 560, 47 * 60, 3 * 3600, 80 * 3600].map(roughly)).toEqual([
      'under a minute',
      'about a minute',
      'about 9 minutes',
      'about 45 minutes',
      'about 3 hours',
      'about 3 days',
    ]);
  });
});

describe('a sparkline', () => {
  it('stands on zero, so that a flat curve looks flat', () => {
    expect(sparkline([5, 5, 5], 10)).toBe('███');
    expect(sparkline([0, 0, 0], 10)).toBe('▁▁▁');
    expect(sparkline([0, 3.5, 7], 10)).toBe('▁▅█');
    expect(sparkline([-7, 0], 10)).toBe('▁█');
    expect(sparkline([4, 4.5, 5], 10, true)).toBe('▁▅█');
  });
  it('averages neighbours where there is no room, and passes over what is not finite', () => {
    expect(sparkline([0, 0, 7, 7], 2)).toBe('▁█');
    expect(sparkline([Number.NaN, 7], 4)).toBe('█');
    expect(
      sparkline(
        Array.from({ length: 1000 }, (_, i) => i),
        24,
      ),
    ).toHaveLength(24);
    expect(sparkline([], 4)).toBe('');
  });
});

it('a progress bar is full at the end only', () => {
  expect(progressBar(0, 4)).toBe('░░░░');
  expect(progressBar(0.5, 4)).toBe('██░░');
  expect(progressBar(1, 4)).toBe('████');
});
