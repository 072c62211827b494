
import { CompiledGraph } from '../../../graph/session.ts';
import { mul } from '../../../graph/ops/index.ts';
import { constant, input } from '../../../graph/tensor.ts';
await (await CompiledGraph.compile({ y: mul(input('x', ['N']), constant(2)) }, { threads: 1 })).dispose();
