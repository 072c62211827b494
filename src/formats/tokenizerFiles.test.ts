import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { join, mkdir, remove, temporaryDirectory, writeTextAtomic } from '../platform/files.ts';
import { Tokenizer } from './tokenizer.ts';
import { checkTokenIds, readTokenizerFiles } from './tokenizerFiles.ts';
import { wordTokenizerConfig, wordTokenizerJson } from './wordTokenizer.ts';

let dir: string;
beforeAll(async () => {
  dir = await temporaryDirectory('thinkling-tokenizer-');
});
afterAll(() => remove(dir));

// Ids: <unk> 0, <eos> 1, own 2, file 3, field 4, tools 5.
const specials = { unk: '<unk>', eos: '<eos>' };
const json = wordTokenizerJson(['own', 'file', 'field', 'tools'], specials);
const config = wordTokenizerConfig(specials);

let count = 0;
async function tokenizerOf(files: Record<string, string>): Promise<Tokenizer> {
  const path = join(dir, `model${count++}`);
  await mkdir(join(path, 'additional_chat_templates'));
  const all = { 'tokenizer.json': JSON.stringify(json), 'tokenizer_config.json': JSON.stringify(config), ...files };
  for (const [name, text] of Object.entries(all)) await writeTextAtomic(join(path, name), text);
  return Tokenizer.fromFiles(await readTokenizerFiles(path));
}
const message = [{ role: 'user', content: 'own' }];
const withTemplate = (value: unknown): Record<string, string> => ({
  'tokenizer_config.json': JSON.stringify({ ...config, chat_template: value }),
});

describe('the chat template', () => {
  const cases: [string, Record<string, string>, number[]][] = [
    ['a field', withTemplate('field'), [4]],
    [
      'a list in the field',
      withTemplate([
        { name: 'tool_use', template: 'tools' },
        { name: 'default', template: 'field' },
      ]),
      [4],
    ],
    ['a file, which goes before the field', { ...withTemplate('field'), 'chat_template.jinja': 'file' }, [3]],
    ['a file beside additional ones', { 'chat_template.jinja': 'file', 'additional_chat_templates/tool_use.jinja': 'tools' }, [3]],
    ['an additional file of the name default', { 'additional_chat_templates/default.jinja': 'file' }, [3]],
  ];
  it.each(cases)('may be %s', async (_, files, ids) => {
    expect((await tokenizerOf(files)).renderChat(message)).toEqual(ids);
  });

  const broken = "{{ 'own' }}\n{% if %}";
  const refused: [string, Record<string, string>, RegExp][] = [
    [
      'a file',
      { ...withTemplate('field'), 'chat_template.jinja': broken },
      /model\d+[\\/]chat_template\.jinja, line 2: the chat template is not valid/,
    ],
    ['a field', withTemplate(broken), /model\d+[\\/]tokenizer_config\.json: chat_template, line 2: the chat template is not valid/],
    [
      'a file that throws',
      { ...withTemplate('field'), 'chat_template.jinja': "\n\n{{ raise_exception('no') }}" },
      /chat_template\.jinja, line 3: the chat template rejects message 1 of 1 \(role 'user'\): no/,
    ],
    [
      'additional ones alone',
      { 'additional_chat_templates/tool_use.jinja': 'tools' },
      /additional_chat_templates: .*without one that is named "default"; it has "tool_use"/,
    ],
  ];
  it.each(refused)('as %s that is of no use is refused by its place, and no other is taken', async (_, files, text) => {
    const tokenizer = await tokenizerOf(files);
    expect(tokenizer.encode('own')).toEqual([2]);
    expect(() => tokenizer.renderChat(message)).toThrow(text);
    expect(() => tokenizer.renderChat(message)).toThrow(InputError);
  });
});

describe('end tokens that are none', () => {
  it.each(['"</s>"', '-1', '1.5', '[1, null]', '9007199254740993'])('such as %s of generation_config.json are refused', async (ids) => {
    await expect(tokenizerOf({ 'generation_config.json': `{"eos_token_id": ${ids}}` })).rejects.toThrow(
      /generation_config\.json: eos_token_id is .*; expected a token id/,
    );
  });

  it('such as one that the tokenizer does not have are refused', async () => {
    const named = { 'tokenizer_config.json': JSON.stringify({ ...config, eos_token: '<|im_end|>' }) };
    await expect(tokenizerOf(named)).rejects.toThrow(
      /eos_token of tokenizer_config\.json is '<\|im_end\|>', which is no token of tokenizer\.json/,
    );
  });

  it('but none at all is none', async () => {
    expect((await tokenizerOf({ 'generation_config.json': '{"eos_token_id": null}' })).stopIds).toEqual([1]);
  });
});

describe('ids beyond the vocabulary of a model', () => {
  const files = { source: 'dir/x', tokenizerJson: json, tokenizerConfig: config };
  const model = (vocabSize: number, eosTokenIds: number[] = [], bosTokenId?: number) => ({ vocabSize, eosTokenIds, bosTokenId });
  it('are refused by token, id and vocabulary, whatever the kind', () => {
    expect(() => checkTokenIds(files, model(6))).not.toThrow();
    expect(() => checkTokenIds(files, model(5))).toThrow(
      /^dir\/x: the token 'tools' has the id 5, but the model's vocabulary ends at 4 \(vocab_size 5\)/,
    );
    const added = { ...json, added_tokens: [{ id: 9, content: '<new>' }] };
    expect(() => checkTokenIds({ ...files, tokenizerJson: added }, model(9))).toThrow(/the token '<new>' has the id 9, .* ends at 8/);
    const unigram = {
      model: {
        type: 'Unigram',
        vocab: [
          ['a', 0],
          ['b', -1],
        ],
      },
    };
    expect(() => checkTokenIds({ ...files, tokenizerJson: unigram }, model(1))).toThrow(/the token 'b' has the id 1,/);
    expect(() => checkTokenIds({ ...files, tokenizerJson: unigram }, model(2))).not.toThrow();
  });

  it.each([-1, 1.5, '3', null])('and such as are none (%j) are refused by token', (id) => {
    const vocab = { type: 'BPE', vocab: { a: 0, b: id }, merges: [] };
    expect(() => checkTokenIds({ ...files, tokenizerJson: { ...json, model: vocab } }, model(6))).toThrow(
      `dir/x: the token 'b' of tokenizer.json has the id ${JSON.stringify(id)}; expected a number from 0 on`,
    );
  });

  it('are refused as the ends and beginnings that config.json and generation_config.json name, by file, field and id', () => {
    const end = "but the model's vocabulary ends at 5 (vocab_size 6)";
    const ends = { ...files, generationConfig: { eos_token_id: [1, 99999] } };
    expect(() => checkTokenIds(ends, model(6))).toThrow(`dir/x: generation_config.json: eos_token_id is 99999, ${end}`);
    expect(() => Tokenizer.fromFiles(ends, model(6))).toThrow(InputError);
    expect(() => checkTokenIds(files, model(6, [1, 6]))).toThrow(`dir/x: config.json: eos_token_id is 6, ${end}`);
    expect(() => checkTokenIds(files, model(6, [], 7))).toThrow(`dir/x: config.json: bos_token_id is 7, ${end}`);
    expect(() => checkTokenIds({ ...files, generationConfig: { eos_token_id: -1 } }, model(6))).toThrow(/eos_token_id is -1; expected/);
    expect(() => checkTokenIds({ ...files, generationConfig: { eos_token_id: 5 } }, model(6, [0, 1], 2))).not.toThrow();
  });
});

describe('an added token', () => {
  const tokenizer = (token: Record<string, unknown>) => () =>
    Tokenizer.fromFiles({ tokenizerJson: { ...json, added_tokens: [token] }, tokenizerConfig: config });
  it('that cannot be understood is refused by name', () => {
    expect(tokenizer({ id: 9, content: 'ab', single_word: true })).toThrow(/the added token 'ab' is single_word, which is not supported/);
    expect(tokenizer({ id: '9', content: 'ab' })).toThrow(/the added token 'ab' has the id "9"; expected a number/);
  });
});
