// Compiles a symbolic graph with ONNX Runtime and runs it on typed arrays. Inputs are fed where they lie (no copy).

// Before the library is loaded.
import '../platform/noTelemetry.ts';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { nativeWork } from '../platform/nativeWork.ts';
import { cpuLowering } from './lowering/cpu.ts';
import { writeOnnx } from './onnx/writer.ts';
import type { DType, Tensor } from './tensor.ts';

export type Values = Float32Array | Int32Array;

export interface ArrayValue {
  data: Values;
  dims: readonly number[];
}

export interface CompileOptions {
  /** Threads within an operator. The same seed gives the same bits only at the same count. */
  threads: number;
}

export class CompiledGraph {
  private constructor(
    private readonly session: InferenceSession,
    private readonly outputNames: readonly string[],
  ) {}

  static async compile(outputs: Readonly<Record<string, Tensor>>, { threads }: CompileOptions): Promise<CompiledGraph> {
    const model = writeOnnx(outputs, cpuLowering);
    const session = await nativeWork(() =>
      InferenceSession.create(model, {
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        // A pattern is kept for ever for each combination of input shapes, and ours differ from step to step.
        enableMemPattern: false,
        logSeverityLevel: 3,
      }),
    );
    return new CompiledGraph(session, Object.keys(outputs));
  }

  /**
   * Runs the graph. Feeds that the graph does not use are ignored; a missing one is ONNX Runtime's error.
   * Blocks the calling thread.
   */
  async run(feeds: Readonly<Record<string, ArrayValue>>, wanted: readonly string[] = this.outputNames): Promise<Record<string, Values>> {
    const tensors: Record<string, OrtTensor> = {};
    for (const name of this.session.inputNames) {
      const value = feeds[name];
      if (value === undefined) throw new Error(`the graph's input ${name} was not fed`);
      tensors[name] = toOrt(value);
    }
    const results = await nativeWork(() => this.session.run(tensors, wanted));
    const values: Record<string, Values> = {};
    for (const name of wanted) values[name] = results[name].data as Values;
    return values;
  }

  async dispose(): Promise<void> {
    await nativeWork(() => this.session.release());
  }
}

function toOrt({ data, dims }: ArrayValue): OrtTensor {
  const type: DType = data instanceof Int32Array ? 'int32' : 'float32';
  return type === 'int32' ? new OrtTensor('int32', data as Int32Array, dims) : new OrtTensor('float32', data as Float32Array, dims);
}
