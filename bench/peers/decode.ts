// Our side of decoding: a SamplingClient that is asked for all sequences at once, as a rollout asks it.

import { readFileSync } from 'node:fs';
import { createLocalEngine } from '../../src/engine/local/localEngine.ts';
import { openModel } from '../../src/formats/modelSource.ts';
import { Tokenizer } from '../../src/formats/tokenizer.ts';
import { end, myTurn, say, THREADS, work } from './turns.ts';

const { model, sequences, newTokens } = work as { model: string; sequences: number; newTokens: number };
const source = await openModel(model);
const tokenizer = Tokenizer.fromFiles(source.tokenizerFiles, source.config);
await source.close();
const prompts = (JSON.parse(readFileSync(`${model}/prompts.json`, 'utf8')) as string[])
  .slice(0, sequences)
  .map((text) => Int32Array.from(tokenizer.encode(text)));
const engine = createLocalEngine({ threads: THREADS });
const sampler = await engine.createSampler({ model });
say({ ready: true });
for (let turn = 0; await myTurn(); turn++) {
  const started = performance.now();
  const made = await Promise.all(
    prompts.map((prompt, i) =>
      sampler.sample(prompt, { n: 1, maxTokens: newTokens, temperature: 1, topP: 1, topK: 0, stop: [], seed: turn * sequences + i }),
    ),
  );
  const seconds = (performance.now() - started) / 1000;
  const tokens = made.flat().reduce((sum, sample) => sum + sample.tokens.length, 0);
  if (tokens !== sequences * newTokens) throw new Error(`${tokens} tokens were sampled, not ${sequences * newTokens}`);
  say({ seconds, tokens });
}
end();
await engine.close();
process.exit(0);
