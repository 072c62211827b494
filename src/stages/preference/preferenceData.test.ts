// The rows that a reward model or DPO learns from: what is read of them, what is left out, what is held out.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Tokenizer } from '../../formats/tokenizer.ts';
import { tinyNewModel } from '../../testing/tinyModel.ts';
import { dpoSchema, rewardModelSchema } from '../settings/preference.ts';
import { comparedResponses, comparedTexts, labelledTexts } from './items.ts';
import { loadPreferences, preferencesFingerprint } from './preferenceData.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-preferences-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const { tokenizerFiles } = tinyNewModel();
const chat_template = "{% for m in messages %}{{ ' w8 ' if m.role == 'user' else ' w9 ' }}{{ m.content }}{{ ' w1 ' }}{% endfor %}";
const tokenizer = Tokenizer.fromFiles(
  { ...tokenizerFiles, tokenizerConfig: { ...tokenizerFiles.tokenizerConfig, eos_token: 'w1', chat_template } },
  { eosTokenIds: [1] },
);

function rowsFile(name: string, rows: object[]): string {
  const file = join(root, name);
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
}

const common = { maxContext: 100, seed: 4 };
async function pairs(data: string, more: object = {}, seed = 4) {
  const settings = rewardModelSchema.parse({ kind: 'reward_model', ...more });
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  return {
    warnings,
    ...(await loadPreferences({ ...common, seed, settings, data, reader: () => comparedTexts(tokenizer, settings), warn })),
  };
}
const row = (n: number, chosen = ' w20', rejected = ' w21') => ({ prompt: `w${n + 2}`, chosen, rejected });
const many = Array.from({ length: 30 }, (_, n) => row(n % 15, ` w${20 + (n % 3)}`, ' w30'));

describe('pairs', () => {
  it('are read as a reward model sees them', async () => {
    const thought = { prompt: 'w3', chosen: '<think> w4 </think> w5', rejected: '<think> w6' };
    const { train } = await pairs(rowsFile('seen.jsonl', [thought, row(9)]), { heldOut: 0 });
    expect([...train[0].value.chosen]).toEqual([3, 5, 1]);
    expect([...train[0].value.rejected]).toEqual([3, 1]);
    const whole = await pairs(rowsFile('seen.jsonl', [thought, row(9)]), { heldOut: 0, sees: 'response' });
    expect([...whole.train[0].value.rejected]).toEqual([3, 0, 6, 1]);
    const turns = await pairs(rowsFile('chat.jsonl', [row(1)]), { heldOut: 0, texts: 'chat' });
    expect([...turns.train[0].value.chosen]).toEqual([8, 3, 1, 9, 20, 1]);
  });

  it('whose sides are empty, or the same as they are read, are left out, counted, and the first of them named', async () => {
    const same = { prompt: 'w3', chosen: '<think> w4 </think> w5', rejected: '<think> w6 </think> w5' };
    const rows = [row(1), row(2, ''), row(3, ' w4', ' w4'), row(4, 'w5', ''), same];
    const { train, warnings } = await pairs(rowsFile('some.jsonl', rows), { heldOut: 0 });
    expect(train).toHaveLength(1);
    expect(warnings).toEqual([
      expect.stringMatching(/^2 of 5 rows have an empty side \(the first is .*some.jsonl:2\); they are left out/),
      expect.stringMatching(/^2 of 5 rows have sides that are the same, as they are read \(the first is .*some.jsonl:3\)/),
    ]);
    await expect(pairs(rowsFile('none.jsonl', rows.slice(1)))).rejects.toThrow(
      /none of its 4 rows is left to learn from: 2 of 4 rows have/,
    );
  });

  it('that are too long are refused by place, or left out', async () => {
    const rows = [row(1), row(2, ' w4'.repeat(20))];
    const file = rowsFile('long.jsonl', rows);
    await expect(pairs(file, { maxLength: 10 })).rejects.toThrow(
      /1 of 2 rows are longer than maxLength \(10 tokens; the longest has 22; the first is .*long.jsonl:2\): raise maxLength/,
    );
    const { train, warnings } = await pairs(file, { maxLength: 10, longSequences: 'drop', heldOut: 0 });
    expect([train.length, warnings.length]).toEqual([1, 1]);
    await expect(pairs(file, { maxLength: 101 })).rejects.toThrow(/more than the model's context of 100/);
  });
});

describe('what is held out', () => {
  it('are whole prompts, a tenth by default, drawn by the seed', async () => {
    const file = rowsFile('many.jsonl', many);
    const { train, heldOut } = await pairs(file);
    const prompts = (items: { prompt: string }[]) => new Set(items.map(({ prompt }) => prompt));
    expect(prompts(heldOut).size).toBe(2);
    expect(heldOut).toHaveLength(4);
    for (const prompt of prompts(heldOut)) expect(prompts(train).has(prompt)).toBe(false);
    const other = await pairs(file, {}, 5);
    expect(preferencesFingerprint(other)).not.toBe(preferencesFingerprint({ train, heldOut }));
    expect((await pairs(file, { heldOut: 5 })).heldOut).toHaveLength(10);
    await expect(pairs(file, { heldOut: 15 })).rejects.toThrow('heldOut 15 takes all of the 15 prompts');
  });

  it('has no conversation of which an earlier or a later turn is learnt from', async () => {
    const turns = (n: number) => `\n\nHuman: w${n}\n\nAssistant: w9\n\nHuman: w10`;
    const sides = (said: string) => ({ chosen: `${said}\n\nAssistant: w20`, rejected: `${said}\n\nAssistant: w21` });
    const rows = Array.from({ length: 10 }, (_, n) => [sides(`\n\nHuman: w${n + 11}`), sides(turns(n + 11))]).flat();
    for (const texts of ['plain', 'chat']) {
      const { train, heldOut } = await pairs(rowsFile('turns.jsonl', rows), { heldOut: 3, texts });
      expect([train.length, heldOut.length]).toEqual([14, 6]);
    }
  });

  it('is the split test where there is one, and its prompts are not learnt from', async () => {
    mkdirSync(join(root, 'splits'), { recursive: true });
    rowsFile('splits/train.jsonl', many);
    rowsFile('splits/test.jsonl', [row(3), row(40 - 10)]);
    const { train, heldOut, warnings } = await pairs(join(root, 'splits'));
    expect([train.length, heldOut.length]).toEqual([28, 2]);
    expect(warnings.join()).toContain('2 of 30 rows have a prompt that is held out, too');
    rowsFile('splits/test.jsonl', [row(3, '')]);
    const none = await pairs(join(root, 'splits'));
    expect([none.heldOut.length, none.train.length]).toEqual([0, 30]);
    expect(none.warnings.join()).toContain('1 of 1 rows have an empty side');
  });
});

it('labelled responses are 1 or 0, true or false; others are refused by place, none is counted', async () => {
  const settings = rewardModelSchema.parse({ kind: 'reward_model', objective: 'pointwise', heldOut: 0 });
  writeFileSync(join(root, 'labels.csv'), 'prompt,response,label\nw3,w5,1\nw3,w6,false\n');
  const warnings: string[] = [];
  const load = (rows: object[]) =>
    loadPreferences({
      ...{ ...common, settings, data: rowsFile('labels.jsonl', rows) },
      ...{ reader: () => labelledTexts(tokenizer, settings), warn: (message: string) => void warnings.push(message) },
    });
  const labelled = (label: unknown, response: unknown = ' w5') => ({ prompt: 'w3', response, label });
  const csv = await loadPreferences({
    ...{ ...common, settings, data: join(root, 'labels.csv') },
    ...{ reader: () => labelledTexts(tokenizer, settings), warn: () => {} },
  });
  expect(csv.train.map(({ value }) => value.label)).toEqual([1, 0]);
  const { train } = await load([labelled(1), labelled(false, ''), labelled(null)]);
  expect(train.map(({ value }) => [...value.ids, value.label])).toEqual([
    [3, 5, 1, 1],
    [3, 1, 0],
  ]);
  expect(warnings).toEqual([expect.stringContaining('1 of 3 rows have no label')]);
  await expect(load([labelled(1), labelled(2)])).rejects.toThrow(/labels.jsonl:2: "label" must be 1 \(safe\) or 0 \(not\)/);
  await expect(load([{ prompt: 'w3', response: 'w4' }])).rejects.toThrow(/labels.jsonl:1: the column "label" is missing/);
  const turns = { ...labelled(1, [{ role: 'assistant', content: 'w5' }]), prompt: [{ role: 'user', content: 'w3' }] };
  expect([...(await load([turns])).train[0].value.ids]).toEqual([8, 3, 1, 9, 5, 1]);
});

it('DPO learns whole responses, and leaves out pairs whose prompts differ', async () => {
  const settings = dpoSchema.parse({ kind: 'dpo', heldOut: 0 });
  const warnings: string[] = [];
  const turns = (first: string, last: string) => [
    { role: 'user', content: first },
    { role: 'assistant', content: last },
  ];
  const data = rowsFile('dpo.jsonl', [
    { chosen: turns('w3', 'w4'), rejected: turns('w3', 'w5') },
    { chosen: turns('w3', 'w4'), rejected: turns('w6', 'w5') },
  ]);
  const reader = () => comparedResponses(tokenizer, settings);
  const { train } = await loadPreferences({ ...common, settings, data, reader, warn: (message) => void warnings.push(message) });
  expect(train.map(({ value }) => [...value.chosen.ids.subarray(value.chosen.start)])).toEqual([[9, 4, 1]]);
  expect(warnings).toEqual([expect.stringMatching(/1 of 2 rows have sides that answer different prompts .*dpo.jsonl:2/)]);
});
