// A task for measuring only: prompts of random words, and a reward that is as good as random for each response, so that every group has
// signal on both sides. Rows are the model directory's prompts.json.

import { readFileSync } from 'node:fs';
import { defineTask } from '../../src/tasks/task.ts';

export default defineTask({
  name: 'even-words',
  load({ data }) {
    const prompts = JSON.parse(readFileSync(data as string, 'utf8')) as string[];
    return { train: prompts.map((prompt, i) => ({ id: String(i), prompt })), heldOut: [] };
  },
  rewards: {
    /** The share of words with an even number. */
    evenWords: ({ completions }) =>
      completions.map((text) => {
        const words = text.split(' ');
        return words.filter((word) => /[02468]$/.test(word)).length / words.length;
      }),
  },
  weights: { evenWords: 1 },
  accuracy: 'evenWords',
});
