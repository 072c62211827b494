// The replay of a run's memory: the arena's holes, the order of execution, and what is held at once.

import { describe, expect, it } from 'vitest';
import { Arena } from './arena.ts';
import { gradients } from './autodiff.ts';
import { executionOrder, withoutRepeats } from './executionOrder.ts';
import { add, exp, matmul, mul, reshape, sum } from './ops/index.ts';
import { runMemory } from './runMemory.ts';
import { input, type Tensor } from './tensor.ts';

const MB = 2 ** 20;
const names = (outputs: Record<string, Tensor>): string[] => executionOrder(outputs).map(({ op }) => op.name);

describe('the arena', () => {
  it('gives a freed place to what fits it, and grows only for what does not', () => {
    const arena = new Arena();
    const first = arena.allocate(4 * MB);
    arena.allocate(4 * MB);
    expect(arena.resident).toBe(8 * MB);
    arena.free(first);
    arena.allocate(4 * MB);
    expect(arena.resident).toBe(8 * MB);
    const small = arena.allocate(MB);
    arena.free(small);
    arena.allocate(2 * MB);
    expect(arena.resident).toBe(10 * MB);
  });

  it('counts what was written, not what a region has room for', () => {
    const arena = new Arena();
    arena.allocate(65 * MB);
    expect(arena.resident).toBe(65 * MB);
  });

  it('joins neighbours that are free', () => {
    const arena = new Arena();
    // All in one region of 64 MB.
    const pieces = [arena.allocate(33 * MB), arena.allocate(8 * MB), arena.allocate(8 * MB), arena.allocate(8 * MB)];
    const before = arena.resident;
    for (const piece of [pieces[1], pieces[3], pieces[2]]) arena.free(piece);
    arena.allocate(24 * MB);
    expect(arena.resident).toBe(before);
  });
});

describe('the order', () => {
  it('computes nothing twice, and inputs before users', () => {
    const x = input('x', ['N']);
    const outputs = { y: add(exp(x), exp(x)) };
    expect(names(outputs).filter((name) => name === 'exp')).toHaveLength(2);
    expect(names(withoutRepeats(outputs))).toEqual(['input', 'exp', 'add']);
  });

  it('goes after the output that others read first, then from the last to the first', () => {
    const x = input('x', ['N']);
    const y = exp(x);
    expect(names({ y, product: mul(y, y), total: sum(y) })).toEqual(['input', 'exp', 'sum', 'mul']);
  });
});

describe('a run', () => {
  it('holds what is still to be read, and no more', () => {
    // Each of 4 MB; three are alive while the second is added to the first.
    let x: Tensor = input('x', ['N']);
    for (let i = 0; i < 6; i++) x = exp(x);
    expect(runMemory({ x }, [{ N: MB }]).arena).toBe(8 * MB);
    const first = exp(input('x', ['N']));
    expect(runMemory({ y: add(first, exp(exp(first))) }, [{ N: MB }]).arena).toBe(12 * MB);
  });

  it('writes over an input of a known shape, and sees through a reshape', () => {
    let x: Tensor = input('x', [MB]);
    for (let i = 0; i < 6; i++) x = exp(reshape(x, [MB]));
    expect(runMemory({ x }, [{}]).arena).toBe(4 * MB);
  });

  it('keeps its outputs, and what the gradient needs', () => {
    const weight = input('weight', [1024, 1024]);
    const x = input('x', ['N', 1024]);
    const loss = sum(exp(matmul(x, weight, { transB: true })));
    const [gradient] = gradients(loss, [weight]);
    const { arena, outputs } = runMemory({ loss, gradient }, [{ N: 1024 }]);
    // The product under its exponential, the gradient of both, that of the weight in the place of the first; the loss finds a hole.
    expect(outputs).toBe(4 * MB + 4);
    expect(arena).toBe(12 * MB);
  });

  it('is no more for a run that was made before, and names a symbol without a size', () => {
    const y = exp(exp(input('x', ['N'])));
    expect(runMemory({ y }, [{ N: MB }, { N: MB / 2 }]).arena).toBe(runMemory({ y }, [{ N: MB }]).arena);
    expect(() => runMemory({ y }, [{}])).toThrow('the symbol N of [N] has no size');
  });
});
