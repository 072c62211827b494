// Typed access to the metadata of a GGUF file, with messages that name the key.

import { InputError } from '../platform/errors.ts';
import type { Gguf } from './gguf.ts';

/** A number (64-bit ones too, where they are exact); `fallback` where the key is missing. */
export function numberOf(gguf: Gguf, key: string, fallback?: number): number {
  const value = gguf.metadata.get(key);
  if (value === undefined && fallback !== undefined) return fallback;
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number === 'number' && (typeof value !== 'bigint' || Number.isSafeInteger(number))) return number;
  throw new InputError(
    `${gguf.path}: metadata key '${key}' ${value === undefined ? 'is missing' : `is ${describe(value)}; expected a number`}`,
  );
}

/** A token id; 0 is one. Nothing where the key is missing. @throws InputError where it is not below the number of tokens. */
export function idOf(gguf: Gguf, key: string): number | undefined {
  if (!gguf.metadata.has(key)) return undefined;
  const id = numberOf(gguf, key);
  const tokens = tokensOf(gguf).length;
  if (Number.isInteger(id) && id >= 0 && id < tokens) return id;
  throw new InputError(`${gguf.path}: metadata key '${key}' is ${id}, but there are ${tokens} tokens`);
}

export function textOf(gguf: Gguf, key: string): string | undefined {
  const value = gguf.metadata.get(key);
  if (value === undefined || typeof value === 'string') return value;
  throw new InputError(`${gguf.path}: metadata key '${key}' is ${describe(value)}; expected a text`);
}

export function flagOf(gguf: Gguf, key: string): boolean | undefined {
  const value = gguf.metadata.get(key);
  if (value === undefined || typeof value === 'boolean') return value;
  throw new InputError(`${gguf.path}: metadata key '${key}' is ${describe(value)}; expected true or false`);
}

/** The vocabulary: tokens by id. */
export function tokensOf(gguf: Gguf): string[] {
  // Its element type was checked when the file was opened.
  const tokens = gguf.metadata.get('tokenizer.ggml.tokens');
  if (Array.isArray(tokens)) return tokens as string[];
  throw new InputError(`${gguf.path}: metadata key 'tokenizer.ggml.tokens' is missing: the file holds no vocabulary`);
}

function describe(value: unknown): string {
  return Array.isArray(value) ? 'a list' : typeof value === 'string' ? `the text '${value.slice(0, 60)}'` : String(value);
}
