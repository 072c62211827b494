// LaTeX and plain mathematics as tokens. One pass with sticky patterns of fixed shape, so the time is linear in the text.
import { asLatex, plainCommands, proseWords, scales, separators } from './notation.ts';
import { isUnit } from './units.ts';
import { NoValue } from './work.ts';

export interface Token {
  /** A word is one of a text: a unit, a separator or prose. */
  kind: 'number' | 'letter' | 'command' | 'symbol' | 'word' | 'end';
  text: string;
  /** Whether there is space in front. */
  spaced: boolean;
}

/** Whether "1,234" is one number; within brackets a plain comma always separates. */
export type Commas = 'thousands' | 'separate' | 'decimal';

const mostTokens = 1200;

const numberPattern = /(?:\d{1,3}(?:(?:\{,\}|,?\\[!,] *|,)\d{3})+(?!\d)|\d{1,3}(?:(?:\\ | )\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+/y;
const beforeBar = /\d+\.(?=\s?\\(?:overline|bar)\b)/y;
const bareNumber = /(?:\d{1,3}(?:(?:\{,\}|,?\\[!,] *)\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+/y;
const decimalCommaNumber = /\d+(?:(?:,|\{,\})\d+)?/y;
const scientific = /[eE][+-]?\d{1,4}(?![\d.])/y;
const commandPattern = /\\(?:q?quad|[a-zA-Z]+\*?|.)/sy;
const lettersPattern = /\p{L}[\p{L}\p{M}]*/uy;
const textPattern =
  /\\(?:text(?:bf|it|rm|sf|tt|normal)?|textnormal|mbox|hbox|operatorname\*?)\s*\{([^{}]*)\}|\\(?:mathrm|mathbf|mathit|mathsf|bf|rm)\s*\{([^{}\\]*)\}/y;

/** @throws NoValue for a text that is no mathematics at all: too long, or with characters that mathematics has not. */
export function tokenize(source: string, commas: Commas): Token[] {
  const text = asLatex(source);
  const tokens: Token[] = [];
  let at = 0;
  let depth = 0;
  let spaced = false;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match;
  };
  const push = (kind: Token['kind'], value: string): void => {
    if (tokens.length >= mostTokens) throw new NoValue('too long');
    tokens.push({ kind, text: value, spaced });
    spaced = false;
  };
  while (at < text.length) {
    const c = text[at];
    if (c === ' ' || c === '~' || c === '$') {
      spaced = true;
      at++;
    } else if (/[\d.]/.test(c)) {
      const match =
        take(beforeBar) ??
        take(commas === 'decimal' ? decimalCommaNumber : depth === 0 && commas === 'thousands' ? numberPattern : bareNumber);
      if (!match) throw new NoValue('a point');
      const exponent = take(scientific);
      const digits = commas === 'decimal' ? match[0].replace(/\{?,\}?/, '.') : match[0].replace(/[^\d.]/g, '');
      push('number', digits + (exponent?.[0] ?? ''));
    } else if (c === '\\') {
      const styled = take(textPattern);
      if (styled) words(styled[1] ?? styled[2], /^\\(?:text|mbox|hbox)/.test(styled[0]));
      else {
        const name = take(commandPattern);
        if (!name) throw new NoValue('a lone backslash');
        command(name[0].slice(1));
      }
    } else if (/\p{L}/u.test(c)) letters(take(lettersPattern)?.[0] ?? c);
    else {
      const two = text.slice(at, at + 2);
      const symbol = two === '<=' || two === '>=' || two === '!=' || two === '**' ? two : c;
      at += symbol.length;
      if (symbol === '(' || symbol === '[') depth++;
      else if (symbol === ')' || symbol === ']') depth--;
      push('symbol', symbol === '**' ? '^' : symbol);
    }
  }
  tokens.push({ kind: 'end', text: '', spaced });
  return tokens;

  function command(name: string): void {
    if (name === '{') depth++;
    else if (name === '}') depth--;
    if (/^[,;:!> ]?$/.test(name)) spaced = true;
    else {
      const sign = plainCommands.get(name);
      if (sign === undefined) push('command', name);
      else if (sign === ' ') spaced = true;
      else if (sign !== '') push('symbol', sign);
    }
  }

  /** The content of \text{}: mathematics where it has no words (\text{13}), else words. */
  function words(content: string, prose: boolean): void {
    for (const part of content.split(/([^a-zA-Z]+)/)) {
      if (/^[\s.]*$/.test(part)) spaced ||= part !== '';
      else if (/[a-zA-Z]/.test(part)) {
        const word = part.toLowerCase();
        if (part.length === 1 && !(prose && isUnit(part))) push('letter', part);
        else push(functionNames.has(word) ? 'command' : 'word', functionNames.has(word) ? word : part);
      } else for (const token of tokenize(part, 'thousands').slice(0, -1)) tokens.push(token);
    }
    spaced = true;
  }

  /** A run of letters: a function's name, a separator, a unit behind a number, a word, or else a product of letters. */
  function letters(run: string): void {
    const word = run.toLowerCase();
    if (/[^a-zA-Z]/.test(run)) {
      // 5万元
      const scale = run.length > 1 && scales.has(run[0]) ? 1 : 0;
      if (scale > 0) push('word', run[0]);
      push('word', run.slice(scale));
    } else if (functionNames.has(run)) push('command', run);
    else if (word === 'infinity' || word === 'inf') push('command', 'infty');
    else if (separators.has(word) || proseWords.has(word) || word === 'per' || tokens.at(-1)?.text === 'per') push('word', word);
    // 18 dollars a day
    else if (/^an?$/.test(run) && isWordOfUnit(tokens.at(-1)) && /^ +[a-z]{3}/.test(text.slice(at))) push('word', 'per');
    // 9 x 2
    else if (run === 'x' && spaced && tokens.at(-1)?.kind === 'number' && /^\s+\$?\d/.test(text.slice(at))) push('symbol', '*');
    else if (run.length >= 4 || (run.length > 1 && isUnit(run) && followsValue())) push('word', run);
    else if (
      run.length === 1 &&
      spaced &&
      /^[mgsLhK]$/.test(run) &&
      tokens.at(-1)?.kind === 'number' &&
      /^\s*(?:$|\^)/.test(text.slice(at))
    )
      push('word', run);
    else for (const letter of run) push('letter', letter);
  }

  function isWordOfUnit(token: Token | undefined): boolean {
    return token?.kind === 'word' && !separators.has(token.text) && !proseWords.has(token.text);
  }

  function followsValue(): boolean {
    const last = tokens.at(-1);
    return last !== undefined && (last.kind === 'number' || (last.kind === 'symbol' && /^[)}\]]$/.test(last.text)));
  }
}

export const functionNames = new Set(
  'sin cos tan cot sec csc arcsin arccos arctan arccot sinh cosh tanh ln log lg exp sqrt max min gcd lcm pi'.split(' '),
);
