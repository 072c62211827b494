// The tokenizer in a GGUF's metadata as the Hugging Face files that say the same, so that a checkpoint saved later is complete.

import { InputError } from '../platform/errors.ts';
import type { Gguf } from './gguf.ts';
import { flagOf, idOf, textOf, tokensOf } from './ggufFields.ts';
import type { TokenizerFiles } from './tokenizer.ts';

type Json = Record<string, unknown>;

const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };

/** What `tokenizer.ggml.pre` stands for. */
const preTokenizers: Record<string, Json> = {
  smollm: { type: 'Sequence', pretokenizers: [{ type: 'Digits', individual_digits: true }, byteLevel] },
  'gpt-2': byteLevel,
};

// llama.cpp's token types.
const CONTROL = 3;
const USER_DEFINED = 4;
const UNKNOWN = 2;

/** @throws InputError for a vocabulary or a pre-tokenizer of another kind, and for lists that do not fit together. */
export function ggufTokenizer(gguf: Gguf): TokenizerFiles {
  const model = textOf(gguf, 'tokenizer.ggml.model');
  if (model !== 'gpt2') {
    throw new InputError(`${gguf.path}: the tokenizer model '${model}' is not supported in GGUF files; supported: gpt2 (byte-level BPE)`);
  }
  const pre = textOf(gguf, 'tokenizer.ggml.pre') ?? 'gpt-2';
  if (!Object.hasOwn(preTokenizers, pre)) {
    throw new InputError(
      `${gguf.path}: the pre-tokenizer '${pre}' (tokenizer.ggml.pre) is not supported; supported: ${Object.keys(preTokenizers).join(', ')}`,
    );
  }
  const tokens = tokensOf(gguf);
  const special = (key: string) => {
    const id = idOf(gguf, `tokenizer.ggml.${key}_token_id`);
    return id === undefined ? undefined : tokens[id];
  };
  const bos = special('bos');
  const addBos = flagOf(gguf, 'tokenizer.ggml.add_bos_token');
  const template = textOf(gguf, 'tokenizer.chat_template');
  const entries = { bos_token: bos, eos_token: special('eos'), unk_token: special('unknown'), pad_token: special('padding') };
  const ends = ['eos', 'eot', 'eom'].map((name) => idOf(gguf, `tokenizer.ggml.${name}_token_id`)).filter((id) => id !== undefined);
  return {
    source: gguf.path,
    tokenizerJson: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: addedTokens(gguf, tokens),
      normalizer: null,
      pre_tokenizer: preTokenizers[pre],
      post_processor: addBos && bos !== undefined ? bosProcessor(bos, tokens.indexOf(bos)) : null,
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: bpe(gguf, tokens),
    },
    tokenizerConfig: {
      tokenizer_class: 'PreTrainedTokenizerFast',
      ...Object.fromEntries(Object.entries(entries).filter(([, token]) => token !== undefined)),
      ...(addBos === undefined ? {} : { add_bos_token: addBos }),
      clean_up_tokenization_spaces: false,
      ...(template === undefined ? {} : { chat_template: template }),
    },
    generationConfig: { ...(ends.length > 0 ? { eos_token_id: ends.length === 1 ? ends[0] : ends } : {}) },
  };
}

function bpe(gguf: Gguf, tokens: string[]): Json {
  const merges = gguf.metadata.get('tokenizer.ggml.merges');
  if (!Array.isArray(merges)) throw new InputError(`${gguf.path}: metadata key 'tokenizer.ggml.merges' is missing`);
  const vocab = new Map(tokens.map((token, id) => [token, id]));
  if (vocab.size !== tokens.length) throw new InputError(`${gguf.path}: a token occurs twice in 'tokenizer.ggml.tokens'`);
  const pairs = (merges as string[]).map((merge) => {
    // A part may itself begin with a space in other vocabularies; in a byte-level one a space is written "Ġ".
    const parts = merge.split(' ');
    if (parts.length !== 2 || !vocab.has(parts[0]) || !vocab.has(parts[1]) || !vocab.has(parts[0] + parts[1])) {
      throw new InputError(`${gguf.path}: the merge '${merge}' in 'tokenizer.ggml.merges' is not made of two tokens that give a third`);
    }
    return parts;
  });
  return {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
    vocab: Object.fromEntries(vocab),
    merges: pairs,
  };
}

function addedTokens(gguf: Gguf, tokens: string[]): Json[] {
  const types = gguf.metadata.get('tokenizer.ggml.token_type') ?? [];
  if (!Array.isArray(types) || (types.length !== 0 && types.length !== tokens.length)) {
    throw new InputError(`${gguf.path}: 'tokenizer.ggml.token_type' does not have one entry for each of the ${tokens.length} tokens`);
  }
  return tokens.flatMap((content, id) => {
    const special = types[id] === CONTROL || types[id] === UNKNOWN;
    if (!special && types[id] !== USER_DEFINED) return [];
    return [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special }];
  });
}

function bosProcessor(bos: string, id: number): Json {
  const first = { SpecialToken: { id: bos, type_id: 0 } };
  const text = (name: string, type: number) => ({ Sequence: { id: name, type_id: type } });
  return {
    type: 'TemplateProcessing',
    single: [first, text('A', 0)],
    pair: [first, text('A', 0), { SpecialToken: { id: bos, type_id: 1 } }, text('B', 1)],
    special_tokens: { [bos]: { id: bos, ids: [id], tokens: [bos] } },
  };
}
