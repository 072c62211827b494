// Graphs compiled once, at their first use, by a key that says all they depend on.

import { CompiledGraph } from '../../graph/session.ts';
import type { Tensor } from '../../graph/tensor.ts';

export class GraphCache {
  private readonly compiled = new Map<string, Promise<CompiledGraph>>();

  constructor(private readonly threads: number) {}

  get(key: string, build: () => Record<string, Tensor>): Promise<CompiledGraph> {
    let graph = this.compiled.get(key);
    if (graph === undefined) {
      graph = CompiledGraph.compile(build(), { threads: this.threads });
      this.compiled.set(key, graph);
    }
    return graph;
  }

  async dispose(): Promise<void> {
    // One that failed to compile has said so to its caller.
    for (const graph of await Promise.allSettled(this.compiled.values())) if (graph.status === 'fulfilled') await graph.value.dispose();
    this.compiled.clear();
  }
}
