// Tokenizers of GGUF files against the ids of the implementations they come from (golden/, made by bench/golden/gguf_tokenizers.py).

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { join, openForWriting, pathOf, remove, temporaryDirectory } from '../platform/files.ts';
import { ggufBytes } from '../testing/ggufBytes.ts';
import { openGguf } from './gguf.ts';
import { ggufTokenizer } from './ggufTokenizer.ts';
import { Tokenizer } from './tokenizer.ts';

const golden = (name: string): string => pathOf(new URL(`golden/${name}`, import.meta.url));
const { texts, rows } = JSON.parse(readFileSync(golden('ggufTokenizers.json'), 'utf8')) as {
  texts: string[];
  rows: Record<string, { plain: number[][]; control?: number[][]; decoded?: string[] }>;
};

async function tokenizerOf(path: string): Promise<Tokenizer> {
  const gguf = await openGguf(path);
  await gguf.close();
  return Tokenizer.fromFiles(ggufTokenizer(gguf));
}

describe.each(Object.entries(rows))('%s', (name, { plain, control, decoded }) => {
  it('has the ids of the reference', async () => {
    const tokenizer = await tokenizerOf(golden(`tokenizer.${name}.gguf`));
    for (const [i, text] of texts.entries()) {
      // sentencepiece puts its space before the whole text only; the Llama tokenizers of transformers and of llama.cpp also after an added token.
      if (name === 'spm' && text.includes('<think>')) continue;
      expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(plain[i]);
      if (control) expect(tokenizer.encode(text, { allowControl: true }), JSON.stringify(text)).toEqual(control[i]);
      expect(tokenizer.decode(plain[i]), JSON.stringify(text)).toBe(decoded?.[i] ?? text);
    }
  });
});

type Metadata = Parameters<typeof ggufBytes>[0];
const strings = (...value: string[]) => ({ type: 'ARRAY' as const, of: 'STRING' as const, value });
const types = (...value: number[]) => ({ type: 'ARRAY' as const, of: 'INT32' as const, value });
const id = (value: number) => ({ type: 'UINT32' as const, value });
const text = (value: string) => ({ type: 'STRING' as const, value });

let dir: string;
beforeAll(async () => {
  dir = await temporaryDirectory('thinkling-gguf-tokenizer-');
});
afterAll(() => remove(dir));

let count = 0;
async function fileOf(metadata: Metadata): Promise<string> {
  const path = join(dir, `${count++}.gguf`);
  const file = await openForWriting(path);
  await file.write(ggufBytes(metadata));
  await file.close();
  return path;
}

const tokens = ['<|end|>', '<|start|>', 'a', 'b', 'ab', '<|im_end|>', '[PAD6]'];
const bpe = (more: Metadata = {}, drop = ''): Metadata =>
  Object.fromEntries(
    Object.entries({
      'tokenizer.ggml.model': text('gpt2'),
      'tokenizer.ggml.pre': text('gpt-2'),
      'tokenizer.ggml.tokens': strings(...tokens),
      'tokenizer.ggml.token_type': types(3, 3, 1, 1, 1, 3, 4),
      'tokenizer.ggml.merges': strings('a b'),
      'tokenizer.ggml.bos_token_id': id(1),
      'tokenizer.ggml.eos_token_id': id(0),
      ...more,
    }).filter(([key]) => key !== drop),
  );
const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
const pieces = ['<unk>', '<s>', '</s>', ...bytes, 'a', 'b', 'ab'];
const spm = (more: Metadata = {}, drop = ''): Metadata =>
  Object.fromEntries(
    Object.entries({
      'tokenizer.ggml.model': text('llama'),
      'tokenizer.ggml.tokens': strings(...pieces),
      'tokenizer.ggml.scores': { type: 'ARRAY' as const, of: 'FLOAT32' as const, value: pieces.map((_, i) => -i) },
      'tokenizer.ggml.token_type': types(...pieces.map((piece, i) => (i === 0 ? 2 : i < 3 ? 3 : piece.length === 6 ? 6 : 1))),
      'tokenizer.ggml.bos_token_id': id(1),
      'tokenizer.ggml.eos_token_id': id(2),
      ...more,
    }).filter(([key]) => key !== drop),
  );

describe('the beginning of a text', () => {
  const bool = (value: boolean): Metadata => ({ 'tokenizer.ggml.add_bos_token': { type: 'BOOL', value } });
  it.each([
    ['byte-level BPE', bpe(), [2]],
    ['byte-level BPE that asks for one', bpe(bool(true)), [1, 2]],
    ["Llama 3's", bpe({ 'tokenizer.ggml.pre': text('llama-bpe') }), [1, 2]],
    ["Llama 3's that asks for none", bpe({ 'tokenizer.ggml.pre': text('llama-bpe'), ...bool(false) }), [2]],
    ["Llama 3's that has none", bpe({ 'tokenizer.ggml.pre': text('llama-bpe') }, 'tokenizer.ggml.bos_token_id'), [2]],
    ['SentencePiece', spm(), [1, 229, 153, 132, 259]],
    ['SentencePiece that asks for none', spm(bool(false)), [229, 153, 132, 259]],
  ])('of %s is as the kind has it where the file does not say (R20)', async (_, metadata, ids) => {
    expect((await tokenizerOf(await fileOf(metadata))).encode('a', { special: true })).toEqual(ids);
  });
});

describe('ends', () => {
  it('are those that the file names, and that of a turn by its name where no key has it', async () => {
    expect((await tokenizerOf(await fileOf(bpe()))).stopIds).toEqual([0, 5]);
    expect((await tokenizerOf(await fileOf(bpe({ 'tokenizer.ggml.eot_token_id': id(1) })))).stopIds).toEqual([0, 1]);
  });
});

describe('templates', () => {
  it('may be several, by name', async () => {
    const named = { 'tokenizer.chat_template': text('ab'), 'tokenizer.chat_template.tool_use': text('ba') };
    const tokenizer = await tokenizerOf(await fileOf(bpe(named)));
    expect(tokenizer.renderChat([{ role: 'user', content: 'x' }])).toEqual([4]);
  });
});

describe('what fills a vocabulary up', () => {
  it('is no token of a text', async () => {
    const more = {
      'tokenizer.ggml.tokens': strings(...tokens, '[', 'P', 'A', 'D', '6', ']'),
      'tokenizer.ggml.token_type': types(3, 3, 1, 1, 1, 3, 4, 1, 1, 1, 1, 1, 1),
    };
    expect((await tokenizerOf(await fileOf(bpe(more)))).encode('[PAD6]')).toEqual([7, 8, 9, 10, 11, 12]);
  });
});

describe('a tokenizer that cannot be read', () => {
  it.each([
    ['no kind', bpe({}, 'tokenizer.ggml.model'), /'tokenizer\.ggml\.model' is missing; supported in GGUF files: gpt2 .*, llama/],
    ['another kind', bpe({ 'tokenizer.ggml.model': text('t5') }), /the tokenizer model 't5' is not supported/],
    ['no pre-tokenizer', bpe({}, 'tokenizer.ggml.pre'), /'tokenizer\.ggml\.pre' is missing.*supported: gpt-2, smollm/],
    [
      'a pre-tokenizer that the converter did not know',
      bpe({ 'tokenizer.ggml.pre': text('default') }),
      /the pre-tokenizer 'default' .*is not supported/,
    ],
    ['no merges', bpe({}, 'tokenizer.ggml.merges'), /'tokenizer\.ggml\.merges' is missing/],
    [
      'a token twice',
      bpe({ 'tokenizer.ggml.tokens': strings('a', 'b', 'a'), 'tokenizer.ggml.token_type': types(1, 1, 1) }),
      /the token 'a' occurs twice/,
    ],
    ['no scores', spm({}, 'tokenizer.ggml.scores'), /'tokenizer\.ggml\.scores' does not have one entry for each of the 262 tokens/],
    [
      'a byte without a token',
      spm({ 'tokenizer.ggml.tokens': strings(...pieces.map((piece) => (piece === '<0x7F>' ? 'ba' : piece))) }),
      /no token for a byte, '<0x7F>'/,
    ],
    [
      'an unknown token beyond the vocabulary',
      spm({ 'tokenizer.ggml.unknown_token_id': id(262) }),
      /'tokenizer\.ggml\.unknown_token_id' is 262, but there are 262/,
    ],
  ])('for it has %s is refused by name', async (_, metadata, message) => {
    const path = await fileOf(metadata);
    const error = await tokenizerOf(path).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toContain(path);
  });
});
