import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { finalTexts, plainText } from './finalText.ts';

describe('finalTexts', () => {
  it.each([
    ['<think>a</think><answer> b </answer>', ['b']],
    ['<think>a</think> b', ['b']],
    ['b', ['b']],
    // Only what follows the thought, and only what is finished.
    ['<think><answer>a</answer></think> b', ['b']],
    ['<think><answer>a</answer>', []],
    ['<think>a</think><answer>b', []],
    ['<answer>a</answer> and <answer>b', []],
    ['<think>a</think>', []],
    ['', []],
    // Several blocks are one answer, unless the writer takes one back.
    ['<answer>a</answer> or <answer>b</answer>', ['a\nb']],
    ['<answer>a</answer> No, wait: <answer>b</answer>', ['b']],
    ['<answer>a</answer> no <answer>b</answer><answer>c</answer>', ['b\nc']],
    // A box is the answer; or the text is, with what is in the box.
    ['so \\boxed{\\text{x {y} z}}.', ['\\text{x {y} z}', 'so \\text{x {y} z}.']],
    ['\\boxed{a}, \\boxed{b}', ['a\nb', 'a, b']],
    ['\\boxed{a}. No: \\boxed{b}', ['b', 'a. No: b']],
    ['<answer>\\boxed{a}</answer> \\boxed{b}', ['a', 'a']],
    ['\\boxed{a', ['\\boxed{a']],
  ])('%j: %j', (completion, texts) => {
    expect(finalTexts(completion)).toEqual(texts);
  });

  it('never throws, and gives texts that are not blank', () => {
    const piece = fc.oneof(fc.string(), fc.constantFrom('<think>', '</think>', '<answer>', '</answer>', '\\boxed{', '}', '{', 'no'));
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        for (const text of finalTexts(pieces.join(''))) expect(text.trim()).toBe(text);
      }),
    );
  });
});

describe('plainText', () => {
  it.each([
    ['**Ann** is a `knight`', 'Ann is a knight'],
    ['\\text{Ann is \\textbf{not} one}', 'Ann is not one'],
    ['\\(\\mathrm{B}\\)', 'B'],
    ['\uff11\uff12 \u2212 3', '12 - 3'],
    ['4\u00b2', '4\u00b2'],
    ['a<br>b', 'a\nb'],
    ['```json\n{"a": 1}\n```', '{"a": 1}'],
  ])('%j: %j', (text, plain) => {
    expect(plainText(text)).toBe(plain);
  });
});
