// The order in which ONNX Runtime runs a graph's nodes, found without it: what is computed twice is merged first, then a depth-first
// walk begins at the outputs. How long a tensor lives follows from the order.

import { topologicalOrder } from './autodiff.ts';
import { type Node, Tensor } from './tensor.ts';

type Outputs = Readonly<Record<string, Tensor>>;

/** The outputs, with nodes of equal operators, attributes and inputs made one (its CommonSubexpressionElimination). */
export function withoutRepeats(outputs: Outputs): Record<string, Tensor> {
  const kept = new Map<Node, Node>();
  const byKey = new Map<string, Node>();
  const keptTensor = ({ node, index }: Tensor): Tensor => (kept.get(node) as Node).outputs[index];
  for (const node of topologicalOrder(Object.values(outputs))) {
    const inputs = node.inputs.map(keptTensor);
    const key = `${node.op.name} ${JSON.stringify(node.attributes)} ${inputs.map((x) => `${x.node.id}.${x.index}`).join(' ')}`;
    let first = byKey.get(key);
    if (first === undefined) {
      const tensors: Tensor[] = [];
      first = { ...node, inputs, outputs: tensors };
      for (const { index, shape, dtype } of node.outputs) tensors.push(new Tensor(first, index, shape, dtype));
      byKey.set(key, first);
    }
    kept.set(node, first);
  }
  return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, keptTensor(tensor)]));
}

/** The outputs that other nodes read too: they are copied, each by a node of its own. */
export function outputsInUse(outputs: Outputs): Set<Tensor> {
  const targets = Object.values(outputs);
  const read = new Set(topologicalOrder(targets).flatMap(({ inputs }) => inputs));
  return new Set(targets.filter((tensor) => read.has(tensor)));
}

/**
 * Inputs before users. The walk (GraphViewer's ReverseDFSFrom) goes first after the outputs that are copied, whose nodes come last in the
 * graph, then after the other outputs, and after a node's inputs, from the last node to the first.
 */
export function executionOrder(outputs: Outputs): Node[] {
  const targets = Object.values(outputs);
  const inUse = outputsInUse(outputs);
  const place = new Map(topologicalOrder(targets).map((node, i) => [node, i]));
  const byPlace = (a: Node, b: Node): number => (place.get(a) as number) - (place.get(b) as number);
  const first = targets.filter((tensor) => inUse.has(tensor)).map(({ node }) => node);
  const rest = targets.filter((tensor) => !inUse.has(tensor)).map(({ node }) => node);
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack = [...rest.sort(byPlace), ...first].map((node) => ({ node, done: false }));
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { node, done } = top;
    if (done) order.push(node);
    else if (!seen.has(node)) {
      seen.add(node);
      stack.push({ node, done: true });
      const needed = [...new Set(node.inputs.map((x) => x.node))].filter((x) => !seen.has(x)).sort(byPlace);
      stack.push(...needed.map((x) => ({ node: x, done: false })));
    }
  }
  return order;
}
