// Rotary position embedding (Su et al. 2021), half-split as in Hugging Face: within a head, channel i turns with channel i + D/2.

import { apply, graphError, type Operator, type Tensor } from '../tensor.ts';
import { neg } from './elementwise.ts';

// A rotation's transpose is the rotation by the opposite angle.
const ropeOp: Operator = {
  name: 'rope',
  gradient: ({ inputs: [, positions, cos, sin] }, [g]) => (g ? [rope(g, positions, cos, neg(sin))] : []),
};

/** `x [B, T, H*D]` (heads of D channels side by side), `positions [B, T]` int32, `cos`/`sin [P, D/2]` -> the shape of x. */
export function rope(x: Tensor, positions: Tensor, cos: Tensor, sin: Tensor): Tensor {
  const headDim = (cos.shape[1] as number) * 2;
  const width = x.shape[2];
  if (x.rank !== 3 || positions.rank !== 2 || positions.dtype !== 'int32' || typeof width !== 'number' || width % headDim !== 0)
    throw graphError('rope', 'wants x [B, T, H*D], int32 positions [B, T] and tables [P, D/2]', [x, positions, cos, sin]);
  return apply(ropeOp, [x, positions, cos, sin], {}, x.shape);
}
