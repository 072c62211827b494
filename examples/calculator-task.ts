// A task of several turns: the model may write `7 + 5 =`, and a calculator answers. Try it with
//   npx thinkling run recipes/lab-r1-zero.yaml task=./examples/calculator-task.ts stages.zero.steps=30 stages.zero.maxTokens=100
// What the calculator says is shown to the model and never learnt; the words are those that the little lab model knows.
import { defineTask, type Environment, type TaskRow } from 'thinkling';

const calculator: Environment = {
  maxTurns: 12,
  stop: ['='],
  reply({ turns }) {
    const asked = /(\d+) ([-+*/]) (\d+) =$/.exec(turns[turns.length - 1].text.trimEnd());
    if (!asked) return { text: ' ?' };
    const value = calculate(Number(asked[1]), asked[2], Number(asked[3]));
    // The lab's numbers are 0 to 400.
    return { text: Number.isInteger(value) && value >= 0 && value <= 400 ? ` ${value}` : ' ?' };
  },
};

export default defineTask({
  name: 'calculator',
  load({ seed }) {
    const rows = Array.from({ length: 4000 }, (_, i) => row(i));
    return { train: rows.filter((_, i) => i % 10 !== seed % 10), heldOut: rows.filter((_, i) => i % 10 === seed % 10) };
  },
  rewards: {
    // `completions` is what the model itself wrote: a number that only the calculator said is no answer.
    accuracy: ({ completions, rows }) => completions.map((text, i) => (answer(text) === String(rows[i].sum) ? 1 : 0)),
  },
  weights: { accuracy: 1 },
  accuracy: 'accuracy',
  environment: calculator,
});

/** Only what follows the thought can be an answer. */
function answer(text: string): string | undefined {
  const [last] = text.split('</think>').reverse();
  return /<answer> (\d+) <\/answer>$/.exec(last.trimEnd())?.[1];
}

/** Problem number i: `a + b * c - d`, from 4,000 different ones. */
function row(i: number): TaskRow {
  const [a, b, c, d] = [1 + (i % 20), 3 + (Math.floor(i / 20) % 10), 3 + (Math.floor(i / 200) % 10), 1 + ((7 * i) % 9)];
  return { id: `${a} + ${b} * ${c} - ${d}`, prompt: `user : ${a} + ${b} * ${c} - ${d} . assistant :`, sum: a + b * c - d };
}

function calculate(a: number, operator: string, b: number): number {
  if (operator === '+') return a + b;
  if (operator === '-') return a - b;
  return operator === '*' ? a * b : a / b;
}
