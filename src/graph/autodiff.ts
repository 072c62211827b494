// Reverse-mode differentiation of a symbolic graph: walks it backwards from a scalar and asks each operator for its rule.

import { add } from './ops/elementwise.ts';
import { constant, graphError, type Node, sameShape, scope, type Tensor } from './tensor.ts';

/** The nodes that `targets` need, inputs before users. */
export function topologicalOrder(targets: readonly Tensor[]): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: { node: Node; next: number }[] = [];
  for (const target of targets) {
    if (seen.has(target.node)) continue;
    seen.add(target.node);
    stack.push({ node: target.node, next: 0 });
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      const child = top.node.inputs[top.next++]?.node;
      if (child === undefined) {
        order.push(top.node);
        stack.pop();
      } else if (!seen.has(child)) {
        seen.add(child);
        stack.push({ node: child, next: 0 });
      }
    }
  }
  return order;
}

/**
 * d loss / d each of `wrt`, as tensors of the same graph.
 * @throws GraphError where the loss is no scalar, a parameter does not influence it, or an operator on the way has no rule.
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (loss.rank !== 0) throw graphError('gradients', 'the loss must be a scalar', [loss]);
  const order = topologicalOrder([loss]);
  // Only nodes that lie between a parameter and the loss are differentiated.
  const needed = new Set<Node>(wrt.map((tensor) => tensor.node));
  for (const node of order) if (node.inputs.some((x) => needed.has(x.node))) needed.add(node);

  const gradientOf = new Map<Tensor, Tensor>([[loss, constant(1)]]);
  for (const node of order.reverse()) {
    const outputGradients = node.outputs.map((output) => gradientOf.get(output));
    if (!needed.has(node) || node.inputs.length === 0 || outputGradients.every((g) => g === undefined)) continue;
    const rule = node.op.gradient;
    if (rule === undefined)
      throw graphError(node.op.name, 'has no gradient rule, but the loss is to be differentiated through it', node.inputs, node.scope);
    const inputGradients = scope(`${node.scope}'`, () => rule(node, outputGradients));
    for (const [index, x] of node.inputs.entries()) {
      const g = inputGradients[index];
      if (g === undefined || !needed.has(x.node)) continue;
      if (!sameShape(g.shape, x.shape))
        throw graphError(
          node.op.name,
          `its rule made a gradient of shape [${g.shape.join(', ')}] for an input of shape [${x.shape.join(', ')}]`,
          node.inputs,
          node.scope,
        );
      const before = gradientOf.get(x);
      gradientOf.set(x, before === undefined ? g : add(before, g));
    }
  }
  return wrt.map((tensor) => {
    const g = gradientOf.get(tensor);
    if (g === undefined)
      throw graphError('gradients', `${String(tensor.node.attributes.name ?? 'a tensor')} does not influence the loss`, [tensor]);
    return g;
  });
}
