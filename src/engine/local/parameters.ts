// The parameter store: master weights in float32 by name, with a version that grows with every update. A snapshot pins the
// weights as they are; an update copies them first only while a snapshot is open. Frozen weights (a base under an adapter) are
// never written or copied, and may be those of another store.

import { type Stream, stream } from '../../algorithms/random.ts';
import { adapterShapes, type Lora } from '../../formats/lora.ts';
import type { LlamaConfig } from '../../formats/modelConfig.ts';
import { parameterShapes, SCORE } from '../../formats/modelConfig.ts';
import type { ModelSource } from '../../formats/modelSource.ts';

export interface Parameter {
  shape: number[];
  data: Float32Array;
}

export type Parameters = ReadonlyMap<string, Parameter>;

export interface Snapshot {
  readonly version: number;
  /** All weights, frozen ones too. */
  readonly parameters: Parameters;
  readonly trainable: Parameters;
  release(): void;
}

export class ParameterStore {
  private pinned = 0;

  private constructor(
    private current: Parameters,
    private currentVersion: number,
    /** Never written. */
    readonly frozen: Parameters = new Map(),
  ) {}

  /** All weights. */
  get parameters(): Parameters {
    return this.frozen.size === 0 ? this.current : new Map([...this.frozen, ...this.current]);
  }

  /** Those that an update changes: all, or an adapter's. */
  get trainable(): Parameters {
    return this.current;
  }

  get version(): number {
    return this.currentVersion;
  }

  /** The weights that `config` asks for: the source's, but that a scalar head which it has not is drawn by `seed`. */
  static async load(source: Pick<ModelSource, 'config' | 'read'>, config = source.config, seed = 0): Promise<ParameterStore> {
    const parameters = new Map<string, Parameter>();
    for (const [name, shape] of parameterShapes(config)) {
      const drawn = name === SCORE && source.config.head !== 'scalar';
      parameters.set(name, { shape, data: drawn ? normal(config.hiddenSize, 0.02, stream(seed, 'init', name)) : await source.read(name) });
    }
    return new ParameterStore(parameters, 0);
  }

  /** Normal with standard deviation 0.02, output projections divided by sqrt(2 layers) (GPT-2); norms 1, biases 0. */
  static random(config: LlamaConfig, seed: number): ParameterStore {
    const parameters = new Map<string, Parameter>();
    for (const [name, shape] of parameterShapes(config)) {
      const size = shape.reduce((a, b) => a * b, 1);
      const deviation = /(o_proj|down_proj)\.weight$/.test(name) ? 0.02 / Math.sqrt(2 * config.layers) : 0.02;
      const data =
        shape.length === 1
          ? new Float32Array(size).fill(name.endsWith('.bias') ? 0 : 1)
          : normal(size, deviation, stream(seed, 'init', name));
      parameters.set(name, { shape, data });
    }
    return new ParameterStore(parameters, 0);
  }

  /** A fresh adapter over `base`, as peft draws it: A uniform within 1 / sqrt(in) (Kaiming, a = sqrt(5)), B zero; a scalar head as the base has it. */
  static adapter(base: Parameters, config: LlamaConfig, lora: Lora, seed: number): ParameterStore {
    const adapter = new Map<string, Parameter>();
    for (const [name, shape] of adapterShapes(config, lora)) {
      const data = name === SCORE ? (base.get(name) as Parameter).data.slice() : new Float32Array(shape[0] * shape[1]);
      if (name.endsWith('.lora_A.weight')) {
        const random = stream(seed, 'lora', name);
        const bound = 1 / Math.sqrt(shape[1]);
        for (let i = 0; i < data.length; i++) data[i] = bound * (2 * random.next() - 1);
      }
      adapter.set(name, { shape, data });
    }
    return new ParameterStore(adapter, 0, base);
  }

  /** `base` as it is, with nothing to train, or under the weights `adapter`. */
  static over(base: Parameters, adapter: Parameters = new Map()): ParameterStore {
    return new ParameterStore(adapter, 0, base);
  }

  /** The arrays to write the next version into: the same ones, or copies where a snapshot holds the same. */
  beginUpdate(): Parameters {
    if (this.pinned > 0) {
      this.current = new Map([...this.current].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
      this.pinned = 0;
    }
    this.currentVersion++;
    return this.current;
  }

  snapshot(): Snapshot {
    this.pinned++;
    const trainable = this.current;
    let open = true;
    return {
      version: this.currentVersion,
      parameters: this.parameters,
      trainable,
      release: () => {
        if (open && trainable === this.current) this.pinned--;
        open = false;
      },
    };
  }

  /** Replace all trainable values (a state that was loaded) and take its version. */
  restore(values: ReadonlyMap<string, Float32Array>, version: number): void {
    this.beginUpdate();
    for (const [name, parameter] of this.current) parameter.data.set(values.get(name) as Float32Array);
    this.currentVersion = version;
  }
}

/** Independent draws from a normal distribution around 0. */
function normal(size: number, deviation: number, random: Stream): Float32Array {
  const data = new Float32Array(size);
  // Box-Muller, two at a time.
  for (let i = 0; i < size; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - random.next()));
    const angle = 2 * Math.PI * random.next();
    data[i] = radius * Math.cos(angle);
    if (i + 1 < size) data[i + 1] = radius * Math.sin(angle);
  }
  return data;
}
