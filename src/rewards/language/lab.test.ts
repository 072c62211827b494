// The common language reward on texts as the lab's models write them: words of two scripts, numbers and signs between them.
import { describe, expect, it } from 'vitest';
import { languageConsistency } from './consistency.ts';

const scores = (prompt: string, ...completions: string[]) =>
  languageConsistency()({
    prompts: completions.map(() => prompt),
    completions,
    rows: completions.map(() => ({ id: prompt, prompt, language: 'en' })),
  });

describe('language consistency in the lab', () => {
  const prompt = 'user : make 56 from 7 7 1 . assistant :';

  it('counts words by script; numbers, signs and tags are of no language', async () => {
    expect(
      await scores(
        prompt,
        '<think> try 7 * 7 = 49 , no </think> <answer> ( 7 + 1 ) * 7 </answer>',
        '<think> 试 7 * 7 = 49 , 不 </think> <answer> 56 </answer>',
        '<think> try 7 * 7 = 49 , 不 </think> <answer> 56 </answer>',
        // Of the thought alone.
        '<think> wait </think> <answer> 对 </answer>',
      ),
    ).toEqual([1, 0, 0.5, 1]);
  });

  it('is null for a thought without words, whatever the answer says', async () => {
    expect(await scores(prompt, '<think> </think> <answer> yes </answer>', '<think> 7 * 7 = 49 </think> <answer> no </answer>')).toEqual([
      null,
      null,
    ]);
  });
});
