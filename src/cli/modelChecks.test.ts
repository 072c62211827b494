// What `thinkling doctor MODEL` says: of a sound model everything, of memory what does not fit and the mend, of a template that throws its place.

import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newModel, saveModel } from '../engine/local/model.ts';
import { tinyConfig, tinyNewModel } from '../testing/tinyModel.ts';
import { memoryChecks, modelChecks } from './modelChecks.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-doctor-'));
const model = join(root, 'model');
const sizes = { prompts: 2, samples: 4, promptTokens: 8, maxTokens: 16 };
beforeAll(async () => {
  const made = newModel(tinyNewModel(), 1, 1);
  await saveModel(model, made, made.store);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('a sound model: its shape, its tokenizer, the three memories, and that it loads and writes', async () => {
  const checks = await modelChecks(model, sizes);
  expect(checks.map(({ name, state }) => `${name}: ${state}`)).toEqual([
    'model: ok',
    'shape: ok',
    'tokenizer: ok',
    'an RL step: ok',
    'sampling: ok',
    'LoRA training: ok',
    'full training: ok',
    'loads: ok',
  ]);
  expect(checks[3].found).toBe(
    'promptsPerStep 2 x groupSize 4, prompts of 8 tokens, maxTokens 16, in which every response is as long as it may be',
  );
  expect(checks[7].found).toMatch(/^and writes \d+ tokens a second/);
});

/** "about 912 MB of memory, ..." */
function bytesIn(found: string): number {
  const [, number, unit] = /^about ([\d.]+) ([MG])B of memory, /.exec(found) ?? ['', '0', 'G'];
  return Number(number) * (unit === 'G' ? 1e9 : 1e6);
}

it('what does not fit: training is absent where sampling fits, sampling is lacking; each with what to lower', () => {
  const config = tinyConfig({ hidden_size: 512, intermediate_size: 2048, num_hidden_layers: 12, vocab_size: 60_000 });
  const states = (bound: number): string[] => memoryChecks('m', config, sizes, bound).map(({ state }) => state);
  expect(states(1e12)).toEqual(['ok', 'ok', 'ok', 'ok']);
  const [, sampling, lora, full] = memoryChecks('m', config, sizes, 1e12).map(({ found }) => bytesIn(found));
  expect(sampling).toBeLessThan(lora);
  expect(lora).toBeLessThan(full);
  expect(states((lora + full) / 2)).toEqual(['ok', 'ok', 'ok', 'absent']);
  expect(states((sampling + lora) / 2)).toEqual(['ok', 'ok', 'absent', 'absent']);
  const tight = memoryChecks('m', config, sizes, 1e8);
  expect(tight.map(({ state }) => state)).toEqual(['ok', 'lacking', 'absent', 'absent']);
  expect(tight[3].mend).toBe(
    'lower maxTokens or promptsPerStep, train an adapter (lora), take a smaller model, or a machine with more memory',
  );
});

it('a template that throws is a finding of its own, with its file and line, and the rest is said all the same', async () => {
  const odd = join(root, 'odd');
  cpSync(model, odd, { recursive: true });
  writeFileSync(join(odd, 'chat_template.jinja'), "{{ messages[0].role }}\n{{ raise_exception('a system message must come first') }}\n");
  const checks = await modelChecks(odd, sizes);
  const template = checks.find(({ name }) => name === 'chat template');
  expect(template).toMatchObject({
    state: 'lacking',
    found: expect.stringMatching(/chat_template\.jinja, line 2: .*a system message must come first/),
  });
  expect(checks.at(-1)).toMatchObject({ name: 'loads', state: 'ok' });
});
