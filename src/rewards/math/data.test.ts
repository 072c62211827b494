// The judged pairs and the golds of public data sets, where they are.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeNeeding, shared } from '../../testing/need.ts';
import { finalAnswer } from './extract.ts';
import { verifyMath } from './verify.ts';

interface Row {
  gold: string;
  pred: string;
  expected: boolean;
  options?: { precision?: number };
}

function read<T>(path: string): T[] {
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const wrong = (rows: Row[]): Row[] =>
  rows.filter(({ gold, pred, expected, options }) => (verifyMath(gold, pred, options) ?? false) !== expected);

describeNeeding(shared('data/math/equivalence_cases.jsonl'), "Math-Verify's cases", (path) => {
  // docs/rewards.md says why.
  const refused = ['$9$', '$1 - \\frac{1}{\\mathrm{e}}$', '$\\\\boxed{35 cm} ++++++ \\\\boxed{4}$', '$10455$', '$f(x)$'];

  it('156 of 161 are judged as expected; the others are those that are refused by name', () => {
    const rows = read<Row>(path);
    expect(rows).toHaveLength(161);
    expect(wrong(rows).map(({ gold }) => gold)).toEqual(refused);
  });
});

describeNeeding(shared('data/math/reported_cases.jsonl'), 'pairs from bug reports', (path) => {
  it('all are judged as expected', () => {
    const rows = read<Row>(path);
    expect(rows).toHaveLength(27);
    expect(wrong(rows)).toEqual([]);
  });
});

describeNeeding(shared('data/math/math500_test.jsonl'), "MATH-500's golds", (path) => {
  it('are right against themselves, and against their solutions', () => {
    const rows = read<{ answer: string; solution: string }>(path);
    expect(rows).toHaveLength(500);
    expect(rows.filter(({ answer }) => verifyMath(answer, `\\boxed{${answer}}`) !== true)).toEqual([]);
    expect(rows.filter(({ answer, solution }) => verifyMath(answer, solution) !== true)).toEqual([]);
  });
});

describeNeeding(shared('data/math/math_test_5000.jsonl'), "MATH's golds", (path) => {
  const rows = read<{ solution: string }>(path);

  it('all 5000 are right against themselves', () => {
    expect(rows).toHaveLength(5000);
    expect(rows.filter(({ solution }) => verifyMath(solution, solution) !== true)).toEqual([]);
  });

  it("are wrong against their neighbours', but for those that are the same in another form", () => {
    const golds = rows.map(({ solution }) => finalAnswer(solution) ?? '');
    const alike = golds.flatMap((gold, i) => {
      const next = golds[(i + 1) % golds.length];
      return gold !== next && verifyMath(gold, `\\boxed{${next}}`) ? [`${gold} ~ ${next}`] : [];
    });
    expect(alike).toEqual(['\\frac{3}{4} ~ \\frac34', '120^\\circ ~ 120', '7\\% ~ 7']);
  });
});

describeNeeding(shared('data/math/model_outputs.jsonl'), 'outputs of Qwen2.5-Math', (path) => {
  it('agree with the verdicts of its own evaluation', () => {
    const rows = read<{ gold: string; completion: string; verdict: boolean }>(path);
    expect(rows).toHaveLength(100);
    expect(rows.filter(({ gold, completion, verdict }) => verifyMath(gold, completion) !== verdict)).toEqual([]);
  });
});
