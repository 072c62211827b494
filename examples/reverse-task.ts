// A task of your own is one file: prompts, and functions that judge the answers. Try it with
//   npx thinkling run recipes/lab-r1-zero.yaml task=./examples/reverse-task.ts
// The model is asked for three numbers backwards; the words are those that the little lab model knows.
import { defineTask, type TaskRow } from 'thinkling';

function row(numbers: number[]): TaskRow {
  return {
    id: numbers.join(' '),
    prompt: `user : ${numbers.join(' ')} . assistant :`,
    // Any further column reaches the rewards.
    reversed: [...numbers].reverse().join(' '),
  };
}

export default defineTask({
  name: 'reverse',
  load({ seed }) {
    const rows: TaskRow[] = [];
    for (let i = 0; i < 1000; i++) rows.push(row([i % 10, Math.floor(i / 10) % 10, Math.floor(i / 100)]));
    // Every tenth row, beginning with the seed's, is kept for evaluation.
    return {
      train: rows.filter((_, i) => i % 10 !== seed % 10),
      heldOut: rows.filter((_, i) => i % 10 === seed % 10),
    };
  },
  rewards: {
    // 1 = right, 0 = wrong, null = this reward does not apply.
    accuracy: ({ completions, rows }) => completions.map((text, i) => (answer(text) === rows[i].reversed ? 1 : 0)),
    // Part of the way there: without it, a model that never answers right has nothing to learn from.
    overlap: ({ completions, rows }) =>
      completions.map((text, i) => {
        const right = String(rows[i].reversed).split(' ');
        const given = answer(text).split(' ');
        return right.filter((number, at) => given[at] === number).length / right.length;
      }),
  },
  weights: { accuracy: 1, overlap: 0.5 },
  accuracy: 'accuracy',
  // What a response answers, right or not: evaluations then tell the accuracy of the majority (cons@k), too.
  answers: { of: (text) => answer(text) || null },
});

function answer(text: string): string {
  return /<answer>(.*)<\/answer>/s.exec(text)?.[1].trim() ?? '';
}
