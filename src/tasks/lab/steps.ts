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
 * Of `written` steps, in order, those that lead from `numbers`, each used once, to `value`; the latest where there are several ways.
 * Undefined where they do not.
 */
export function derivation(written: readonly Step[], numbers: readonly number[], value: number): Step[] | undefined {
  const last = written.findLastIndex((step) => step.value === value);
  for (let i = last; i >= 0; i--) {
    if (written[i].value !== value) continue;
    for (const { steps, left } of leadingTo(written, i, numbers)) if (left.length === 0) return steps;
  }
  return undefined;
}

interface Way {
  steps: Step[];
  /** Numbers not used yet. */
  left: readonly number[];
}

/** The ways to step `at`: each of its operands is a number, or the value of an earlier step. */
function* leadingTo(written: readonly Step[], at: number, numbers: readonly number[]): Generator<Way> {
  const step = written[at];
  for (const first of waysTo(written, at, numbers, step.a))
    for (const second of waysTo(written, at, first.left, step.b))
      yield { steps: [...first.steps, ...second.steps, step], left: second.left };
}

function* waysTo(written: readonly Step[], before: number, numbers: readonly number[], value: number): Generator<Way> {
  // Each step uses up a number more than it makes.
  if (numbers.length === 0) return;
  for (let i = before - 1; i >= 0 && numbers.length > 1; i--) if (written[i].value === value) yield* leadingTo(written, i, numbers);
  const used = numbers.indexOf(value);
  if (used >= 0) yield { steps: [], left: numbers.toSpliced(used, 1) };
}
