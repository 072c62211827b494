// A tokenizer whose tokens are whole words, as a tokenizer.json: what the tiny lab's model speaks.
// The same file loads in @huggingface/tokenizers and in Python's `tokenizers`: a WordLevel model, split at white space, no decoder (both
// then join the tokens with single spaces).

/** The control tokens of a word tokenizer; only `unk` and `eos` must be there. */
export interface WordSpecials {
  unk: string;
  eos: string;
  bos?: string;
  pad?: string;
}

/**
 * A tokenizer.json for `words`. Ids: the specials first, in the order unk, eos, bos, pad (those that are given and differ), then the
 * words in their order. A word is anything without white space ("<think>", "400", "等"); an unknown one becomes `unk`.
 * @throws Error for a word that is empty, holds white space, occurs twice, or contains a special token.
 */
export function wordTokenizerJson(words: string[], specials: WordSpecials): Record<string, unknown> {
  const control = controlTokens(specials);
  const ids = new Map<string, number>();
  for (const token of [...control, ...words]) {
    if (!/^\P{White_Space}+$/u.test(token)) throw new Error(`'${token}' is not a word: it is empty or holds white space`);
    if (ids.has(token)) throw new Error(`the word '${token}' occurs twice`);
    ids.set(token, ids.size);
  }
  for (const word of words) {
    const inner = control.find((token) => word.includes(token));
    if (inner !== undefined) throw new Error(`the word '${word}' contains the special token '${inner}'`);
  }
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: control.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: { type: 'WhitespaceSplit' },
    post_processor: null,
    decoder: null,
    model: { type: 'WordLevel', vocab: Object.fromEntries(ids), unk_token: specials.unk },
  };
}

/** The tokenizer_config.json that goes with `wordTokenizerJson`, so that `transformers` loads the directory. */
export function wordTokenizerConfig(specials: WordSpecials, chatTemplate?: string): Record<string, unknown> {
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    unk_token: specials.unk,
    eos_token: specials.eos,
    ...(specials.bos === undefined ? {} : { bos_token: specials.bos }),
    ...(specials.pad === undefined ? {} : { pad_token: specials.pad }),
    // Otherwise older transformers turn "a , b" into "a, b" when decoding.
    clean_up_tokenization_spaces: false,
    ...(chatTemplate === undefined ? {} : { chat_template: chatTemplate }),
  };
}

function controlTokens(specials: WordSpecials): string[] {
  const given = [specials.unk, specials.eos, specials.bos, specials.pad].filter((token) => token !== undefined);
  return [...new Set(given)];
}
