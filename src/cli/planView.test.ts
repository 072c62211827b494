// A plan in words: what is an upper bound is called one, and no time is told that nobody measured.

import { expect, it } from 'vitest';
import type { PlannedStage } from '../recipe/plan.ts';
import { planLines } from './planView.ts';

const stage = (more: Partial<PlannedStage>): PlannedStage => ({
  ...{ name: 'tune', kind: 'sft', state: 'new', redo: false, changes: [], inputs: { data: '$cold' } },
  ...more,
});

it('says of bounds that they are ones, of whose data, and where the time comes from', () => {
  const measured = { basis: 'measured' } as const;
  const lines = planLines(
    [
      stage({
        name: 'cold',
        kind: 'rejection',
        samples: 4800,
        sampledTokens: 1_440_000,
        rows: 1200,
        seconds: { low: 60, high: 600 },
        ...measured,
      }),
      stage({ steps: 75, trainedTokens: 900_000, boundBy: 'cold', seconds: { low: 0, high: 1200 }, ...measured }),
      stage({ name: 'pairs', kind: 'judge', samples: 8, sampledTokens: 80, rows: 4, waitsFor: 'the endpoint that judges' }),
    ],
    'runs/r1',
  );
  const text = lines.join('\n');
  expect(text).toContain('4,800 samples of 1,440,000 tokens at most, makes 1,200 rows at most');
  expect(text).toContain('75 steps at most, 900,000 tokens trained on at most');
  expect(text).toContain('time: at most about 20 minutes, should cold keep all that it may, by a measurement on this machine');
  expect(text).toContain('time: not known, for it waits for the endpoint that judges');
  expect(text).toMatch(/To do in all: about a minute to 30 minutes, and 1 stage of which it is not known yet/);
});
