// The language reward: exact by script, by sentences between languages of one script, and blind to what is no prose.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../platform/errors.ts';
import { describeNeeding, shared } from '../../testing/need.ts';
import { scoreCompletions } from '../mix.ts';
import { languageConsistency, languageOf, languageShare } from './consistency.ts';

const english = 'First we add the two numbers and then we divide the sum by three.';
const spanish = 'Primero sumamos los dos números y luego dividimos la suma entre tres.';
const french = "D'abord nous additionnons les deux nombres, puis nous divisons la somme par trois.";

describe('between scripts', () => {
  it.each([
    ['所以答案是六', 'zh', 1],
    ['所以答案是六', 'en', 0],
    // Six characters, one word.
    ['所以答案是六 apples', 'zh', 6 / 7],
    ['the answer 是 six', 'en', 3 / 4],
    ['答えは六です', 'ja', 1],
    ['答えは六です', 'zh', 2 / 6],
    ['Ответ: шесть яблок', 'en', 0],
    ['답은 여섯', 'ko', 1],
  ])('%s in %s: %d', async (text, language, share) => {
    expect(await languageShare(text, language)).toBeCloseTo(share, 12);
  });

  it('is the share exactly, whatever is mixed with what', async () => {
    const latin = fc.constantFrom('apple', 'seven', "don't", 'well-known', 'naïve');
    const han = fc.constantFrom('三', '苹', '果');
    await fc.assert(
      fc.asyncProperty(fc.array(latin, { maxLength: 5 }), fc.array(han, { minLength: 1, maxLength: 20 }), async (words, characters) => {
        const text = [...words, ...characters].sort((a, b) => (a + b < b + a ? -1 : 1)).join(' ');
        expect(await languageShare(text, 'zh')).toBe(characters.length / (words.length + characters.length));
      }),
    );
  });
});

describe('between languages of one script', () => {
  it.each([
    [english, 'en', 1],
    [english, 'es', 0],
    [spanish, 'es', 1],
    [spanish, 'en', 0],
    [french, 'fr', 1],
  ])('%s in %s: %d', async (text, language, share) => {
    expect(await languageShare(text, language)).toBe(share);
  });

  it('a sentence of another language counts against it by its words', async () => {
    // 14 words and 11: "y" alone is a letter.
    expect(await languageShare(`${english} ${spanish}`, 'en')).toBe(14 / 25);
    expect(await languageShare(`${spanish} ${english}`, 'en')).toBe(14 / 25);
  });

  it('fewer than six words tell nothing, and pass', async () => {
    expect(await languageShare('Die Antwort ist sechs', 'en')).toBe(1);
  });

  it('a short sentence is judged with the next one', async () => {
    expect(await languageShare(`Hmm. Wait. ${english} So six.`, 'en')).toBe(1);
  });
});

describe('what is no prose', () => {
  it('formulas, code, numbers, addresses and single letters are of no language', async () => {
    const text =
      'So $x = \\frac{apple}{banana}$, \\[ y \\sin z \\] and ```python\nprint("hello world")\n``` `let it be` 12 http://example.com/the/page 所以';
    expect(await languageShare(text, 'zh')).toBeCloseTo(2 / 4, 12);
    expect(await languageShare('$x^2 + y^2$ 12', 'en')).toBeNull();
    expect(await languageShare('', 'en')).toBeNull();
  });

  it('but nothing is hidden in them: text in a formula counts, and so do characters of other scripts', async () => {
    expect(await languageShare('the answer is six $\\text{所以答案}$', 'en')).toBe(4 / 8);
    expect(await languageShare('the answer is six $所以答案$', 'en')).toBe(4 / 8);
    expect(await languageShare('the answer is six ```\n所以答案\n```', 'en')).toBe(4 / 8);
  });

  it('takes time in proportion to the text, also where formulas are opened and never closed', async () => {
    for (const opening of ['\\[ ', '\\( ', '$$ a ', '\\begin{align} ', '```', '` ', '$x ', '\\begin{a}\\end{b}']) {
      const before = process.cpuUsage();
      await languageShare(`${opening.repeat(40_000)} the end`, 'zh');
      const { user } = process.cpuUsage(before);
      expect(user / 1e6, opening).toBeLessThan(2);
    }
  });

  it('dollars of money open no formula', async () => {
    expect(await languageShare('they cost $5 and 所以 $6 each', 'zh')).toBeCloseTo(2 / 6, 12);
  });
});

describe('languageConsistency', () => {
  const judge = (completion: string, row: Record<string, unknown> = {}, language?: string) =>
    languageConsistency(language)({
      prompts: ['How many?'],
      completions: [completion],
      rows: [{ id: 'r', prompt: 'How many are there of them?', ...row }],
    });

  it('judges the thought; all of it where no tag marks one', async () => {
    expect(await judge('<think> the answer 所以 </think> 答案是六', {}, 'en')).toEqual([2 / 4]);
    expect(await judge('<think> the answer 所以', {}, 'en')).toEqual([2 / 4]);
    expect(await judge('the answer </think> 所以', {}, 'en')).toEqual([1]);
    expect(await judge('the answer 所以', {}, 'en')).toEqual([2 / 4]);
    expect(await judge('<think></think> the answer', {}, 'en')).toEqual([null]);
  });

  it("the target is the recipe's, else the row's, else the prompt's own language", async () => {
    expect(await judge('<think> 所以 </think>', { language: 'zh' }, 'en')).toEqual([0]);
    expect(await judge('<think> 所以 </think>', { language: 'zh' })).toEqual([1]);
    expect(await judge('<think> 所以 </think>')).toEqual([0]);
    expect(
      await judge('<think> 所以 </think>', {
        prompt: [
          { role: 'system', content: 'Answer.' },
          { role: 'user', content: '一共有多少个苹果' },
        ],
      }),
    ).toEqual([1]);
  });

  it('refuses what is no language', async () => {
    expect(() => languageConsistency('english')).toThrow(InputError);
    await expect(judge('x', { language: 3 })).rejects.toThrow('the column "language" of r is not the code of a language');
  });
});

describeNeeding(shared('data/language'), 'on MGSM', (folder) => {
  const questions = (language: string): string[] =>
    readFileSync(join(folder, `mgsm_${language}.tsv`), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split('\t')[0]);
  const mean = async (texts: readonly string[], target: string): Promise<number> => {
    const shares = await Promise.all(texts.map((text) => languageShare(text, target)));
    return shares.reduce<number>((sum, share) => sum + (share ?? 0), 0) / shares.length;
  };

  it.each(['en', 'es', 'fr', 'zh'])('questions in %s are, and those of the other languages are not', async (language) => {
    expect(await mean(questions(language), language)).toBeGreaterThan(0.97);
    for (const other of ['en', 'es', 'fr', 'zh']) if (other !== language) expect(await mean(questions(other), language)).toBeLessThan(0.03);
  });

  it('names the language of a question', async () => {
    for (const language of ['en', 'es', 'fr', 'zh']) {
      const named = await Promise.all(questions(language).map(languageOf));
      expect(named.filter((name) => name === language).length / named.length).toBeGreaterThan(0.98);
    }
  });
});

it('of an empty thought says nothing, and the response keeps the rest of its reward', async () => {
  const task = { name: 't', rewards: { accuracy: () => [1, 1], language: languageConsistency('en') } };
  const rows = ['a', 'a'].map((id) => ({ id, prompt: 'p' }));
  const completions = ['<think></think>5', `<think>${english}</think>5`];
  const { total, rewards } = await scoreCompletions(task, { accuracy: 1, language: 0.5 }, { prompts: ['p', 'p'], completions, rows });
  expect(rewards.language).toEqual([null, 1]);
  expect(total).toEqual([1, 1.5]);
});
