// thinkling sample on a tiny model with several end tokens, none of which its tokenizer calls special: responses end there, and no end
// token is shown, as JSON or as text; 0 is a value of seed and temperature.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { writeModelDirectory } from '../formats/modelWriter.ts';
import { openModelText } from '../stages/prompts.ts';
import { tinyConfig, tinyNewModel, tinyStore } from '../testing/tinyModel.ts';
import { createProgram } from './program.ts';

const model = mkdtempSync(join(tmpdir(), 'thinkling-sample-'));
// By config.json, by generation_config.json, and by the tokenizer.
const [ofConfig, ofGeneration, ofTokenizer] = [[0, 1, 2, 3, 4], [1, 5, 6, 7], 8];

beforeAll(async () => {
  const { config, tokenizerFiles } = tinyNewModel({ eos_token_id: ofConfig });
  const store = tinyStore(tinyConfig());
  const tensors = [...store.parameters].map(([name, { shape, data }]) => ({ name, shape, dtype: 'F32' as const, data }));
  const files = { ...tokenizerFiles, tokenizerConfig: { ...tokenizerFiles.tokenizerConfig, eos_token: `w${ofTokenizer}` } };
  await writeModelDirectory(model, { config, tokenizerFiles: files, tensors });
  writeFileSync(join(model, 'generation_config.json'), JSON.stringify({ eos_token_id: ofGeneration }));
});
afterAll(() => rmSync(model, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

async function typed(...words: string[]): Promise<string> {
  let out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  await createProgram().parseAsync(['sample', model, 'w20 w21', '--max-tokens', '60', ...words], { from: 'user' });
  vi.restoreAllMocks();
  return out;
}
const rowsOf = (out: string) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { text: string; tokens: number; stopReason: string });

it('ends at any end token that the files name, and shows none', async () => {
  const { tokenizer } = await openModelText(model);
  expect(tokenizer.stopIds).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  const ends = /\bw[0-8]\b/;
  const samples = rowsOf(await typed('-n', '24', '--json'));
  const stopped = samples.filter(({ stopReason }) => stopReason === 'stop');
  expect(stopped.length).toBeGreaterThan(12);
  for (const { text, tokens, stopReason } of samples) {
    expect(text).not.toMatch(ends);
    // The end token is counted and not shown.
    expect(text.split(' ').filter(Boolean).length).toBe(stopReason === 'stop' ? tokens - 1 : tokens);
  }
  const shown = await typed('-n', '24');
  expect(shown).not.toMatch(ends);
  expect(shown).toMatch(/\bw\d\d\b/);
});

it('takes 0 for the seed and the temperature as it is', async () => {
  const [zero, again, one] = [await typed('--seed', '0', '--json'), await typed('--json'), await typed('--seed', '1', '--json')];
  expect(again).toBe(zero);
  expect(one).not.toBe(zero);
  const greedy = rowsOf(await typed('-n', '3', '--temperature', '0', '--json'));
  expect(new Set(greedy.map(({ text }) => text)).size).toBe(1);
  expect(rowsOf(await typed('--temperature', '0', '--seed', '5', '--json'))[0].text).toBe(greedy[0].text);
});
