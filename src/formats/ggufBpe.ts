// A byte-level BPE of a GGUF as parts of a tokenizer.json, and the BPE model that the SentencePiece kind becomes too.

import { InputError } from '../platform/errors.ts';
import type { Gguf } from './gguf.ts';
import { textOf } from './ggufFields.ts';
import { preTokenizers } from './ggufPreTokenizers.ts';

type Json = Record<string, unknown>;

/** What a kind of tokenizer brings beside the added tokens and the beginning of a text. */
export interface TokenizerParts {
  json: { normalizer: Json | null; pre_tokenizer: Json | null; decoder: Json; model: Json };
  addsBos: boolean;
}

/** @throws InputError for a pre-tokenizer that is not known or not named, and for merges that do not fit the tokens. */
export function byteLevelBpe(gguf: Gguf, tokens: string[]): TokenizerParts {
  const key = 'tokenizer.ggml.pre';
  const pre = textOf(gguf, key);
  const supported = Object.keys(preTokenizers).join(', ');
  if (pre === undefined || !Object.hasOwn(preTokenizers, pre)) {
    const found = pre === undefined ? `metadata key '${key}' is missing` : `the pre-tokenizer '${pre}' (${key}) is not supported`;
    const mend = 'use the model in its Hugging Face form, or convert it anew with a llama.cpp that knows it';
    throw new InputError(`${gguf.path}: ${found}: how text is cut into words cannot be told; supported: ${supported}; ${mend}`);
  }
  const { normalizer, preTokenizer, ignoreMerges, addsBos } = preTokenizers[pre];
  return {
    json: {
      normalizer,
      pre_tokenizer: preTokenizer,
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: bpeModel(vocabOf(gguf, tokens), mergesOf(gguf, tokens), { ignore_merges: ignoreMerges }),
    },
    addsBos,
  };
}

/** @throws InputError where two tokens are the same. */
export function vocabOf(gguf: Gguf, tokens: string[]): Map<string, number> {
  const vocab = new Map(tokens.map((token, id) => [token, id]));
  if (vocab.size === tokens.length) return vocab;
  const [again] = tokens.filter((token, id) => vocab.get(token) !== id);
  throw new InputError(`${gguf.path}: the token '${again}' occurs twice in 'tokenizer.ggml.tokens'`);
}

export function bpeModel(vocab: Map<string, number>, merges: string[][], options: Json): Json {
  return {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
    ...options,
    vocab: Object.fromEntries(vocab),
    merges,
  };
}

function mergesOf(gguf: Gguf, tokens: string[]): string[][] {
  const merges = gguf.metadata.get('tokenizer.ggml.merges');
  if (!Array.isArray(merges)) throw new InputError(`${gguf.path}: metadata key 'tokenizer.ggml.merges' is missing`);
  const vocab = new Set(tokens);
  return (merges as string[]).map((merge) => {
    // A part may itself begin with a space in other vocabularies; in a byte-level one a space is written "Ġ".
    const parts = merge.split(' ');
    if (parts.length !== 2 || !vocab.has(parts[0]) || !vocab.has(parts[1]) || !vocab.has(parts[0] + parts[1])) {
      throw new InputError(`${gguf.path}: the merge '${merge}' in 'tokenizer.ggml.merges' is not made of two tokens that give a third`);
    }
    return parts;
  });
}
