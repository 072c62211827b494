// The published sets by their names on the hub, against a server that speaks the hub's HTTP and has their files as the hub has them.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeHub, openHub } from '../testing/hubOfTest.ts';
import type { HubServer } from '../testing/hubServer.ts';
import { loadTask } from './registry.ts';

let hub: HubServer;
let scratch: string;
beforeEach(async () => {
  ({ hub, scratch } = await openHub());
});
afterEach(async () => {
  await closeHub({ hub, scratch });
});

const line = (row: object): string => `${JSON.stringify(row)}\n`;
const gpqaConfigs = `---
configs:
- config_name: gpqa_extended
  data_files: gpqa_extended.csv
- config_name: gpqa_diamond
  data_files: gpqa_diamond.csv
---
`;
const gpqa =
  'Pre-Revision Question,Question,Correct Answer,Incorrect Answer 1,Incorrect Answer 2,Incorrect Answer 3\n"a, b","Which\nis it?",I,II,III,IV\n';

describe('a published set without data', () => {
  it.each<[string, string, Record<string, string>, string]>([
    ['math500', 'HuggingFaceH4/MATH-500', { 'test.jsonl': line({ problem: 'p', answer: '5' }) }, 'p'],
    ['aime24', 'HuggingFaceH4/aime_2024', { 'data/train-00000-of-00001.jsonl': line({ problem: 'p', answer: '5' }) }, 'p'],
    ['aime25', 'math-ai/aime25', { 'test.jsonl': line({ problem: 'p', answer: '5' }) }, 'p'],
    ['amc23', 'math-ai/amc23', { 'data/test-00000-of-00001.jsonl': line({ question: 'p', answer: '5.0' }) }, 'p'],
    ['mgsm_fr', 'juletxara/mgsm', { 'mgsm.py': '', 'mgsm_en.tsv': 'q\t6\n', 'mgsm_fr.tsv': 'p\t5\n' }, 'p'],
    [
      'gpqa',
      'Idavidrein/gpqa',
      { 'README.md': gpqaConfigs, 'gpqa_extended.csv': gpqa + gpqa.split('\n').slice(1).join('\n'), 'gpqa_diamond.csv': gpqa },
      'Which\nis it?',
    ],
  ])('%s is that of the hub, %s', async (name, id, files, question) => {
    hub.push(`datasets/${id}`, { ...files, '.gitattributes': '' });
    const { train, heldOut } = await (await loadTask(name)).load({ seed: 0 });
    expect([train, heldOut.length]).toEqual([[], 1]);
    expect((heldOut[0].prompt as { content: string }[])[0].content.startsWith(question)).toBe(true);
  });

  it('gsm8k is openai/gsm8k, its split test held out', async () => {
    const [train, test] = ['1', '2'].map((answer) => line({ question: `Is it ${answer}?`, answer: `It is.\n#### ${answer}` }));
    hub.push('datasets/openai/gsm8k', {
      'main/train-00000-of-00001.jsonl': train,
      'main/test-00000-of-00001.jsonl': test,
      'socratic/train-00000-of-00001.jsonl': train,
      'socratic/test-00000-of-00001.jsonl': test,
    });
    const loaded = await (await loadTask('gsm8k')).load({ seed: 0 });
    expect([loaded.train, loaded.heldOut].map((rows) => rows.map(({ question }) => question))).toEqual([['Is it 1?'], ['Is it 2?']]);
  });

  it('says what to do where the hub is not there', async () => {
    hub.down = true;
    for (const [name, id] of [
      ['aime24', 'HuggingFaceH4/aime_2024'],
      ['gsm8k', 'openai/gsm8k:main'],
    ])
      await expect((async () => (await loadTask(name)).load({ seed: 0 }))()).rejects.toThrow(
        `(No data is named, so it is ${id}; data=PATH, or --data PATH, names a copy)`,
      );
  });
});
