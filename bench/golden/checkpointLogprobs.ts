// What our engine says of a text under a checkpoint of ours, for check_checkpoint.py to hold against transformers.
//   npx tsx bench/golden/checkpointLogprobs.ts DIR "TEXT" > out.json

import { createLocalEngine } from '../../src/engine/local/localEngine.ts';
import { openModelText } from '../../src/stages/prompts.ts';
import { resolveModel } from '../../src/tracking/resolveModel.ts';

const [name, text] = process.argv.slice(2);
const dir = await resolveModel(name);
const { tokenizer } = await openModelText(dir);
const ids = tokenizer.encode(text);
const engine = createLocalEngine();
const sampler = await engine.createSampler({ model: dir });
const datum = { tokens: Int32Array.from(ids.slice(0, -1)), targets: Int32Array.from(ids.slice(1)), weights: new Float32Array(ids.length - 1).fill(1) };
const [logprobs] = await sampler.logprobs([datum], 1);
console.log(JSON.stringify({ dir, text, ids, logprobs: [...logprobs] }));
await engine.close();
