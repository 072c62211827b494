// The teacher's distribution at its likeliest ids, and the divergence of a student from it, against values worked by hand.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { teacherDistribution, teacherKl } from './teacherKl.ts';

it('is renormalised over the K: 0.6 and 0.2 become 0.75 and 0.25, entropy 0.562335', () => {
  const { probabilities, entropy } = teacherDistribution([7, 3], [Math.log(0.6), Math.log(0.2)], 10) ?? { probabilities: [], entropy: 0 };
  expect(probabilities[0]).toBeCloseTo(0.75, 12);
  expect(probabilities[1]).toBeCloseTo(0.25, 12);
  expect(entropy).toBeCloseTo(0.562335, 6);
});

// A teacher's head 130 wide beside a student's of 128.
it('leaves out ids that the student has not, and empty slots, and renormalises over the others', () => {
  const found = teacherDistribution([129, 5, -1, 6], [-0.1, -2, 0, -2], 128);
  expect([...(found?.probabilities ?? [])]).toEqual([0, 0.5, 0, 0.5]);
  expect(found?.entropy).toBeCloseTo(Math.LN2, 12);
  expect(teacherDistribution([128, -1], [-0.1, -0.1], 128)).toBeUndefined();
  expect(teacherDistribution([1], [Number.NEGATIVE_INFINITY], 128)).toBeUndefined();
  expect(teacherDistribution([], [], 128)).toBeUndefined();
});

it('by hand: teacher 3/4, 1/4; student 1/2, 1/4 and the rest elsewhere: 3/4 log(3/2) = 0.304099', () => {
  const teacher = teacherDistribution([0, 1], [Math.log(3), 0], 4);
  if (teacher === undefined) throw new Error('no distribution');
  expect(teacherKl(teacher, [Math.log(0.5), Math.log(0.25)])).toBeCloseTo(0.304099, 6);
});

it('is never negative, 0 where the student is the teacher, and more where the student puts mass outside the K', () => {
  const logit = fc.double({ min: -8, max: 8, noNaN: true });
  const pair = fc.array(fc.tuple(logit, logit), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(pair, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (logits, share) => {
      const ids = logits.map((_, k) => k);
      const normalised = (values: number[]): number[] => {
        const total = Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0));
        return values.map((value) => value - total);
      };
      const [own, other] = [normalised(logits.map(([a]) => a)), normalised(logits.map(([, b]) => b))];
      const teacher = teacherDistribution(ids, own, 10);
      if (teacher === undefined) throw new Error('no distribution');
      expect(teacherKl(teacher, other)).toBeGreaterThan(-1e-9);
      expect(Math.abs(teacherKl(teacher, own))).toBeLessThan(1e-9);
      const outside = teacherKl(
        teacher,
        own.map((value) => value + Math.log(share)),
      );
      expect(outside).toBeCloseTo(-Math.log(share), 8);
    }),
  );
});
