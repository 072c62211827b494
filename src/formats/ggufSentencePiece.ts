// A SentencePiece vocabulary of a GGUF (Llama 2, Mistral) as a tokenizer.json: BPE over characters whose merges follow from the scores of
// the pieces, with bytes for what the vocabulary lacks. As transformers converts one.

import { InputError } from '../platform/errors.ts';
import type { Gguf } from './gguf.ts';
import { bpeModel, type TokenizerParts, vocabOf } from './ggufBpe.ts';
import { flagOf, idOf } from './ggufFields.ts';

const space = '\u2581';

/** @throws InputError where there is not a score for each token, or a byte has no token. */
export function sentencePiece(gguf: Gguf, tokens: string[]): TokenizerParts {
  const scores = gguf.metadata.get('tokenizer.ggml.scores');
  if (!Array.isArray(scores) || scores.length !== tokens.length)
    throw new InputError(`${gguf.path}: 'tokenizer.ggml.scores' does not have one entry for each of the ${tokens.length} tokens`);
  const vocab = vocabOf(gguf, tokens);
  for (let byte = 0; byte < 256; byte++) {
    const token = `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
    if (!vocab.has(token)) throw new InputError(`${gguf.path}: 'tokenizer.ggml.tokens' has no token for a byte, '${token}'`);
  }
  const unknown = idOf(gguf, 'tokenizer.ggml.unknown_token_id') ?? 0;
  // SentencePiece puts a space before a text, unless the file says otherwise.
  const prefix = flagOf(gguf, 'tokenizer.ggml.add_space_prefix') ?? true;
  const replace = (from: string, to: string) => ({ type: 'Replace', pattern: { String: from }, content: to });
  return {
    json: {
      normalizer: { type: 'Sequence', normalizers: [...(prefix ? [{ type: 'Prepend', prepend: space }] : []), replace(' ', space)] },
      pre_tokenizer: null,
      decoder: {
        type: 'Sequence',
        decoders: [
          replace(space, ' '),
          { type: 'ByteFallback' },
          { type: 'Fuse' },
          ...(prefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
        ],
      },
      model: bpeModel(vocab, mergesOf(vocab, scores as number[]), { unk_token: tokens[unknown], fuse_unk: true, byte_fallback: true }),
    },
    addsBos: true,
  };
}

/**
 * Every way to make a piece out of two, the best score first: SentencePiece joins the two neighbours whose piece has the best score.
 * (transformers' `generate_merges`: among the ways of one score the longer left part first, then the longer right one.)
 */
function mergesOf(vocab: Map<string, number>, scores: number[]): string[][] {
  const merges: { left: string; right: string; score: number; order: number; last: number }[] = [];
  for (const [piece, id] of vocab)
    for (let i = 1; i < piece.length; i++) {
      const [left, right] = [piece.slice(0, i), piece.slice(i)];
      const [order, last] = [vocab.get(left), vocab.get(right)];
      if (order !== undefined && last !== undefined) merges.push({ left, right, score: scores[id], order, last });
    }
  const length = (text: string): number => [...text].length;
  return merges
    .sort(
      (a, b) =>
        b.score - a.score || length(b.left) - length(a.left) || length(b.right) - length(a.right) || a.order - b.order || a.last - b.last,
    )
    .map(({ left, right }) => [left, right]);
}
