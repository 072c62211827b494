import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Tokenizer } from './tokenizer.ts';
import { wordTokenizerConfig, wordTokenizerJson } from './wordTokenizer.ts';

const words = ['user', ':', '.', '<think>', '</think>', '(', ')', '+', ',', '等', ...Array.from({ length: 101 }, (_, i) => String(i))];
const specials = { unk: '<unk>', eos: '<eos>', bos: '<bos>', pad: '<pad>' };
const files = { tokenizerJson: wordTokenizerJson(words, specials), tokenizerConfig: wordTokenizerConfig(specials) };
const tokenizer = Tokenizer.fromFiles(files);

describe('a word tokenizer', () => {
  it('gives the specials the first ids and the words the following ones', () => {
    expect(['<unk>', '<eos>', '<bos>', '<pad>', 'user', '0', '100'].map((token) => tokenizer.idOf(token))).toEqual([
      0, 1, 2, 3, 4, 14, 114,
    ]);
    expect(tokenizer.vocabSize).toBe(115);
    expect(tokenizer.stopIds).toEqual([1]);
    expect(tokenizer.bosId).toBe(2);
  });

  it('has no id for two tokens that are one', () => {
    const shared = wordTokenizerJson(['a'], { unk: '<unk>', eos: '<eos>', pad: '<eos>' });
    expect(shared.model).toMatchObject({ vocab: { '<unk>': 0, '<eos>': 1, a: 2 } });
  });

  it('decodes what it encoded, joined with single spaces', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { minLength: 1 }), fc.constantFrom(' ', '  ', '\n', '\t '), (list, gap) => {
        const ids = tokenizer.encode(list.join(gap));
        expect(ids).toEqual(list.map((word) => tokenizer.idOf(word)));
        expect(tokenizer.decode(ids)).toBe(list.join(' '));
      }),
    );
  });

  it('reads unknown words, and control tokens in text, as unknown', () => {
    expect(tokenizer.encode('zebra <eos> user<eos> <unk>')).toEqual([0, 0, 0, 0]);
    expect(tokenizer.encode('user <eos>:', { allowControl: true })).toEqual([4, 1, 5]);
  });

  it('shows or leaves out control tokens when decoding', () => {
    expect(tokenizer.decode([2, 4, 5, 1])).toBe('<bos> user : <eos>');
    expect(tokenizer.decode([2, 4, 5, 1], { skipSpecial: true })).toBe('user :');
    expect(tokenizer.decode([1], { skipSpecial: true })).toBe('');
  });

  it('rejects words that could not be told apart', () => {
    expect(() => wordTokenizerJson(['a', 'a'], specials)).toThrow("'a' occurs twice");
    expect(() => wordTokenizerJson(['a b'], specials)).toThrow('white space');
    expect(() => wordTokenizerJson([''], specials)).toThrow('empty');
    expect(() => wordTokenizerJson(['x<eos>'], specials)).toThrow("contains the special token '<eos>'");
  });
});
