// Commands on a tiny model with several end tokens, none of which its tokenizer calls special. sample: responses end there, and no end
// token is shown, as JSON or as text; 0 is a value of seed and temperature. eval: a score comes with how it was measured.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { openModel } from '../formats/modelSource.ts';
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

/** What a command writes to the standard output. */
async function typed(...words: string[]): Promise<string> {
  let out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  await createProgram().parseAsync(words, { from: 'user' });
  vi.restoreAllMocks();
  return out;
}
const sampled = (...words: string[]): Promise<string> => typed('sample', model, 'w20 w21', '--max-tokens', '24', ...words);
const rowsOf = (out: string) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { text: string; tokens: number; stopReason: string });

it('ends at any end token that the files name, and shows none', async () => {
  const { tokenizer } = await openModelText(model);
  expect(tokenizer.stopIds).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  const ends = /\bw[0-8]\b/;
  const samples = rowsOf(await sampled('-n', '10', '--json'));
  const stopped = samples.filter(({ stopReason }) => stopReason === 'stop');
  expect(stopped.length).toBeGreaterThan(3);
  for (const { text, tokens, stopReason } of samples) {
    expect(text).not.toMatch(ends);
    // The end token is counted and not shown.
    expect(text.split(' ').filter(Boolean).length).toBe(stopReason === 'stop' ? tokens - 1 : tokens);
  }
  const shown = await sampled('-n', '10');
  expect(shown).not.toMatch(ends);
  expect(shown).toMatch(/\bw\d\d\b/);
});

it('takes 0 for the seed and the temperature as it is', async () => {
  expect(await sampled('--seed', '0', '--json')).not.toBe(await sampled('--seed', '1', '--json'));
  const greedy = rowsOf(await sampled('-n', '3', '--temperature', '0', '--json'));
  expect(new Set(greedy.map(({ text }) => text)).size).toBe(1);
});

it('tells with a score its interval, how it was measured, and how many responses were cut', async () => {
  const task = join(model, 'task.js');
  const heldOut = ['w20 w21', 'w22', 'w23 w24 w25'].map((prompt) => ({ id: prompt, prompt, gold: prompt === 'w22' ? null : 1 }));
  writeFileSync(
    task,
    `export default { name: 't', accuracy: 'right', weights: { right: 1 },
      load: () => ({ train: [], heldOut: ${JSON.stringify(heldOut)} }),
      rewards: { right: ({ completions, rows }) => completions.map((text, i) => rows[i].gold && (/w2/.test(text) ? 1 : 0)) } };`,
  );
  const out = await typed('eval', model, '--task', task, '--max-tokens', '8', '--samples', '4');
  expect(out).toContain('4 samples a problem, temperature 0.6, top-p 0.95, at most 8 tokens');
  expect(out).toMatch(/^t, 2 problems, 1 more not judged$/m);
  expect(out).toMatch(/pass@1 \[95% interval\] +[01]\.\d{3} \[[01]\.\d\d, [01]\.\d\d\]/);
  expect(out).toMatch(/pass@4 \[95% interval\] +[01]\.\d{3} \[/);
  expect(out).toMatch(/truncated +\d+(\.\d)?%/);
  await expect(typed('eval', model, '--task', task, '--max-tokens', '158')).rejects.toThrow(
    /1 of 3 held-out prompts of t are longer than the 2 tokens that maxTokens 158 leaves of the model's context of 160 .*lower --max-tokens/,
  );
});

it('export writes a model of its own, the same weights, and nothing over what is there', async () => {
  const dir = join(model, 'exported');
  expect(await typed('export', model, dir)).toContain('model.safetensors');
  const [from, to] = [await openModel(model), await openModel(dir)];
  for (const name of from.shapes.keys()) expect(await to.read(name)).toEqual(await from.read(name));
  for (const source of [from, to]) await source.close();
  await expect(typed('export', model, dir)).rejects.toThrow(/is there already/);
});
