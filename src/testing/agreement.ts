// Do the sampler and the trainer say the same? Samples from a model and has the trainer score what came out.

import type { ParameterStore } from '../engine/local/parameters.ts';
import { RowGraphs } from '../engine/local/rowGraphs.ts';
import { DecodeGraphs, Sampler } from '../engine/local/sampler.ts';
import type { LlamaConfig } from '../formats/modelConfig.ts';
import { breathe } from '../platform/clock.ts';
import { datumOf } from './tinyModel.ts';

export interface Agreement {
  /** The largest |difference| of a token's log-probability, nats. */
  worst: number;
  /** How many tokens were compared. */
  tokens: number;
}

/**
 * Draws `n` samples of `maxTokens` tokens (no stop) for each prompt, all at once, and scores them packed, each group's prompt shared.
 */
export async function agreement(
  config: LlamaConfig,
  store: ParameterStore,
  prompts: readonly Int32Array[],
  { n, maxTokens, temperature }: { n: number; maxTokens: number; temperature: number },
): Promise<Agreement> {
  const [decode, rows, snapshot] = [new DecodeGraphs(config, 1), new RowGraphs(config, 1), store.snapshot()];
  try {
    const options = { n, maxTokens, temperature, topP: 1, topK: 0, stop: [], seed: 7 };
    const handles = new Sampler(decode, snapshot, breathe).submit(prompts.map((prompt) => ({ prompt, options })));
    const groups = await Promise.all(handles.map(({ done }) => done));
    const samples = groups.flat();
    const data = groups.flatMap((group, g) =>
      group.map(({ tokens }) => ({
        ...datumOf([...prompts[g], ...tokens], prompts[g].length),
        group: String(g),
        sharedPrefix: prompts[g].length,
      })),
    );
    const { logprobs } = await rows.run(snapshot.parameters, data, { temperature });
    let worst = 0;
    let tokens = 0;
    for (const [i, { logprobs: sampled }] of samples.entries()) {
      const trained = logprobs[i].subarray(logprobs[i].length - sampled.length);
      tokens += sampled.length;
      // NaN is the worst of all.
      for (const [t, lp] of sampled.entries()) if (!(Math.abs(lp - trained[t]) <= worst)) worst = Math.abs(lp - trained[t]);
    }
    return { worst, tokens };
  } finally {
    snapshot.release();
    await decode.dispose();
    await rows.dispose();
  }
}
