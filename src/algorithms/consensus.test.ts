import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { consensusScore, voteClasses } from './consensus.ts';

const equal = (a: string, b: string): boolean => a === b;
const values: Record<string, number> = { '1/2': 0.5, '0.5': 0.5, '\\frac12': 0.5, '.5': 0.5 };
const sameValue = (a: string, b: string): boolean => (values[a] ?? Number(a)) === (values[b] ?? Number(b));
const verdicts = (answers: readonly (string | null)[], gold: string): number[] =>
  answers.map((answer) => Number(answer !== null && sameValue(answer, gold)));
const score = (answers: readonly (string | null)[], gold: string): number | undefined =>
  consensusScore(voteClasses(answers, sameValue), verdicts(answers, gold));

describe('the majority vote', () => {
  it('is by what answers are equal to, not by how they are written', () => {
    const answers = ['1/2', '0.5', '\\frac12', '3', '3'];
    expect(voteClasses(answers, sameValue)).toEqual([
      { answer: '0.5', samples: [0, 1, 2] },
      { answer: '3', samples: [3, 4] },
    ]);
    expect(score(answers, '0.5')).toBe(1);
    expect(score(answers, '3')).toBe(0);
  });

  it('gives a tie the chance of being right by lot, whichever answer is the right one', () => {
    for (const gold of ['4', '9']) expect(score(['4', '4', '9', '9'], gold)).toBe(0.5);
    expect(score(['4', '4', '9', '9', '7'], '7')).toBe(0);
    expect(score(['1', '2', '3'], '2')).toBeCloseTo(1 / 3, 12);
  });

  it('has no vote for a missing answer', () => {
    expect(score([null, null, null, '9', '4', '9'], '9')).toBe(1);
    expect(score([null, null], '9')).toBe(0);
  });

  it('leaves out samples without a verdict, and the problem where nothing else is left', () => {
    const classes = voteClasses(['4', '4', '9'], equal);
    expect(consensusScore(classes, [null, 1, 0])).toBe(1);
    expect(consensusScore(classes, [null, null, 1])).toBeUndefined();
  });

  it('takes an equality that is not transitive from the answers that were written most', () => {
    const near = (a: string, b: string): boolean => Math.abs(Number(a) - Number(b)) <= 1;
    const classes = voteClasses(['1', '2', '3', '3'], near);
    expect(classes).toEqual([
      { answer: '3', samples: [1, 2, 3] },
      { answer: '1', samples: [0] },
    ]);
  });

  it('does not depend on the order of the samples', () => {
    const near = (a: string, b: string): boolean => Math.abs(Number(a) - Number(b)) <= 1;
    const answer = fc.option(fc.integer({ min: 0, max: 6 }).map(String));
    const samples = fc.array(fc.record({ answer, right: fc.constantFrom(0, 1, null) }), { maxLength: 12 });
    const shuffled = samples.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
    const outcome = (list: { answer: string | null; right: number | null }[]) => {
      const classes = voteClasses(
        list.map((one) => one.answer),
        near,
      );
      const of = classes.map((one) => ({ answer: one.answer, votes: one.samples.length }));
      return {
        of,
        score: consensusScore(
          classes,
          list.map((one) => one.right),
        )?.toFixed(9),
      };
    };
    fc.assert(
      fc.property(shuffled, ([first, second]) => {
        expect(outcome(second)).toEqual(outcome(first));
      }),
    );
  });

  it('counts every answer once', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.string({ maxLength: 2 })), { maxLength: 20 }), (answers) => {
        const voters = voteClasses(answers, equal).flatMap(({ samples }) => samples);
        expect(voters.sort((a, b) => a - b)).toEqual(answers.flatMap((answer, i) => (answer === null ? [] : [i])));
      }),
    );
  });
});
