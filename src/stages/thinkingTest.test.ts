// The test of thinking on the shipped base: it thinks in half of its answers, and those that rest on their thought fall with another's.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createLocalEngine } from '../engine/local/localEngine.ts';
import { loadTask } from '../tasks/registry.ts';
import type { Task } from '../tasks/task.ts';
import { resolveModel } from '../tracking/resolveModel.ts';
import { RunDirectory } from '../tracking/runDirectory.ts';
import type { RunEvent } from './context.ts';
import { thinkingTestSchema } from './settings.ts';
import { othersOf, type ThinkingScores, thinkingTest } from './thinkingTest.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-thinking-'));
const engine = createLocalEngine({ threads: 1 });
afterAll(async () => {
  await engine.close();
  rmSync(root, { recursive: true, force: true });
});

async function tested(dir: string, task: Task, events: RunEvent[] = []): Promise<Record<string, ThinkingScores>> {
  const run = await RunDirectory.open({ dir: join(root, dir), recipeText: 'name: test\n' });
  const models = { base: await resolveModel('lab:base') };
  const settings = thinkingTestSchema.parse({ kind: 'thinking_test', models, problems: 16, samples: 4, maxTokens: 120 });
  const context = { name: 'thinks', run, engine, seed: 1, task, models, signal: new AbortController().signal };
  try {
    return await thinkingTest(settings, { ...context, report: (event) => void events.push(event) });
  } finally {
    await run.close();
  }
}

describe('a test of thinking', () => {
  it("tells what is left of the accuracy without the thought, and with another problem's", async () => {
    const { base } = await tested('lab', await loadTask('lab-countdown'));
    const { thinks, itself, again, removed, another } = base as Required<ThinkingScores>;
    expect(thinks.value).toBeGreaterThan(0.3);
    expect(thinks.value).toBeLessThan(0.6);
    // The answer is mostly written out in the thought: drawn anew, it is mostly the same.
    expect(Math.abs(again.value - itself.value)).toBeLessThan(0.1);
    expect(another.value).toBeLessThan(0.5 * itself.value);
    expect(removed.value).toBeLessThan(itself.value + 0.1);
    for (const { value, low, high } of [thinks, itself, again, removed, another]) {
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
    }
  });

  it('gives each thought that of the next problem, and not the same one to all of a problem', () => {
    const of = (...problems: number[]) => othersOf(problems.map((problem) => ({ problem })));
    expect(of(0, 0, 2, 2, 2, 5)).toEqual([2, 3, 5, 5, 5, 0]);
    expect(of(3, 3)).toBeUndefined();
  });

  it('does not test again what it has tested, whatever became of its rewards', async () => {
    const task = await loadTask('lab-countdown');
    const first = await tested('lab', task);
    const row = readFileSync(join(root, 'lab', 'metrics.jsonl'), 'utf8');
    // 64 responses to prompts of some ten tokens, and three answers after each thought.
    expect(JSON.parse(row)).toMatchObject({ num_tokens: expect.any(Number), stage_time: expect.any(Number) });
    expect(JSON.parse(row).num_tokens).toBeGreaterThan(64 * 20);
    expect(await tested('lab', { ...task, load: async (context) => task.load(context), rewards: {} })).toEqual(first);
    expect(readFileSync(join(root, 'lab', 'metrics.jsonl'), 'utf8')).toBe(row);
  });

  it('refuses a task whose answers take several turns', async () => {
    const task = await loadTask('lab-countdown');
    const environment = { stop: ['x'], maxTurns: 2, reply: () => ({ text: null }) };
    await expect(tested('turns', { ...task, environment })).rejects.toThrow(/stage thinks: .*several turns/);
  });
});
