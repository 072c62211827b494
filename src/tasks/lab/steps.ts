// The steps of arithmetic behind an answer: read from an expression, or found among those that a thought has written down.
import { apply, type Operator, type Step } from './countdown.ts';

export function stepText({ a, op, b, value }: Step): string {
  return `${a} ${op} ${b} = ${value}`;
}

/** The steps that work out an expression of whole numbers, innermost first; undefined where it is none, or a value leaves the whole numbers. */
export function expressionSteps(text: string): Step[] | undefined {
  const tokens = text.match(/\d+|\S/g) ?? [];
  const steps: Step[] = [];
  let at = 0;
  const chain = (operators: string, next: () => number): number => {
    let value = next();
    while (at < tokens.length && operators.includes(tokens[at])) {
      const op = tokens[at++] as Operator;
      const step: Step = { a: value, op, b: next(), value: 0 };
      step.value = apply(step.a, op, step.b);
      steps.push(step);
      value = step.value;
    }
    return value;
  };
  const sum = (): number => chain('+-', () => chain('*/', atom));
  const atom = (): number => {
    const token = tokens[at++];
    if (token !== '(') return token === undefined || !/^\d+$/.test(token) ? Number.NaN : Number(token);
    const value = sum();
    return tokens[at++] === ')' ? value : Number.NaN;
  };
  const value = sum();
  const whole = at === tokens.length && !Number.isNaN(value) && steps.length > 0;
  return whole && steps.every((step) => Number.isInteger(step.value) && step.value >= 0) ? steps : undefined;
}

/** Every `a op b = value` that a text holds and that is true, in its order. */
export function trueSteps(text: string): Step[] {
  return [...text.matchAll(/(?<!\S)(\d+) ([-+*/]) (\d+) = (\d+)(?!\S)/g)].flatMap(([, a, op, b, value]) => {
    const step: Step = { a: Number(a), op: op as Operator, b: Number(b), value: Number(value) };
    return apply(step.a, step.op, step.b) === step.value ? [step] : [];
  });
}

/**
 * Of `written` steps those that lead from `numbers`, each used once, to `value`, in an order in which they can be read; where there are several
 * ways, with the steps written last. Undefined where they do not lead there.
 */
export function derivation(written: readonly Step[], numbers: readonly number[], value: number): Step[] | undefined {
  const different = new Map(written.toReversed().map((step) => [stepText(step), step]));
  // An intermediate value takes two numbers at least.
  for (const { steps, left } of waysTo([...different.values()], numbers, value, numbers.length - 1))
    if (left.length === 0 && steps.length > 0) return steps;
  return undefined;
}

interface Way {
  steps: Step[];
  /** Numbers not used yet. */
  left: readonly number[];
}

/** The ways to a value by `most` steps or fewer: it is the result of a step, whose operands are led to likewise, or one of the numbers. */
function* waysTo(written: readonly Step[], numbers: readonly number[], value: number, most: number): Generator<Way> {
  if (numbers.length === 0) return;
  if (most > 0)
    for (const step of written)
      if (step.value === value)
        for (const first of waysTo(written, numbers, step.a, most - 1))
          for (const second of waysTo(written, first.left, step.b, most - 1 - first.steps.length))
            yield { steps: [...first.steps, ...second.steps, step], left: second.left };
  const used = numbers.indexOf(value);
  if (used >= 0) yield { steps: [], left: numbers.toSpliced(used, 1) };
}
