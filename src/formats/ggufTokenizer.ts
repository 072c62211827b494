// The tokenizer in a GGUF's metadata as the Hugging Face files that say the same, so that a checkpoint saved later is complete.
// Two kinds: byte-level BPE (`gpt2`, in ggufBpe.ts) and SentencePiece (`llama`, in ggufSentencePiece.ts).

import { InputError } from '../platform/errors.ts';
import type { Gguf } from './gguf.ts';
import { byteLevelBpe, type TokenizerParts } from './ggufBpe.ts';
import { flagOf, idOf, textOf, tokensOf } from './ggufFields.ts';
import { sentencePiece } from './ggufSentencePiece.ts';
import type { TokenizerFiles } from './tokenizer.ts';

type Json = Record<string, unknown>;

// llama.cpp's token types.
const UNKNOWN = 2;
const CONTROL = 3;
const USER_DEFINED = 4;

/** Ends of a turn as they are called, for files that have no key for them: llama.cpp finds them so too. */
const turnEnds = ['<|eot_id|>', '<|im_end|>', '<|eom_id|>'];

/** @throws InputError for a vocabulary or a pre-tokenizer of another kind, and for lists that do not fit together. */
export function ggufTokenizer(gguf: Gguf): TokenizerFiles {
  const tokens = tokensOf(gguf);
  const { json, addsBos } = tokenizerParts(gguf, tokens);
  const special = (key: string) => {
    const id = idOf(gguf, `tokenizer.ggml.${key}_token_id`);
    return id === undefined ? undefined : tokens[id];
  };
  const bos = special('bos');
  const addBos = flagOf(gguf, 'tokenizer.ggml.add_bos_token') ?? (addsBos && bos !== undefined);
  const entries = { bos_token: bos, eos_token: special('eos'), unk_token: special('unknown'), pad_token: special('padding') };
  const added = addedTokens(gguf, tokens);
  const ends = ['eos', 'eot', 'eom'].map((name) => idOf(gguf, `tokenizer.ggml.${name}_token_id`));
  if (ends[1] === undefined)
    ends.push(...added.filter(({ content, special }) => special && turnEnds.includes(content)).map(({ id }) => id));
  const eosIds = [...new Set(ends.filter((id) => id !== undefined))];
  const template = chatTemplates(gguf);
  return {
    source: gguf.path,
    templateSource: `${gguf.path}: tokenizer.chat_template`,
    tokenizerJson: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: added,
      ...json,
      post_processor: addBos && bos !== undefined ? bosProcessor(bos, tokens.indexOf(bos)) : null,
    },
    tokenizerConfig: {
      tokenizer_class: 'PreTrainedTokenizerFast',
      ...Object.fromEntries(Object.entries(entries).filter(([, token]) => token !== undefined)),
      add_bos_token: addBos,
      clean_up_tokenization_spaces: false,
      ...(template === undefined ? {} : { chat_template: template }),
    },
    generationConfig: { ...(eosIds.length > 0 ? { eos_token_id: eosIds.length === 1 ? eosIds[0] : eosIds } : {}) },
  };
}

function tokenizerParts(gguf: Gguf, tokens: string[]): TokenizerParts {
  const model = textOf(gguf, 'tokenizer.ggml.model');
  if (model === 'llama') return sentencePiece(gguf, tokens);
  if (model === 'gpt2') return byteLevelBpe(gguf, tokens);
  const found = model === undefined ? "metadata key 'tokenizer.ggml.model' is missing" : `the tokenizer model '${model}' is not supported`;
  throw new InputError(`${gguf.path}: ${found}; supported in GGUF files: gpt2 (byte-level BPE), llama (SentencePiece)`);
}

interface Added extends Json {
  id: number;
  content: string;
  special: boolean;
}

function addedTokens(gguf: Gguf, tokens: string[]): Added[] {
  const types = gguf.metadata.get('tokenizer.ggml.token_type') ?? [];
  if (!Array.isArray(types) || (types.length !== 0 && types.length !== tokens.length)) {
    throw new InputError(`${gguf.path}: 'tokenizer.ggml.token_type' does not have one entry for each of the ${tokens.length} tokens`);
  }
  return tokens.flatMap((content, id) => {
    const special = types[id] === CONTROL || types[id] === UNKNOWN;
    // What the converter fills the vocabulary up with is no token of the model.
    if (!special && (types[id] !== USER_DEFINED || /^\[PAD\d+\]$/.test(content))) return [];
    return [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special }];
  });
}

/** The model's own template, or a list of named ones where the file has several. */
function chatTemplates(gguf: Gguf): unknown {
  const template = textOf(gguf, 'tokenizer.chat_template');
  const prefix = 'tokenizer.chat_template.';
  const named = [...gguf.metadata.keys()].filter((key) => key.startsWith(prefix));
  if (named.length === 0) return template;
  const own = template === undefined ? [] : [{ name: 'default', template }];
  return [...own, ...named.map((key) => ({ name: key.slice(prefix.length), template: textOf(gguf, key) }))];
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
