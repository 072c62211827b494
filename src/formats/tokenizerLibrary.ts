// What of @huggingface/tokenizers we use, and the rewriting of a tokenizer.json that makes it agree with the reference implementation
// (the Rust `tokenizers`) where the library takes a shortcut. tokenizer.ts is the only user.

import * as library from '@huggingface/tokenizers';

type Json = Record<string, unknown>;

export interface AddedToken {
  id: number;
  content: string;
  special: boolean;
  lstrip: boolean;
  rstrip: boolean;
}

/** The library's Tokenizer, as far as it is used here (its own types do not resolve under NodeNext). */
interface LibraryTokenizer {
  model: { vocab: (string | undefined)[]; tokens_to_ids: Map<string, number> };
  decoder: Decoder | null;
  encode(text: string, options: { add_special_tokens: boolean }): { ids: (number | undefined)[]; tokens: string[] };
  decode(ids: number[], options: { clean_up_tokenization_spaces: boolean }): string;
}

interface Decoder {
  added_tokens: object[];
  config: Json;
  /** Of a Sequence. */
  decoders?: Decoder[];
  /** Of one that puts bytes together. */
  text_decoder?: { decode(bytes: Uint8Array): string };
}

/** A tokenizer that never reads a control token out of text, and decodes every id. */
export interface PlainTokenizer {
  encode(text: string): number[];
  decode(ids: number[]): string;
  idOf(token: string): number | undefined;
  /** Largest id + 1. */
  size: number;
  added: AddedToken[];
}

/**
 * Whether an added token serves as markup. Files forget to say so (`<｜User｜>` of the DeepSeek-R1 distills is not `special` there); its
 * form tells, as in llama.cpp's converter. `<think>` and the like are words that a text may hold.
 */
function isControl(token: Json): boolean {
  return token.special === true || /^<[|\uff5c].*[|\uff5c]>$/s.test(String(token.content));
}

const modelTypes = ['BPE', 'Unigram', 'WordPiece', 'WordLevel'];

/**
 * Builds the library's tokenizer without its special tokens, which are put back for decoding only: so text that looks like one
 * stays text, also where the vocabulary holds it as a word.
 * @throws Error (the library's) for a kind of tokenizer that it does not know.
 */
export function plainTokenizer(json: Json, config: Json): PlainTokenizer {
  const listed = Array.isArray(json.added_tokens) ? (json.added_tokens as Json[]) : [];
  const added = listed.map(readAddedToken);
  const special = added.filter((token) => token.special);
  const model = { ...object(json.model) };
  // Files of GPT-2's time do not name it.
  model.type ??= Array.isArray(model.merges) ? 'BPE' : undefined;
  // The library would take any other kind for a list of whole words.
  if (!modelTypes.includes(String(model.type))) {
    throw new Error(`the model type '${String(model.type)}' is not known; known: ${modelTypes.join(', ')}`);
  }
  const unk = typeof model.unk_token === 'string' ? model.unk_token : undefined;
  const plain: Json = {
    ...json,
    normalizer: json.normalizer ?? null,
    post_processor: null,
    decoder: faithfulDecoder(json.decoder ?? null),
    pre_tokenizer: faithful(json.pre_tokenizer ?? null),
    added_tokens: listed.filter((token) => !isControl(token)),
    model: withoutControl(model, new Set(special.map((token) => token.content)), unk),
  };
  // WordLevel models find their unknown token in the configuration only.
  const lib: LibraryTokenizer = new library.Tokenizer(plain, { ...config, ...(unk === undefined ? {} : { unk_token: unk }) });
  for (const decoder of [lib.decoder, ...(lib.decoder?.decoders ?? [])])
    if (decoder?.config.type === 'ByteFallback') decoder.text_decoder = { decode: decodeBytes };
  const ids = new Map(lib.model.tokens_to_ids);
  for (const token of special) {
    lib.model.vocab[token.id] = token.content;
    ids.set(token.content, token.id);
    lib.decoder?.added_tokens.push(token);
  }
  const cleanUp = config.clean_up_tokenization_spaces === true;
  return {
    added,
    size: lib.model.vocab.length,
    idOf: (token) => ids.get(token),
    encode(text) {
      const { ids: found, tokens } = lib.encode(text, { add_special_tokens: false });
      const missing = found.indexOf(undefined);
      if (missing >= 0) throw new Error(`the tokenizer has no token for '${tokens[missing]}' and no unknown token`);
      return found as number[];
    },
    decode(list) {
      const known = list.filter((id) => lib.model.vocab[id] !== undefined);
      return known.length === 0 ? '' : lib.decode(known, { clean_up_tokenization_spaces: cleanUp });
    },
  };
}

function readAddedToken(json: Json): AddedToken {
  const content = String(json.content);
  if (!Number.isSafeInteger(json.id) || Number(json.id) < 0)
    throw new Error(`the added token '${content}' has the id ${JSON.stringify(json.id)}; expected a number from 0 on`);
  // The library would find it within words.
  if (json.single_word === true) throw new Error(`the added token '${content}' is single_word, which is not supported`);
  return {
    id: Number(json.id),
    content,
    special: isControl(json),
    lstrip: json.lstrip === true,
    rstrip: json.rstrip === true,
  };
}

// The model with the control tokens out of reach, ids unchanged. The unknown token stays: unknown text becomes it anyway.
function withoutControl(model: Json, control: Set<string>, unk: string | undefined): Json {
  const reachable = (token: string) => token === unk || !control.has(token);
  const { vocab, merges } = model;
  // Unigram: [piece, score] by position; a control piece is renamed to what no text can hold (a lone surrogate).
  if (Array.isArray(vocab))
    return { ...model, vocab: vocab.map((entry, i) => (reachable(String(entry[0])) ? entry : [`\udfff${i}`, entry[1]])) };
  const kept = Object.fromEntries(Object.entries(object(vocab)).filter(([token]) => reachable(token)));
  if (!Array.isArray(merges)) return { ...model, vocab: kept };
  // Merges that would make one (SentencePiece's may), too: what they make would be unknown.
  const joined = (merge: unknown) => (Array.isArray(merge) ? merge.join('') : String(merge).replace(' ', ''));
  return { ...model, vocab: kept, merges: merges.filter((merge) => reachable(joined(merge))) };
}

// GPT-2's pattern, the one a ByteLevel pre-tokenizer applies.
const gpt2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/**
 * The same pre-tokenizer in terms that the library carries out as the reference does. The library translates the regular expression of
 * a Split (\s, \w and \d in the Unicode sense) but not the ones it has built in: its Digits and Whitespace know ASCII only, its
 * ByteLevel takes U+FEFF for white space, and its Metaspace does not split.
 */
function faithful(json: unknown): unknown {
  if (json === null || typeof json !== 'object') return json;
  const pre = json as Json;
  const matches = (regex: string) => ({ type: 'Split', pattern: { Regex: regex }, behavior: 'Removed', invert: true });
  const sequence = (...pretokenizers: unknown[]) => ({ type: 'Sequence', pretokenizers });
  switch (pre.type) {
    case 'Sequence':
      return sequence(...(pre.pretokenizers as unknown[]).map(faithful));
    case 'Digits':
      return matches(pre.individual_digits === true ? '\\P{N}+|\\p{N}' : '\\P{N}+|\\p{N}+');
    case 'Whitespace':
      return matches('\\w+|[^\\w\\s]+');
    case 'WhitespaceSplit':
      return matches('\\S+');
    case 'ByteLevel':
      return pre.use_regex === false || pre.add_prefix_space === true ? pre : sequence(matches(gpt2), { ...pre, use_regex: false });
    case 'Metaspace': {
      const mark = typeof pre.replacement === 'string' ? pre.replacement : '\u2581';
      return pre.split === false ? pre : sequence({ ...pre, split: false }, matches(`${mark}[^${mark}]*|[^${mark}]+`));
    }
    default:
      return pre;
  }
}

// The library's own swallows U+FEFF, and counts what is no UTF-8 otherwise: a U+FFFD stands for each byte.
function decodeBytes(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return '\ufffd'.repeat(bytes.length);
  }
}

// The library's Metaspace decoder drops a leading space also where the pre-tokenizer never put one.
function faithfulDecoder(json: unknown): unknown {
  const decoder = object(json);
  if (decoder.type !== 'Metaspace' || decoder.prepend_scheme !== 'never') return json;
  return { type: 'Replace', pattern: { String: decoder.replacement ?? '\u2581' }, content: ' ' };
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}
