import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { enterPhase, firstPhase, type Phase, type PromptPart, promptOrder } from './promptOrder.ts';

const part = (name: string, size: number, weight = 1, from = 0): PromptPart => ({
  ...{ name, weight, from },
  prompts: Array.from({ length: size }, (_, i) => ({ row: { id: `${name}${i}`, prompt: 'p' }, tokens: Int32Array.of(i) })),
});
const names = (order: (cursor: number) => { row: { id: string } }, count: number, first = 0) =>
  Array.from({ length: count }, (_, i) => order(first + i).row.id[0]);

describe('promptOrder', () => {
  it('takes every prompt once a pass, in another order each, and depends on seed and cursor alone', () => {
    const at = promptOrder([part('p', 5)], 1);
    const passes = [0, 1, 2].map((pass) => Array.from({ length: 5 }, (_, i) => at(pass * 5 + i).row.id));
    for (const pass of passes) expect([...pass].sort()).toEqual(['p0', 'p1', 'p2', 'p3', 'p4']);
    expect(new Set(passes.map(String)).size).toBeGreaterThan(1);
    const again = promptOrder([part('p', 5)], 1);
    expect(again(12).row.id).toBe(passes[2][2]);
    expect(again(1).row.id).toBe(passes[0][1]);
  });

  it('of two tasks of 3 and 1 each fourth prompt is the second', () => {
    const order = promptOrder([part('a', 7), part('b', 3, 1 / 3)], 1);
    for (let step = 0; step < 10; step++) expect(names(order, 4, 4 * step).sort()).toEqual(['a', 'a', 'a', 'b']);
  });

  it('each goes through its own prompts, once a pass, whatever its share', () => {
    const order = promptOrder([part('a', 6, 3), part('b', 2, 1)], 5);
    const ids = Array.from({ length: 16 }, (_, i) => order(i).row.id);
    for (const pass of [ids.filter((id) => id[0] === 'a').slice(0, 6), ids.filter((id) => id[0] === 'a').slice(6)])
      expect([...pass].sort()).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'a5']);
    for (const pass of [0, 1])
      expect(
        ids
          .filter((id) => id[0] === 'b')
          .slice(2 * pass, 2 * pass + 2)
          .sort(),
      ).toEqual(['b0', 'b1']);
  });

  it('shares are exact to less than one prompt at every moment', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 1, maxLength: 6 }), (weights) => {
        const parts = weights.map((weight, i) => part('abcdef'[i], 2, weight));
        const order = promptOrder(parts, 1);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const had = weights.map(() => 0);
        let apart = 0;
        for (let n = 1; n <= 60; n++) {
          had['abcdef'.indexOf(order(n - 1).row.id[0])]++;
          apart = Math.max(apart, ...weights.map((weight, i) => Math.abs(had[i] - (n * weight) / total)));
        }
        expect(apart).toBeLessThan(1 + 1e-9);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a task that begins later', () => {
  const parts = [part('a', 5, 1), part('b', 5, 1, 2)];

  it('has no prompts before, its share from there on, and does not catch up', () => {
    let phases: readonly Phase[] = [firstPhase];
    expect(enterPhase(parts, phases, 1, 4)).toBe(phases);
    phases = enterPhase(parts, phases, 2, 9);
    expect(phases).toEqual([firstPhase, { step: 2, cursor: 9 }]);
    expect(enterPhase(parts, phases, 3, 12)).toBe(phases);
    const order = promptOrder(parts, 1, phases);
    expect(names(order, 9)).toEqual(Array(9).fill('a'));
    expect(names(order, 8, 9).join('')).toMatch(/^(ab|ba){4}$/);
    // What was asked before it began is the same as if it never did.
    const alone = promptOrder([parts[0]], 1);
    expect(Array.from({ length: 9 }, (_, i) => order(i).row.id)).toEqual(Array.from({ length: 9 }, (_, i) => alone(i).row.id));
  });

  it('a resumed run asks the same, from any prompt on', () => {
    const phases = [firstPhase, { step: 2, cursor: 7 }];
    const order = promptOrder(parts, 3, phases);
    const all = Array.from({ length: 30 }, (_, i) => order(i).row.id);
    for (const from of [0, 6, 7, 19]) {
      const again = promptOrder(parts, 3, phases);
      expect(Array.from({ length: 30 - from }, (_, i) => again(from + i).row.id)).toEqual(all.slice(from));
    }
  });
});
