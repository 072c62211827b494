// What `tokenizer.ggml.pre` of a GGUF stands for: the name that llama.cpp's converter gives to the way in which a byte-level BPE cuts text
// before it merges, as the pieces of a tokenizer.json that say the same. A name that is not here is refused: another way of cutting gives
// other ids, and the model worse answers, without any sign of it.

type Json = Record<string, unknown>;

export interface PreTokenizer {
  normalizer: Json | null;
  preTokenizer: Json;
  /** A piece that is a token is that token, whatever the merges would make of it. */
  ignoreMerges: boolean;
  /** A text begins with the beginning-of-text token where the file does not say whether. */
  addsBos: boolean;
}

const byteLevel = (useRegex: boolean): Json => ({ type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: useRegex });
const sequence = (...pretokenizers: Json[]): Json => ({ type: 'Sequence', pretokenizers });
const split = (regex: string): Json =>
  sequence({ type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false }, byteLevel(false));

/** Llama 3's and Qwen2's differ in how many digits stay together. */
const words = (digits: string): string =>
  `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

const gpt2: PreTokenizer = { normalizer: null, preTokenizer: byteLevel(true), ignoreMerges: false, addsBos: false };
const digitsApart: PreTokenizer = { ...gpt2, preTokenizer: sequence({ type: 'Digits', individual_digits: true }, byteLevel(true)) };
const llama3: PreTokenizer = { normalizer: null, preTokenizer: split(words('\\p{N}{1,3}')), ignoreMerges: true, addsBos: true };
const qwen2: PreTokenizer = { ...gpt2, normalizer: { type: 'NFC' }, preTokenizer: split(words('\\p{N}')) };

export const preTokenizers: Record<string, PreTokenizer> = {
  'gpt-2': gpt2,
  smollm: digitsApart,
  starcoder: digitsApart,
  'llama-bpe': llama3,
  llama3,
  'llama-v3': llama3,
  qwen2,
  'deepseek-r1-qwen': qwen2,
};
