// The parser's inner part: sums, products, powers and functions, by recursive descent with a bounded depth; groups.ts has the brackets.
import { Groups } from './groups.ts';
import { basedNumber, numberOf, repeatingDecimal } from './literals.ts';
import { scales } from './notation.ts';
import { functionNames } from './tokens.ts';
import { childrenOf, divide, integer, type Node, negate } from './tree.ts';
import { atUnit, currencies, readUnit } from './unitWords.ts';
import { NoValue } from './work.ts';

const greek = new Set(
  'alpha beta gamma delta epsilon varepsilon zeta eta theta kappa lambda mu nu xi rho sigma tau phi varphi chi psi omega Gamma Delta Theta Lambda Sigma Phi Psi Omega ell'.split(
    ' ',
  ),
);
/** Letters that name functions where a bracket follows. */
const ownFunctions = /^[fghFGH]$/;

export abstract class Expressions extends Groups {
  override sum(): Node {
    return this.deeper(() => {
      const args: Node[] = [this.#signed()];
      for (;;) {
        if (this.takeSymbol('+')) args.push(this.#product());
        else if (this.takeSymbol('-')) args.push(negate(this.#product()));
        else if (this.takeSymbol('pm')) args.push({ kind: 'plusminus', sign: 1, arg: this.#product() });
        else if (this.takeSymbol('mp')) args.push({ kind: 'plusminus', sign: -1, arg: this.#product() });
        else return args.length === 1 ? args[0] : { kind: 'add', args };
      }
    });
  }

  #signed(): Node {
    return this.deeper(() => {
      if (this.takeSymbol('-') || this.take('word', 'minus') || this.take('word', 'negative')) return negate(this.#signed());
      if (this.takeSymbol('+')) return this.#signed();
      if (this.takeSymbol('pm')) return { kind: 'plusminus', sign: 1, arg: this.#signed() };
      if (this.takeSymbol('mp')) return { kind: 'plusminus', sign: -1, arg: this.#signed() };
      return this.#product();
    });
  }

  #product(): Node {
    let node = this.#factor();
    const factors: Node[] = [];
    const flush = (): Node => (factors.length === 0 ? node : { kind: 'mul', args: [node, ...factors.splice(0)] });
    for (;;) {
      if (this.takeSymbol('*')) factors.push(this.#factorWithSign());
      else if (this.takeSymbol('/')) node = divide(flush(), this.#factorWithSign());
      else if (this.take('command', 'bmod') || this.take('command', 'mod'))
        node = { kind: 'call', name: 'mod', args: [flush(), this.#factorWithSign()] };
      else if (this.takeSymbol(':')) {
        const right = this.#product();
        node = { kind: 'ratio', args: [flush(), ...(right.kind === 'ratio' ? right.args : [right])] };
      } else if (this.takeSymbol('%')) node = { kind: 'unit', arg: flush(), unit: '%' };
      else if (this.#takeScale(factors, node)) continue;
      else if (atUnit(this)) node = this.#quantity(flush());
      else {
        // Behind a quantity a number is another one: 5 ft 3 in, 1 to 10.
        const behindQuantity = (factors.at(-1) ?? node).kind === 'unit' || this.peek(-1).kind === 'word';
        if (this.peek().kind === 'number' && behindQuantity) return flush();
        const mixed = factors.length === 0 ? this.#mixedNumber(node) : undefined;
        if (mixed) node = mixed;
        else if (this.#startsFactor()) factors.push(this.#factor());
        else return flush();
      }
    }
  }

  /** 1.5 million */
  #takeScale(factors: Node[], node: Node): boolean {
    const zeros = this.peek().kind === 'word' ? scales.get(this.peek().text.toLowerCase()) : undefined;
    if (zeros === undefined || !hasNumber(factors.at(-1) ?? node)) return false;
    this.next();
    factors.push(integer(10n ** zeros));
    return true;
  }

  #factorWithSign(): Node {
    if (this.takeSymbol('-')) return negate(this.#factorWithSign());
    return this.#factor();
  }

  /** 1\frac{4}{5} and 3 1/2 are sums. */
  #mixedNumber(whole: Node): Node | undefined {
    if (whole.kind !== 'number' || whole.decimals !== undefined) return undefined;
    return this.attempt(() => {
      let [top, bottom]: (Node | undefined)[] = [];
      if (/^[dtc]?frac$/.test(this.peek().text)) {
        this.next();
        top = this.#argument();
        bottom = this.#argument();
      } else if (this.peek().kind === 'number' && this.peek(1).text === '/' && this.peek(2).kind === 'number') {
        top = numberOf(this.next().text);
        this.next();
        bottom = numberOf(this.next().text);
      }
      return isProper(top, bottom) ? ({ kind: 'add', args: [whole, divide(top, bottom)] } as const) : undefined;
    });
  }

  #startsFactor(): boolean {
    const token = this.peek();
    if (token.kind === 'letter' || token.kind === 'command') return !/^(?:end|over|choose|b?mod|\\)$/.test(token.text);
    // "5 7" are two answers, not a product.
    if (token.kind === 'number') return this.peek(-1).kind !== 'number';
    return token.kind === 'symbol' && (/^(?:[([{]|\\\{|lfloor|lceil)$/.test(token.text) || (token.text === '|' && !this.withinBars));
  }

  #factor(): Node {
    return this.deeper(() => {
      let node = this.#base();
      let raised = false;
      for (;;) {
        if (this.takeSymbol('^')) {
          if (this.#takeDegree()) node = { kind: 'unit', arg: node, unit: this.#temperature() };
          // 2^3^2 can be read in two ways.
          else if (raised) throw new NoValue('two exponents');
          else node = { kind: 'pow', base: node, exponent: this.#exponent() };
          raised = true;
        } else if (this.takeSymbol('!')) node = { kind: 'call', name: 'factorial', args: [node] };
        else if (this.takeSymbol('%')) node = { kind: 'unit', arg: node, unit: '%' };
        else if (this.takeSymbol("'")) node = { kind: 'call', name: 'function prime', args: [node] };
        else return node;
      }
    });
  }

  #exponent(): Node {
    if (this.takeSymbol('-')) return negate(this.#exponent());
    const token = this.peek();
    if (token.kind === 'number') return numberOf(this.next().text);
    if (token.kind === 'symbol' && token.text === '(') return this.#base();
    return this.#argument();
  }

  #takeDegree(): boolean {
    const found = this.attempt(() => {
      const braced = this.takeSymbol('{');
      return (this.take('command', 'circ') && (!braced || this.takeSymbol('}'))) || undefined;
    });
    return found === true;
  }

  /** 5^\circ C is no angle. */
  #temperature(): string {
    const scale = ['C', 'F'].find((letter) => this.take('letter', letter));
    return scale === undefined ? 'degree' : `degree ${scale}`;
  }

  #base(): Node {
    const token = this.next();
    switch (token.kind) {
      case 'number':
        return this.#numberOrBased(token.text);
      case 'letter':
        return this.#named(token.text);
      case 'command':
        return this.#command(token.text);
      case 'symbol':
        return this.opened(token.text);
      case 'word':
        // Area = 5
        if (this.peek().text === '=') return { kind: 'symbol', name: `word ${token.text.toLowerCase()}` };
        throw new NoValue(token.text);
      default:
        throw new NoValue('end');
    }
  }

  #numberOrBased(text: string): Node {
    if (this.take('command', 'overline') || this.take('command', 'bar')) return repeatingDecimal(text, this.argumentText());
    return this.takeSymbol('_') ? basedNumber(text, this.argumentText()) : numberOf(text);
  }

  /** A letter with its subscript, or a function of the problem's own: f(x), P(x + 1). */
  #named(letter: string): Node {
    const name = this.takeSymbol('_') ? `${letter}_${this.argumentText()}` : letter;
    const defined = this.peek(1).kind === 'letter' && this.peek(2).text === ')' && this.peek(3).text === '=';
    if (this.peek().text === '(' && (defined || (ownFunctions.test(letter) && !this.peek().spaced))) {
      const inner = this.#base();
      return { kind: 'call', name: `function ${name}`, args: inner.kind === 'bracket' ? inner.args : [inner] };
    }
    return { kind: 'symbol', name };
  }

  #command(name: string): Node {
    if (/^(?:[dtcs]?|nice)frac$/.test(name)) return divide(this.#argument(), this.#argument());
    if (/^[dt]?binom$/.test(name)) return { kind: 'call', name: 'binom', args: [this.#argument(), this.#argument()] };
    if (name === 'sqrt') return this.#root();
    if (name === 'infty') return { kind: 'symbol', name: 'infinity' };
    if (name === 'pi') return { kind: 'symbol', name: 'pi' };
    if (currencies.test(name)) return { kind: 'unit', arg: this.#factor(), unit: name === 'pounds' ? 'pound' : name };
    if (name === 'boxed' || name === 'fbox' || name === 'mathit' || name === 'text') return this.#argument();
    if (name === 'overline' || name === 'bar') return { kind: 'call', name: 'conjugate', args: [this.#argument()] };
    if (name === 'emptyset' || name === 'varnothing') return { kind: 'set', args: [] };
    if (name === 'mathbb') return { kind: 'symbol', name: `set ${this.argumentText()}` };
    if (name === 'begin') return this.environment();
    if (/^(?:angle|triangle|vec|overrightarrow|hat|widehat|mathcal)$/.test(name))
      return { kind: 'symbol', name: `${name} ${this.argumentText(name === 'angle' || name === 'triangle')}` };
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
      if (atUnit(this) || !this.#startsFactor() || token.text === '(' || token.text === '[') break;
      factors.push(this.#factor());
    }
    return [factors.length === 1 ? factors[0] : { kind: 'mul', args: factors }];
  }

  #quantity(arg: Node): Node {
    const unit = readUnit(this);
    // Letters alone have no unit ("a zero" is prose), and none has two ("5 cm cm").
    if (!hasNumber(arg) || hasUnit(arg)) throw new NoValue('prose');
    return unit === '' ? arg : { kind: 'unit', arg, unit };
  }

  /** A command's argument: a group, or one sign (\frac12, \sqrt2). */
  #argument(): Node {
    const token = this.peek();
    if (token.kind !== 'number') return this.#base();
    return numberOf(/^\d/.test(token.text) ? this.takeDigit() : this.next().text);
  }
}

function hasNumber(node: Node): boolean {
  return node.kind === 'number' || (node.kind === 'symbol' && node.name === 'pi') || childrenOf(node).some(hasNumber);
}

function hasUnit(node: Node): boolean {
  return node.kind === 'unit' || childrenOf(node).some(hasUnit);
}

/** Two integers, the first above 0 and below the second. */
function isProper(top: Node | undefined, bottom: Node | undefined): top is Node {
  if (top?.kind !== 'number' || bottom?.kind !== 'number') return false;
  return top.value.bottom === 1n && bottom.value.bottom === 1n && top.value.top > 0n && top.value.top < bottom.value.top;
}
