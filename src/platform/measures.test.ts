// Clock, hash, memory: small, but runs are compared by what they say.

import { expect, test } from 'vitest';
import { isoDate, now } from './clock.ts';
import { sha256 } from './hash.ts';
import { cpus, memoryBound, peakResidentMemory, processor, residentMemory } from './memory.ts';

test('SHA-256 is that of FIPS 180-2, of text as of its UTF-8 bytes', () => {
  expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(sha256('考')).toBe(sha256(new TextEncoder().encode('考')));
});

test('memory is in bytes: what is resident is no more than the peak, and the peak no more than the machine has', () => {
  const block = new Uint8Array(64 << 20).fill(1);
  const resident = residentMemory();
  expect(resident).toBeGreaterThan(block.length);
  // The kernel counts the two a little apart.
  expect(peakResidentMemory()).toBeGreaterThan(resident * 0.9);
  expect(memoryBound().total).toBeGreaterThan(peakResidentMemory());
  expect(cpus()).toBeGreaterThanOrEqual(1);
  expect(processor()).toMatch(/\S/);
});

test('the clock does not go back, and dates are ISO 8601 in UTC', () => {
  const before = now();
  expect(now()).toBeGreaterThanOrEqual(before);
  expect(isoDate()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});
