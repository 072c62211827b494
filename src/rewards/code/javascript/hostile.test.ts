// The corpus of hostile programs: none passes, each honest twin does, the host bears no trace, and the runner goes on judging rightly.

import { existsSync } from 'node:fs';
import { afterAll, afterEach, expect, test } from 'vitest';
import type { Limits } from '../verdict.ts';
import { hostilePairs } from './fixtures/hostile.ts';
import { javascriptRunner } from './runner.ts';

const limits: Limits = { wallSeconds: 0.5, cpuSeconds: 0.5, memoryBytes: 96 * 2 ** 20, processes: 1, outputBytes: 100_000, fileBytes: 0 };
const runner = javascriptRunner();
const environment = JSON.stringify(process.env);
afterAll(() => runner.close());
afterEach(() => {
  expect(existsSync('/tmp/thinkling-escaped')).toBe(false);
  expect(JSON.stringify(process.env)).toBe(environment);
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(process.exitCode).toBeUndefined();
});

test.each(hostilePairs)('$kind: $name', async ({ hostile, honest, tests, setup, outcome }) => {
  const judge = (solution: string, at: Limits) => runner.judge({ language: 'javascript', solution, tests, setup }, at);
  // Memory takes its time to fill.
  const verdict = await judge(hostile, outcome === 'memoryLimit' ? { ...limits, wallSeconds: 10, cpuSeconds: 10 } : limits);
  expect(verdict.outcome, verdict.detail).not.toBe('passed');
  expect(verdict.outcome, verdict.detail).not.toBe('sandboxFailure');
  if (outcome !== undefined) expect(verdict.outcome, verdict.detail).toBe(outcome);
  // In the same runner, after the hostile one.
  expect(await judge(honest, { ...limits, wallSeconds: 10, cpuSeconds: 10 })).toMatchObject({
    outcome: 'passed',
    passed: tests.length,
    total: tests.length,
  });
});
