// A third of the corpus of hostile programs: each scores 0, and its honest twin 1. (corpus.slow.test.ts has all of it.)
import { afterAll, expect, test } from 'vitest';
import { codeSandbox } from '../../testing/codeSandbox.ts';
import { hostilePrograms } from '../../testing/hostilePrograms.ts';
import { describeNeeding } from '../../testing/need.ts';

const programs = ['escapes', 'forgeries'].flatMap((name) => hostilePrograms(new URL(`./fixtures/${name}.txt`, import.meta.url)));

describeNeeding(await codeSandbox(), 'hostile programs', (pool) => {
  afterAll(() => pool.close());
  test.concurrent.each(programs.filter((_, i) => i % 3 === 0))('$kind: $name', async ({ tests, hostile, honest }) => {
    const [bad, good] = await Promise.all(
      [hostile, honest].map((solution) => pool.judge({ language: 'python', solution, tests }, { wallSeconds: 6 })),
    );
    expect(good).toMatchObject({ outcome: 'passed', passed: tests.length });
    expect(['passed', 'sandboxFailure']).not.toContain(bad.outcome);
  });
});
