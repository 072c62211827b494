import { describe, expect, it } from 'vitest';
import { inEnglishNotation, type NumberLanguage } from './localNumber.ts';
import { finalAnswer } from './math/extract.ts';
import { verifyMath } from './math/verify.ts';

describe('numbers in other languages', () => {
  it.each<[NumberLanguage, string, string]>([
    ['en', '\\boxed{70,000}', '70000'],
    ['en', 'The answer is 2.5.', '5/2'],
    ['es', '\\boxed{70.000}', '70000'],
    ['es', '\\boxed{70 000}', '70000'],
    ['es', '\\boxed{70\\,000}', '70000'],
    ['es', '\\boxed{70,000}', '70000'],
    ['es', '\\boxed{1.234.567}', '1234567'],
    ['es', '\\boxed{3,5}', '7/2'],
    ['es', '\\boxed{3{,}5}', '7/2'],
    ['es', '\\boxed{1.234,5}', '2469/2'],
    ['es', '\\boxed{1,234.5}', '2469/2'],
    ['es', '\\boxed{-18}', '-18'],
    ['es', 'La respuesta es 18 dólares. Vendió 9 huevos.', '18'],
    ['es', 'Respuesta final: 18. Espero que te sirva, en 2 pasos.', '18'],
    ['fr', '\\boxed{70\u202f000\u00a0$}', '70000'],
    ['fr', 'La réponse est 2,5 mètres. Voilà les 3 étapes.', '5/2'],
    ['fr', 'Elle gagne 9 × 2 = 18 $.', '18'],
    ['zh', '\\boxed{70,000}', '70000'],
    ['zh', '答案是７０，０００美元。共 3 步。', '70000'],
    ['zh', '所以他赚了 7 万美元。', '70000'],
    ['zh', '\\boxed{1.25亿}', '125000000'],
    ['zh', '最终答案：18。', '18'],
  ])('%s: %s is %s', (language, text, number) => {
    expect(verifyMath(number, inEnglishNotation(text, language))).toBe(true);
  });

  it.each<[NumberLanguage, string]>([
    ['es', '<think>La respuesta es 18'],
    ['zh', '我不知道'],
    ['fr', '<think>18</think> Je ne sais pas.'],
  ])('%s: %s has none', (language, text) => {
    expect(finalAnswer(inEnglishNotation(text, language))).toBeUndefined();
  });

  it('is not joined over words, nor taken from a list', () => {
    expect(inEnglishNotation('En 2020 300 personas', 'es')).toBe('En 2020 300 personas');
    expect(verifyMath('3', inEnglishNotation('\\boxed{1, 2, 3}', 'es'))).toBe(false);
  });
});
