// The parameter store: master weights in float32 by name, with a version that grows with every update. A snapshot pins the
// weights as they are; an update copies them first only while a snapshot is open.

import { stream } from '../../algorithms/random.ts';
import type { LlamaConfig } from '../../formats/modelConfig.ts';
import { parameterShapes } from '../../formats/modelConfig.ts';
import type { ModelSource } from '../../formats/modelSource.ts';

export interface Parameter {
  shape: number[];
  data: Float32Array;
}

export interface Snapshot {
  readonly version: number;
  readonly parameters: ReadonlyMap<string, Parameter>;
  release(): void;
}

export class ParameterStore {
  private pinned = 0;

  private constructor(
    private current: Map<string, Parameter>,
    private currentVersion: number,
  ) {}

  get parameters(): ReadonlyMap<string, Parameter> {
    return this.current;
  }

  get version(): number {
    return this.currentVersion;
  }

  static async load(source: Pick<ModelSource, 'config' | 'read'>): Promise<ParameterStore> {
    const parameters = new Map<string, Parameter>();
    for (const [name, shape] of parameterShapes(source.config)) parameters.set(name, { shape, data: await source.read(name) });
    return new ParameterStore(parameters, 0);
  }

  /** Normal with standard deviation 0.02, output projections divided by sqrt(2 layers) (GPT-2); norms 1, biases 0. */
  static random(config: LlamaConfig, seed: number): ParameterStore {
    const parameters = new Map<string, Parameter>();
    for (const [name, shape] of parameterShapes(config)) {
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
      if (shape.length === 1) data.fill(name.endsWith('.bias') ? 0 : 1);
      else {
        const deviation = /(o_proj|down_proj)\.weight$/.test(name) ? 0.02 / Math.sqrt(2 * config.layers) : 0.02;
        const random = stream(seed, 'init', name);
        // Box-Muller, two at a time.
        for (let i = 0; i < data.length; i += 2) {
          const radius = deviation * Math.sqrt(-2 * Math.log(1 - random.next()));
          const angle = 2 * Math.PI * random.next();
          data[i] = radius * Math.cos(angle);
          if (i + 1 < data.length) data[i + 1] = radius * Math.sin(angle);
        }
      }
      parameters.set(name, { shape, data });
    }
    return new ParameterStore(parameters, 0);
  }

  /** The arrays to write the next version into: the same ones, or copies where a snapshot holds the same. */
  beginUpdate(): ReadonlyMap<string, Parameter> {
    if (this.pinned > 0) {
      this.current = new Map([...this.current].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
      this.pinned = 0;
    }
    this.currentVersion++;
    return this.current;
  }

  snapshot(): Snapshot {
    this.pinned++;
    const parameters = this.current;
    let open = true;
    return {
      version: this.currentVersion,
      parameters,
      release: () => {
        if (open && parameters === this.current) this.pinned--;
        open = false;
      },
    };
  }

  /** Replace all values (a state that was loaded) and take its version. */
  restore(values: ReadonlyMap<string, Float32Array>, version: number): void {
    this.beginUpdate();
    for (const [name, parameter] of this.current) parameter.data.set(values.get(name) as Float32Array);
    this.currentVersion = version;
  }
}
