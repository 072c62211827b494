// Faults that users of other trainers reported of supervised fine-tuning, each by its input: ends and pads, truncation, a beginning of
// text twice, rows that no double holds, rows of megabytes, keys that are ignored.

import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pathOf } from '../platform/files.ts';
import { parseRecipe } from '../recipe/recipe.ts';
import { writeTinyModel } from '../testing/tinyModel.ts';
import { encodePrompt, openModelText } from './prompts.ts';
import { sftSchema } from './settings.ts';
import { loadSftData } from './sftData.ts';
import { sftDatum } from './sftSequences.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-sft-faults-'));
const model = join(root, 'model');
/** A context of 8192. */
const wide = join(root, 'wide');
// The end token is the pad, too, and stands behind every turn.
const template =
  "{% for m in messages %}{{ ' w1 ' if m.role == 'user' else ' w2 ' }}{{ m.content }}{{ ' w0 ' }}{% endfor %}{% if add_generation_prompt %} w2 {% endif %}";

beforeAll(async () => {
  await writeTinyModel(model, { chat_template: template, eos_token: 'w0', pad_token: 'w0' });
  await writeTinyModel(wide);
  const config = join(wide, 'config.json');
  writeFileSync(config, JSON.stringify({ ...JSON.parse(readFileSync(config, 'utf8')), max_position_embeddings: 8192 }));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function rowsFile(rows: object[]): string {
  const file = join(root, 'rows.jsonl');
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
}

async function load(data: string, more: object = {}, from = model) {
  const warnings: string[] = [];
  const settings = sftSchema.parse({ kind: 'sft', data, ...more });
  const { train } = await loadSftData(settings, data, await openModelText(from), 1, (message) => warnings.push(message));
  const data_ = train.flatMap(({ sequences }) => sequences.map(sftDatum));
  const learnt = data_.map(({ targets, weights }) => [...targets].filter((_, t) => weights[t] !== 0));
  return { train, data: data_, learnt, warnings };
}

// R10
it('where the pad is the end token, ends are learnt by their place: those of completions, none inside a prompt', async () => {
  const talk = [
    { role: 'user', content: 'w3' },
    { role: 'assistant', content: 'w4' },
    { role: 'user', content: 'w7' },
  ];
  const { learnt, data } = await load(
    rowsFile([
      { prompt: talk, completion: [{ role: 'assistant', content: 'w5 w6' }] },
      { prompt: talk, completion: [{ role: 'assistant', content: 'w5 w6 w7 w8' }] },
    ]),
  );
  expect(learnt).toEqual([
    [5, 6, 0],
    [5, 6, 7, 8, 0],
  ]);
  // The prompt's ends are read as they are.
  expect([...data[0].tokens].filter((id) => id === 0)).toHaveLength(3);
  expect([...data[0].tokens]).toEqual([1, 3, 0, 2, 4, 0, 1, 7, 0, 2, 5, 6]);
});

// R18
describe('a limit of 12', () => {
  const long = { prompt: 'w3', completion: ' w4'.repeat(18) };
  /** 11 tokens and the end. */
  const short = { prompt: 'w5 w6', completion: ` w7${' w8'.repeat(8)}` };

  it('refuses a sequence of 20 tokens, leaves it out whole or cuts it without an end, and counts it', async () => {
    const file = rowsFile([long, short]);
    await expect(load(file, { maxLength: 12 })).rejects.toThrow(
      /1 of 2 rows are longer than maxLength \(12 tokens; the longest has 20; the first is .*rows\.jsonl:1\): raise maxLength \(the model's context is 160\)/,
    );
    const dropped = await load(file, { maxLength: 12, longSequences: 'drop' });
    expect(dropped.warnings.join()).toContain('1 of 2 rows are longer than maxLength (12 tokens; the longest has 20');
    expect(dropped.learnt).toEqual([[7, ...Array(8).fill(8), 0]]);
    const cut = await load(file, { maxLength: 12, longSequences: 'cut' });
    expect(cut.warnings.join()).toContain('they are cut there, and no end of theirs is learnt');
    expect(cut.learnt).toEqual([Array(11).fill(4), [7, ...Array(8).fill(8), 0]]);
  });

  it('changes nothing of one that has 11 tokens and its end, nor does a limit of 8192', async () => {
    const file = rowsFile([short]);
    const { train } = await load(file, { maxLength: 12 }, wide);
    expect(train[0].sequences[0].ids).toHaveLength(12);
    expect((await load(file, { maxLength: 8192 }, wide)).train).toEqual(train);
    expect((await load(file, {}, wide)).train).toEqual(train);
    await expect(load(file, { maxLength: 11 }, wide)).rejects.toThrow('the longest has 12');
    await expect(load(file, { maxLength: 8193 }, wide)).rejects.toThrow("maxLength 8193 is more than the model's context of 8192");
  });

  it('that leaves nothing of what was to be learnt leaves no row behind in silence', async () => {
    const late = rowsFile([{ prompt: 'w3 '.repeat(15), completion: 'w4' }]);
    await expect(load(late, { maxLength: 12, longSequences: 'cut' })).rejects.toThrow(
      /1 have nothing to learn .*what is learnt was cut off/,
    );
  });
});

// R20
it('a tokenizer that adds a beginning of text and a template that writes one give one: in a chat, to learn from, to sample from; raw text has its one', async () => {
  const begun = join(root, 'begun');
  const chat_template = template.replace('{% for', '{{ bos_token }}{% for');
  await writeTinyModel(begun, { chat_template, bos_token: 'w9', add_bos_token: true });
  const { tokenizer } = await openModelText(begun);
  const user = { role: 'user' as const, content: 'w3' };
  const chat = [9, 1, 3, 0];
  expect(tokenizer.renderChat([user])).toEqual(chat);
  const messages = rowsFile([{ messages: [user, { role: 'assistant', content: 'w4' }] }]);
  expect((await load(messages, {}, begun)).train[0].sequences[0].ids).toEqual(Int32Array.of(...chat, 2, 4, 0));
  const text = rowsFile([{ prompt: 'w3', completion: ' w4' }]);
  expect((await load(text, {}, begun)).train[0].sequences[0].ids).toEqual(Int32Array.of(9, 3, 4, 0));
  // What an rl stage and every evaluation sample from.
  expect([...encodePrompt(tokenizer, {}, { id: 'r', prompt: [user] })]).toEqual([...chat, 2]);
  expect([...encodePrompt(tokenizer, {}, { id: 'r', prompt: 'w3' })]).toEqual([9, 3]);
});

// R64
it('conversations in Parquet are learnt as the same ones in JSON Lines, beside integers that no double holds', async () => {
  const parquet = join(root, 'chats.parquet');
  copyFileSync(pathOf(new URL('../datasets/golden/chats.parquet', import.meta.url)), parquet);
  const turn = (role: string, content: string) => ({ role, content });
  const same = await load(
    rowsFile([
      { messages: [turn('user', 'w3 w4'), turn('assistant', 'w5')] },
      { messages: [turn('user', 'w6')] },
      { messages: [turn('user', 'w7'), turn('assistant', 'w8 w9'), turn('user', 'w10'), turn('assistant', 'w11')] },
    ]),
  );
  const read = await load(parquet);
  expect(read.learnt).toEqual([
    [5, 0],
    [8, 9, 0, 11, 0],
  ]);
  expect(read.data).toEqual(same.data);
  expect(read.warnings).toEqual(same.warnings);
  const answers = await load(rowsFile([{ prompt: 'w3', completion: 3 }]), {}, await numbers());
  expect(answers.learnt).toEqual([[3, 0]]);
  writeFileSync(join(root, 'rows.jsonl'), '{"prompt":"w4","completion":9007199254740993}\n');
  expect((await load(join(root, 'rows.jsonl'), {}, await numbers())).learnt).toEqual([[5, 0]]);
});

/** A model whose word 3 is "3", and whose word 5 is 9007199254740993. */
async function numbers(): Promise<string> {
  const dir = await writeTinyModel(join(root, 'numbers'));
  const file = join(dir, 'tokenizer.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"w3"', '"3"').replace('"w5"', '"9007199254740993"'));
  return dir;
}

// R66
// "or more": the tokenizer did not read it to its end.
it('a row of 50 MB is found too long by its beginning, left out and counted', async () => {
  const file = rowsFile([
    { prompt: 'w3 '.repeat(17_000_000), completion: 'w4' },
    { prompt: 'w3', completion: 'w4' },
  ]);
  const { train, warnings } = await load(file, { longSequences: 'drop' });
  expect(train).toHaveLength(1);
  expect(warnings.join()).toMatch(/1 of 2 rows are longer than maxLength \(160 tokens; the longest has 320 or more; .* they are left out/);
});

it('a chat template that throws names the row, its own file and line; no other template is taken', async () => {
  const picky = await writeTinyModel(join(root, 'picky'), { chat_template: template });
  const file = join(picky, 'chat_template.jinja');
  writeFileSync(
    file,
    `{%- for m in messages -%}\n{%- if m.role == 'system' %}{{ raise_exception('no systems here') }}{% endif -%}\n{{ m.content }}{% endfor %}`,
  );
  const rows = rowsFile([
    {
      messages: [
        { role: 'user', content: 'w3' },
        { role: 'assistant', content: 'w4' },
      ],
    },
    { messages: [{ role: 'system', content: 'w5' }] },
  ]);
  await expect(load(rows, {}, picky)).rejects.toThrow(
    /rows\.jsonl:2: .*picky.chat_template\.jinja, line 2: the chat template rejects message 1 of 1 \(role 'system'\): no systems here/,
  );
});

// R70
describe('a stage of sft in a recipe', () => {
  const text = (line: string) => `name: r\nmodel: lab:base\ndata: ./d.jsonl\nstages:\n  tune:\n    kind: sft\n    ${line}\n`;
  it.each<[string, string[], string]>([
    ['lerningRate: 3e-4', [], 'r.yaml:7:5: unknown key "lerningRate"; did you mean "learningRate"?'],
    ['lr: "3e-4"', [], 'r.yaml:7:5: unknown key "lr"; did you mean "learningRate"?'],
    ['learningRate: "3e-4"', [], 'stages.tune.learningRate must be a number, not the text "3e-4": take off the quotes'],
    ['groupSize: 8', [], 'r.yaml:7:5: "groupSize" is a setting of rl, this stage is sft'],
    ['packing: true', [], 'r.yaml:7:5: packing: sequences are always packed into rows, where none sees another. Take it out'],
    ['columns: { question: prompt }', [], 'unknown key "question"'],
    ['epochs: 2', ['stages.tune.epochs=x'], 'stages.tune.epochs must be a number, not the text "x"'],
    ['longSequences: truncate', [], 'stages.tune.longSequences must be one of refuse, drop, cut, not the text "truncate"'],
    ['epochs: [', [], 'this is not YAML'],
  ])('with %s is refused by key, line and nearest valid key', (line, overrides, message) => {
    expect(() => parseRecipe(text(line), 'r.yaml', overrides)).toThrow(message);
  });
});
