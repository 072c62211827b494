import { expect, it } from 'vitest';
import { verifyCounts } from './verifyReport.ts';

it('no verdict agrees with an expected false and not with an expected true; without an expectation a case counts in the total alone', () => {
  const cases = [
    { expected: true, verdict: true },
    { expected: false, verdict: false },
    { expected: false, verdict: null },
    { expected: true, verdict: null },
    { expected: true, verdict: false },
    { expected: false, verdict: true },
    { verdict: true },
    { verdict: null },
  ].map((each) => ({ place: 'cases.jsonl:1', shown: {}, ...each }));
  expect(verifyCounts(cases, 2)).toEqual({
    total: 8,
    agree: 3,
    falsePositives: 1,
    falseNegatives: 2,
    unparsedGolds: 3,
    perSecond: 4,
  });
});
