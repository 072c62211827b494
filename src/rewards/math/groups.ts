// What stands in brackets: groups, tuples and intervals, sets, absolute values, matrices.
import { Cursor } from './cursor.ts';
import { basedNumber } from './literals.ts';
import { divide, type Node } from './tree.ts';
import { NoValue } from './work.ts';

export abstract class Groups extends Cursor {
  #bars = 0;

  abstract list(): Node;
  abstract relation(): Node;
  abstract sum(): Node;

  /** Here a bar closes an absolute value. */
  protected get withinBars(): boolean {
    return this.#bars > 0;
  }

  /** A list, or TeX's {1 \over 2} and {5 \choose 2}. */
  protected overList(): Node {
    const node = this.list();
    if (this.take('command', 'over')) return divide(node, this.list());
    return this.take('command', 'choose') ? { kind: 'call', name: 'binom', args: [node, this.list()] } : node;
  }

  protected opened(symbol: string): Node {
    if (symbol === '(' || symbol === '[') return this.#bracket(symbol);
    if (symbol === '{') {
      const node = this.overList();
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
    // (1011)_2
    const number = this.peek(-2);
    if (node.kind === 'number' && number.kind === 'number' && this.takeSymbol('_')) return basedNumber(number.text, this.argumentText());
    if (node.kind !== 'list') {
      if ((open === '(') !== (close === ')')) throw new NoValue('bracket');
      return node;
    }
    return { kind: 'bracket', open, close, args: node.args };
  }

  /** The rows of a system of equations are a list; what has a condition beside it (&) is not known. */
  #system(): Node {
    const args = [this.relation()];
    for (;;) {
      this.takeSymbol(',');
      if (!this.take('command', '\\') || this.peek().text === 'end') break;
      args.push(this.relation());
    }
    if (!this.take('command', 'end')) throw new NoValue('cases');
    this.argumentText();
    return { kind: 'list', args };
  }

  protected environment(): Node {
    const name = this.argumentText();
    if (name === 'cases') return this.#system();
    if (!/^(?:[pbvB]?matrix|smallmatrix|array)$/.test(name)) throw new NoValue(name);
    if (name === 'array') this.argumentText();
    const rows: Node[][] = [[]];
    // Entries that no & parts would be one, or two: nobody can say.
    for (let parted = true; !this.take('command', 'end'); ) {
      if (this.take('command', '\\')) {
        rows.push([]);
        parted = true;
      } else if (this.takeSymbol('&')) parted = true;
      else {
        if (this.atEnd() || !parted) throw new NoValue('matrix');
        rows[rows.length - 1].push(this.sum());
        parted = false;
      }
    }
    this.argumentText();
    const matrix: Node = { kind: 'matrix', rows: rows.filter((row) => row.length > 0) };
    if (matrix.rows.length === 0 || matrix.rows.some((row) => row.length !== matrix.rows[0].length)) throw new NoValue('matrix');
    return name === 'vmatrix' ? { kind: 'call', name: 'determinant', args: [matrix] } : matrix;
  }
}
