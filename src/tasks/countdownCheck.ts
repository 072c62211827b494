// The exact judge of a countdown answer: a small parser over rational numbers. Nothing is evaluated as code.
//
// Accepted: the given numbers, each exactly once, + - * / and parentheses, the exact value of the target (7/3 is not 2).
// A tail `= value` is allowed where the value is the target written as a plain number: `9/3 = 3` for 3. Not accepted: a sign in
// front of a number or parenthesis, joined digits, `//`, `**`, names.

interface Rational {
  top: bigint;
  /** Above zero. */
  bottom: bigint;
}

// Far more than an expression of a few numbers needs; bounds the recursion.
const maxLength = 400;

/** Whether `answer` uses each of `numbers` exactly once and has exactly the value `target`. Never throws. */
export function checkCountdown(answer: string, numbers: readonly number[], target: number): boolean {
  const text = withoutTail(answer, target);
  if (text === undefined || text.length > maxLength) return false;
  const parsed = parse(text);
  if (!parsed) return false;
  const used = parsed.numbers.map(String).sort();
  const given = numbers.map(String).sort();
  if (used.length !== given.length || used.some((n, i) => n !== given[i])) return false;
  return parsed.value.top === BigInt(target) * parsed.value.bottom;
}

function withoutTail(answer: string, target: number): string | undefined {
  const [text, tail, ...more] = answer.split('=');
  if (more.length > 0) return undefined;
  if (tail !== undefined && tail.trim() !== String(target)) return undefined;
  return text.trim();
}

/** The value and the numbers used; undefined where the text is no expression, or divides by zero. */
function parse(text: string): { value: Rational; numbers: bigint[] } | undefined {
  // Sticky and gapless: whatever is not a token makes the text invalid.
  const tokens = text.match(/\d+|[-+*/()]|\S/g) ?? [];
  const numbers: bigint[] = [];
  let at = 0;

  const sum = (): Rational | undefined => {
    let value = product();
    while (value && (tokens[at] === '+' || tokens[at] === '-')) {
      const sign = tokens[at++] === '+' ? 1n : -1n;
      const right = product();
      value = right && { top: value.top * right.bottom + sign * right.top * value.bottom, bottom: value.bottom * right.bottom };
    }
    return value;
  };
  const product = (): Rational | undefined => {
    let value = atom();
    while (value && (tokens[at] === '*' || tokens[at] === '/')) {
      const times = tokens[at++] === '*';
      const right = atom();
      value = right && (times ? { top: value.top * right.top, bottom: value.bottom * right.bottom } : divide(value, right));
    }
    return value;
  };
  const atom = (): Rational | undefined => {
    const token = tokens[at++];
    if (token === '(') {
      const value = sum();
      return tokens[at++] === ')' ? value : undefined;
    }
    if (token === undefined || !/^\d/.test(token)) return undefined;
    numbers.push(BigInt(token));
    return { top: BigInt(token), bottom: 1n };
  };

  const value = sum();
  return value && at === tokens.length ? { value, numbers } : undefined;
}

function divide(a: Rational, b: Rational): Rational | undefined {
  if (b.top === 0n) return undefined;
  const sign = b.top < 0n ? -1n : 1n;
  return { top: sign * a.top * b.bottom, bottom: sign * a.bottom * b.top };
}
