// What is plain LoRA on the base as it is, and what is not: initialisations of peft that alter the base.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { join, remove, temporaryDirectory, writeTextAtomic } from '../platform/files.ts';
import { readAdapterConfig } from './adapterConfig.ts';

let dir: string;
beforeAll(async () => {
  dir = await temporaryDirectory('thinkling-adapter-');
});
afterAll(() => remove(dir));

async function adapter(init: unknown) {
  const config = { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: ['q_proj'], init_lora_weights: init };
  await writeTextAtomic(join(dir, 'adapter_config.json'), JSON.stringify(config));
  return readAdapterConfig(dir);
}

it.each(['pissa', 'pissa_niter_16', 'olora', 'OLoRA', 'corda', 'loftq', 'lora_ga'])('begun as %s is refused by name', async (init) => {
  await expect(adapter(init)).rejects.toThrow(InputError);
  await expect(adapter(init)).rejects.toThrow(`adapter_config.json: init_lora_weights is "${init}", which alters the base model: convert`);
});

it.each([true, false, null, undefined, 'gaussian', 'eva', 'orthogonal', 'mica'])('begun as %s is plain LoRA', async (init) => {
  expect(await adapter(init)).toEqual({ head: 'lm', rank: 2, alpha: 4, targets: ['q_proj'], rankStabilised: false });
});
