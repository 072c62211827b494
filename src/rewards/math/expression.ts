// The parser's inner part: sums, products, powers, functions, brackets and matrices, by recursive descent with a bounded depth.
import { fraction } from './fraction.ts';
import { proseWords } from './notation.ts';
import { functionNames, type Token } from './tokens.ts';
import { childrenOf, divide, integer, type Node, negate } from './tree.ts';
import { isUnit, normalUnit } from './units.ts';
import { NoValue } from './work.ts';

const deepest = 48;
const greek = new Set(
  'alpha beta gamma delta epsilon varepsilon zeta eta theta kappa lambda mu nu xi rho sigma tau phi varphi chi psi omega Gamma Delta Theta Lambda Sigma Phi Psi Omega ell'.split(
    ' ',
  ),
);
/** Letters that name functions where a bracket follows. */
const ownFunctions = /^[fghFGH]$/;

export abstract class Expressions {
  readonly #tokens: Token[];
  #at = 0;
  #depth = 0;
  #bars = 0;

  constructor(tokens: Token[]) {
    this.#tokens = tokens;
  }

  abstract list(): Node;

  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)];
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  atEnd(): boolean {
    return this.peek().kind === 'end';
  }

  takeSymbol(text: string): boolean {
    return this.#take('symbol', text);
  }

  takeSeparatorWord(): boolean {
    return this.#take('word', 'and') || this.#take('word', 'or') || this.#take('word', 'And') || this.#take('word', 'Or');
  }

  sum(): Node {
    if (++this.#depth > deepest) throw new NoValue('too deep');
    const args: Node[] = [this.#signed()];
    for (;;) {
      if (this.takeSymbol('+')) args.push(this.#product());
      else if (this.takeSymbol('-')) args.push(negate(this.#product()));
      else if (this.takeSymbol('pm')) args.push({ kind: 'plusminus', sign: 1, arg: this.#product() });
      else if (this.takeSymbol('mp')) args.push({ kind: 'plusminus', sign: -1, arg: this.#product() });
      else break;
    }
    this.#depth--;
    return args.length === 1 ? args[0] : { kind: 'add', args };
  }

  #signed(): Node {
    if (++this.#depth > deepest) throw new NoValue('too deep');
    let node: Node;
    if (this.takeSymbol('-')) node = negate(this.#signed());
    else if (this.takeSymbol('+')) node = this.#signed();
    else if (this.takeSymbol('pm')) node = { kind: 'plusminus', sign: 1, arg: this.#signed() };
    else if (this.takeSymbol('mp')) node = { kind: 'plusminus', sign: -1, arg: this.#signed() };
    else node = this.#product();
    this.#depth--;
    return node;
  }

  #product(): Node {
    let node = this.#factor();
    const factors: Node[] = [];
    const flush = (): Node => (factors.length === 0 ? node : { kind: 'mul', args: [node, ...factors.splice(0)] });
    for (;;) {
      if (this.takeSymbol('*')) factors.push(this.#factorWithSign());
      else if (this.takeSymbol('/')) node = divide(flush(), this.#factorWithSign());
      else if (this.takeSymbol(':')) node = { kind: 'ratio', args: [flush(), this.#product()] };
      else if (this.takeSymbol('%')) node = { kind: 'unit', arg: flush(), unit: '%' };
      else if (this.#atUnit()) node = this.#unit(flush());
      else {
        const mixed = factors.length === 0 ? this.#mixedNumber(node) : undefined;
        if (mixed) node = mixed;
        else if (this.#startsFactor()) factors.push(this.#factor());
        else return flush();
      }
    }
  }

  #factorWithSign(): Node {
    if (this.takeSymbol('-')) return negate(this.#factorWithSign());
    return this.#factor();
  }

  /** 1\frac{4}{5} and 3 1/2 are sums. */
  #mixedNumber(whole: Node): Node | undefined {
    if (whole.kind !== 'number' || whole.decimals !== undefined) return undefined;
    const start = this.#at;
    let [top, bottom]: (Node | undefined)[] = [];
    if (/^[dtc]?frac$/.test(this.peek().text) && this.next()) {
      top = this.#argument();
      bottom = this.#argument();
    } else if (this.peek().kind === 'number' && this.peek(1).text === '/' && this.peek(2).kind === 'number') {
      top = this.#number(this.next().text);
      this.next();
      bottom = this.#number(this.next().text);
    }
    if (top?.kind === 'number' && bottom?.kind === 'number' && isProper(top, bottom))
      return { kind: 'add', args: [whole, divide(top, bottom)] };
    this.#at = start;
    return undefined;
  }

  #startsFactor(): boolean {
    const token = this.peek();
    if (token.kind === 'letter' || token.kind === 'command') return !/^(?:end|\\)$/.test(token.text);
    // "5 7" are two answers, not a product.
    if (token.kind === 'number') return this.peek(-1).kind !== 'number';
    return token.kind === 'symbol' && (/^(?:[([{]|\\\{|lfloor|lceil)$/.test(token.text) || (token.text === '|' && this.#bars === 0));
  }

  #factor(): Node {
    if (++this.#depth > deepest) throw new NoValue('too deep');
    let node = this.#base();
    for (;;) {
      if (this.takeSymbol('^')) {
        if (this.#atDegree()) node = { kind: 'unit', arg: node, unit: 'degree' };
        else node = { kind: 'pow', base: node, exponent: this.#exponent() };
      } else if (this.takeSymbol('!')) node = { kind: 'call', name: 'factorial', args: [node] };
      else if (this.takeSymbol('%')) node = { kind: 'unit', arg: node, unit: '%' };
      else if (this.takeSymbol("'")) node = { kind: 'call', name: 'function prime', args: [node] };
      else break;
    }
    this.#depth--;
    return node;
  }

  #exponent(): Node {
    if (this.takeSymbol('-')) return negate(this.#exponent());
    const token = this.peek();
    if (token.kind === 'number') return this.#number(this.next().text);
    if (token.kind === 'symbol' && token.text === '(') return this.#base();
    return this.#argument();
  }

  #atDegree(): boolean {
    const start = this.#at;
    const braced = this.takeSymbol('{');
    if (this.#take('command', 'circ') && (!braced || this.takeSymbol('}'))) return true;
    this.#at = start;
    return false;
  }

  #base(): Node {
    const token = this.next();
    switch (token.kind) {
      case 'number':
        return this.#basedOr(token.text);
      case 'letter':
        return this.#named(token.text);
      case 'command':
        return this.#command(token.text);
      case 'symbol':
        return this.#opened(token.text);
      case 'word':
        // Area = 5
        if (this.peek().text === '=') return { kind: 'symbol', name: `word ${token.text.toLowerCase()}` };
        throw new NoValue(token.text);
      default:
        throw new NoValue('end');
    }
  }

  #number(text: string): Node {
    const [mantissa, exponent = '0'] = text.toLowerCase().split('e');
    const [whole, decimals = ''] = mantissa.split('.');
    const scale = Number(exponent) - decimals.length;
    if (Math.abs(scale) > 2000) throw new NoValue('exponent');
    const digits = BigInt(whole + decimals);
    const value = scale >= 0 ? fraction(digits * 10n ** BigInt(scale)) : fraction(digits, 10n ** BigInt(-scale));
    return mantissa.includes('.') ? { kind: 'number', value, decimals: decimals.length } : { kind: 'number', value };
  }

  #basedOr(text: string): Node {
    if (this.#take('command', 'overline') || this.#take('command', 'bar')) return repeating(text, this.#argumentText());
    if (!this.takeSymbol('_')) return this.#number(text);
    const base = this.#argumentText();
    if (!/^[\d.]+$/.test(text) || !/^\d{1,2}$/.test(base)) throw new NoValue('base');
    return Number(base) === 10 ? this.#number(text) : { kind: 'based', digits: text.replace(/^0+(?=\d)/, ''), base: Number(base) };
  }

  /** A letter with its subscript, or a function of the problem's own: f(x), P(x + 1). */
  #named(letter: string): Node {
    const name = this.takeSymbol('_') ? `${letter}_${this.#argumentText()}` : letter;
    const defined = this.peek(1).kind === 'letter' && this.peek(2).text === ')' && this.peek(3).text === '=';
    if (this.peek().text === '(' && (defined || (ownFunctions.test(letter) && !this.peek().spaced))) {
      const inner = this.#base();
      return { kind: 'call', name: `function ${name}`, args: inner.kind === 'bracket' ? inner.args : [inner] };
    }
    return { kind: 'symbol', name };
  }

  #command(name: string): Node {
    if (/^[dtc]?frac$/.test(name)) return divide(this.#argument(), this.#argument());
    if (/^[dt]?binom$/.test(name)) return { kind: 'call', name: 'binom', args: [this.#argument(), this.#argument()] };
    if (name === 'sqrt') return this.#root();
    if (name === 'infty') return { kind: 'symbol', name: 'infinity' };
    if (name === 'pi') return { kind: 'symbol', name: 'pi' };
    if (name === '$' || name === 'euro' || name === 'pounds')
      return { kind: 'unit', arg: this.#factor(), unit: name === 'pounds' ? 'pound' : name };
    if (name === 'boxed' || name === 'fbox' || name === 'mathit' || name === 'text') return this.#argument();
    if (name === 'overline' || name === 'bar') return { kind: 'call', name: 'conjugate', args: [this.#argument()] };
    if (name === 'emptyset' || name === 'varnothing') return { kind: 'set', args: [] };
    if (name === 'mathbb') return { kind: 'symbol', name: `set ${this.#argumentText()}` };
    if (name === 'begin') return this.#environment();
    if (/^(?:angle|triangle|vec|overrightarrow|hat|widehat|mathcal)$/.test(name))
      return { kind: 'symbol', name: `${name} ${this.#argumentText(name === 'angle' || name === 'triangle')}` };
    if (functionNames.has(name)) return this.#function(name);
    if (greek.has(name)) return this.#named(name);
    throw new NoValue(`\\${name}`);
  }

  #root(): Node {
    if (this.peek().text === '[') {
      this.next();
      const degree = this.sum();
      if (!this.takeSymbol(']')) throw new NoValue('root');
      return { kind: 'call', name: 'root', args: [this.#argument(), degree] };
    }
    return { kind: 'call', name: 'sqrt', args: [this.peek().text === '(' ? this.#base() : this.#argument()] };
  }

  /** \sin^2 3x, \log_2 8, \max(3, 5): without brackets the argument goes on to the next sign or function. */
  #function(name: string): Node {
    const subscript = this.takeSymbol('_') ? this.#argument() : undefined;
    const power = this.takeSymbol('^') ? this.#exponent() : undefined;
    const args = this.#functionArguments();
    const inverse = power?.kind === 'number' && power.value.top === -1n && power.value.bottom === 1n;
    let node: Node;
    if (name === 'log' || name === 'lg') node = { kind: 'call', name: 'log', args: [args[0], subscript ?? integer(10)] };
    else node = { kind: 'call', name: inverse && /^(?:sin|cos|tan|cot)$/.test(name) ? `arc${name}` : name, args };
    return power && !(inverse && node.name.startsWith('arc')) ? { kind: 'pow', base: node, exponent: power } : node;
  }

  #functionArguments(): Node[] {
    if (this.peek().text === '(') {
      const inner = this.#base();
      return inner.kind === 'bracket' ? inner.args : [inner];
    }
    if (this.peek().text === '{') return [this.#argument()];
    const factors = [this.#factorWithSign()];
    for (;;) {
      const token = this.peek();
      if (token.kind === 'command' && functionNames.has(token.text) && token.text !== 'pi' && token.text !== 'sqrt') break;
      if (this.takeSymbol('/')) {
        factors.push(divide(integer(1), this.#factor()));
        continue;
      }
      if (this.#atUnit() || !this.#startsFactor() || token.text === '(' || token.text === '[') break;
      factors.push(this.#factor());
    }
    return [factors.length === 1 ? factors[0] : { kind: 'mul', args: factors }];
  }

  #opened(symbol: string): Node {
    if (symbol === '(' || symbol === '[') return this.#bracket(symbol);
    if (symbol === '{') {
      const node = this.list();
      if (!this.takeSymbol('}')) throw new NoValue('brace');
      return node;
    }
    if (symbol === '\\{') {
      if (this.peek().kind === 'letter' && /^[|:]$/.test(this.peek(1).text)) return this.#setByCondition();
      const node: Node = this.peek().text === '\\}' ? { kind: 'list', args: [] } : this.list();
      if (!this.takeSymbol('\\}')) throw new NoValue('set');
      return { kind: 'set', args: node.kind === 'list' ? node.args : [node] };
    }
    if (symbol === '|') {
      this.#bars++;
      const arg = this.sum();
      this.#bars--;
      if (!this.takeSymbol('|')) throw new NoValue('bars');
      return { kind: 'call', name: 'abs', args: [arg] };
    }
    if (symbol === 'lfloor' || symbol === 'lceil') {
      const arg = this.sum();
      const name = symbol.slice(1);
      if (!this.takeSymbol(`r${name}`)) throw new NoValue(name);
      return { kind: 'call', name, args: [arg] };
    }
    throw new NoValue(`unexpected ${symbol}`);
  }

  /** {x | x > 5} is its condition. */
  #setByCondition(): Node {
    this.next();
    this.next();
    const condition = this.list();
    if (condition.kind !== 'relation' || !this.takeSymbol('\\}')) throw new NoValue('set');
    return condition;
  }

  #bracket(open: '(' | '['): Node {
    const bars = this.#bars;
    this.#bars = 0;
    const node = this.list();
    this.#bars = bars;
    const close = this.takeSymbol(')') ? ')' : this.takeSymbol(']') ? ']' : undefined;
    if (close === undefined) throw new NoValue('bracket');
    if (node.kind !== 'list') {
      if ((open === '(') !== (close === ')')) throw new NoValue('bracket');
      return node;
    }
    return { kind: 'bracket', open, close, args: node.args };
  }

  #environment(): Node {
    const name = this.#argumentText();
    if (!/^(?:[pbvB]?matrix|smallmatrix|array)$/.test(name)) throw new NoValue(name);
    if (name === 'array') this.#argumentText();
    const rows: Node[][] = [[]];
    for (;;) {
      if (this.#take('command', 'end')) break;
      if (this.#take('command', '\\')) rows.push([]);
      else if (!this.takeSymbol('&')) {
        if (this.atEnd()) throw new NoValue('matrix');
        rows[rows.length - 1].push(this.sum());
      }
    }
    this.#argumentText();
    const matrix: Node = { kind: 'matrix', rows: rows.filter((row) => row.length > 0) };
    if (matrix.rows.length === 0 || matrix.rows.some((row) => row.length !== matrix.rows[0].length)) throw new NoValue('matrix');
    return name === 'vmatrix' ? { kind: 'call', name: 'determinant', args: [matrix] } : matrix;
  }

  #atUnit(): boolean {
    const token = this.peek();
    if (token.kind === 'word') return !/^(?:and|or)$/i.test(token.text);
    return token.kind === 'command' && /^(?:\$|euro|pounds|degree)$/.test(token.text);
  }

  /** Words behind a value, "square inches", "cm^2": its unit. Words of prose are none. */
  #unit(arg: Node): Node {
    const words: string[] = [];
    while (this.#atUnit()) {
      const token = this.next();
      const word = token.text === 'pounds' && token.kind === 'command' ? 'pound' : normalUnit(token.text);
      if (proseWords.has(token.text.toLowerCase()) || words.length === 4) throw new NoValue('prose');
      let unit = word;
      if (this.takeSymbol('^')) unit += `^${this.#argumentText()}`;
      if (this.peek().text === '.' && !this.atEnd()) this.next();
      if (this.peek().text === '/' && this.peek(1).kind === 'word') {
        this.next();
        unit += `/${normalUnit(this.next().text)}`;
      }
      words.push(unit);
    }
    if (words.length === 2 && (words[0] === 'square' || words[0] === 'cubic') && (isUnit(words[1]) || words[1] === ''))
      words.splice(0, 2, words[1] === '' ? '' : `${words[1]}^${words[0] === 'square' ? 2 : 3}`);
    const unit = words.filter((word) => word !== '' && !/^\^/.test(word)).join(' ');
    // Letters alone have no unit: "a zero" is prose.
    if (!hasNumber(arg)) throw new NoValue('prose');
    // Not two units: "5 cm cm", "28% percent"
    if (arg.kind === 'unit') throw new NoValue('two units');
    return unit === '' ? arg : { kind: 'unit', arg, unit };
  }

  /** A command's argument: a group, or one sign (\frac12, \sqrt2). */
  #argument(): Node {
    const token = this.peek();
    if (token.kind === 'number' && token.text.length > 1 && /^\d/.test(token.text)) {
      this.#tokens[this.#at] = { ...token, text: token.text.slice(1), spaced: false };
      return integer(BigInt(token.text[0]));
    }
    return token.kind === 'number' ? this.#number(this.next().text) : this.#base();
  }

  /** An argument as text, for names: subscripts, environments, bases. */
  #argumentText(run = false): string {
    if (!this.takeSymbol('{')) {
      let text = this.next().text;
      while (run && this.peek().kind === 'letter') text += this.next().text;
      return text;
    }
    let text = '';
    for (let depth = 1; ; ) {
      const token = this.next();
      if (token.kind === 'end') throw new NoValue('brace');
      if (token.text === '{') depth++;
      if (token.text === '}' && --depth === 0) return text;
      text += token.text;
    }
  }

  #take(kind: Token['kind'], text: string): boolean {
    const token = this.peek();
    if (token.kind !== kind || token.text !== text) return false;
    this.#at++;
    return true;
  }
}

function hasNumber(node: Node): boolean {
  return node.kind === 'number' || (node.kind === 'symbol' && node.name === 'pi') || childrenOf(node).some(hasNumber);
}

function isProper(top: Node & { kind: 'number' }, bottom: Node & { kind: 'number' }): boolean {
  return top.value.bottom === 1n && bottom.value.bottom === 1n && top.value.top > 0n && top.value.top < bottom.value.top;
}

/** 0.1\overline{6} = 1/6 */
function repeating(text: string, digits: string): Node {
  const [whole, decimals] = text.split('.');
  if (decimals === undefined || !/^\d{1,40}$/.test(digits)) throw new NoValue('overline');
  const scale = 10n ** BigInt(decimals.length);
  const nines = 10n ** BigInt(digits.length) - 1n;
  return { kind: 'number', value: fraction(BigInt(whole + decimals) * nines + BigInt(digits), scale * nines) };
}
