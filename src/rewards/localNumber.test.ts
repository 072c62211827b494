import { describe, expect, it } from 'vitest';
import { numberText } from './lastNumber.ts';
import { finalLocalNumber, type NumberLanguage } from './localNumber.ts';

const read = (text: string, language: NumberLanguage): string | undefined => {
  const number = finalLocalNumber(text, language);
  return number && numberText(number);
};

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
    ['fr', 'La réponse est 2,5 mètres (en 3 étapes).', '5/2'],
    ['fr', 'Elle gagne 9 × 2 = 18 $ par jour.', '18'],
    ['zh', '\\boxed{70,000}', '70000'],
    ['zh', '答案是７０，０００美元。共 3 步。', '70000'],
    ['zh', '所以他赚了 7 万美元。', '70000'],
    ['zh', '\\boxed{1.25亿}', '125000000'],
    ['zh', '最终答案：18。', '18'],
  ])('%s: %s is %s', (language, text, number) => {
    expect(read(text, language)).toBe(number);
  });

  it.each<[NumberLanguage, string]>([
    ['es', '<think>La respuesta es 18'],
    ['zh', '我不知道'],
    ['fr', '<think>18</think> Je ne sais pas.'],
  ])('%s: %s has none', (language, text) => {
    expect(read(text, language)).toBeUndefined();
  });

  it.each<[NumberLanguage, string, string]>([
    ['es', 'En 2020 300 personas', '300'],
    ['es', 'los pasos 1, 2, 3', '3'],
  ])('%s: %s is not joined: %s', (language, text, number) => {
    expect(read(text, language)).toBe(number);
  });
});
