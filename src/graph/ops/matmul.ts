// Matrix products, batched and broadcast over leading axes, with transposition of the last two axes of either side for free.

import { apply, broadcastShapes, dimProduct, graphError, type Operator, type Tensor } from '../tensor.ts';
import { sumTo } from './reduce.ts';
import { reshape } from './shape.ts';

interface MatmulOptions {
  transA?: boolean;
  transB?: boolean;
  /** The product is multiplied by this. */
  alpha?: number;
}

const matmulOp: Operator = {
  name: 'matmul',
  gradient: ({ inputs: [a, b], attributes }, [g]) => {
    if (!g) return [];
    const { transA, transB, alpha } = attributes as { transA: boolean; transB: boolean; alpha: number };
    const da = transA ? matmul(b, g, { transA: transB, transB: true, alpha }) : matmul(g, b, { transB: !transB, alpha });
    // A weight matrix under batched rows: one long product instead of a batch of products and a sum.
    const db =
      b.rank === 2 && a.rank > 2 && !transA
        ? weightGradient(flattenRows(a), flattenRows(g), transB, alpha)
        : transB
          ? matmul(g, a, { transA: true, transB: transA, alpha })
          : matmul(a, g, { transA: !transA, alpha });
    return [sumTo(da, a), sumTo(db, b)];
  },
};

function weightGradient(a: Tensor, g: Tensor, transB: boolean, alpha: number): Tensor {
  return transB ? matmul(g, a, { transA: true, alpha }) : matmul(a, g, { transA: true, alpha });
}

function flattenRows(x: Tensor): Tensor {
  return reshape(x, [dimProduct(x.shape.slice(0, -1)), x.shape[x.rank - 1]]);
}

/** alpha * op(a) op(b): `a [..., M, K]`, `b [..., K, N]` -> `[..., M, N]`; transA / transB: the last two axes are stored swapped. */
export function matmul(a: Tensor, b: Tensor, { transA = false, transB = false, alpha = 1 }: MatmulOptions = {}): Tensor {
  if (a.rank < 2 || b.rank < 2) throw graphError('matmul', 'wants at least two axes a side', [a, b]);
  const [m, k] = transA ? [a.shape[a.rank - 1], a.shape[a.rank - 2]] : [a.shape[a.rank - 2], a.shape[a.rank - 1]];
  const [k2, n] = transB ? [b.shape[b.rank - 1], b.shape[b.rank - 2]] : [b.shape[b.rank - 2], b.shape[b.rank - 1]];
  if (k !== k2)
    throw graphError('matmul', `the inner sizes ${k} and ${k2} differ${transA ? ', a transposed' : ''}${transB ? ', b transposed' : ''}`, [
      a,
      b,
    ]);
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (batch === undefined) throw graphError('matmul', 'the leading axes do not broadcast', [a, b]);
  return apply(matmulOp, [a, b], { transA, transB, alpha }, [...batch, m, n]);
}
