// Parses an answer, LaTeX or plain, to a tree: this file the structure (lists, relations, sets); expression.ts what is between.
import { Expressions } from './expression.ts';
import type { Commas, Token } from './tokens.ts';
import { tokenize } from './tokens.ts';
import type { Node, Relation } from './tree.ts';
import { NoValue } from './work.ts';

const longestAnswer = 4000;

const relations: Record<string, Relation> = {
  '=': '=',
  '!=': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
  '~': '~',
  in: 'in',
};

/**
 * The tree of a whole answer.
 * @throws NoValue where it is not mathematics that this parser knows.
 */
export function parseMath(source: string, commas: Commas): Node {
  if (source.length > longestAnswer) throw new NoValue('too long');
  const parser = new Parser(tokenize(source, commas));
  return parser.whole();
}

class Parser extends Expressions {
  whole(): Node {
    const node = this.overList();
    if (!this.atEnd()) throw new NoValue('rest');
    return node;
  }

  /** Items apart by commas, semicolons or words; semicolons part groups where both are there (p=5,q=2;p=7,q=2). */
  override list(): Node {
    const groups: Node[][] = [[this.relation()]];
    let semicolons = false;
    for (;;) {
      if (this.takeSymbol(';')) {
        semicolons = true;
        this.takeSeparatorWord();
        groups.push([this.relation()]);
      } else if (this.takeSymbol(',')) {
        this.takeSeparatorWord();
        groups[groups.length - 1].push(this.relation());
      } else if (this.takeSeparatorWord()) groups[groups.length - 1].push(this.relation());
      else break;
    }
    if (!semicolons || groups.every((group) => group.length === 1)) return listOf(groups.flat());
    return listOf(groups.map((group) => (group.length === 1 ? group[0] : { kind: 'bracket', open: '(', close: ')', args: group })));
  }

  override relation(): Node {
    const sides = [this.set()];
    const operators: Relation[] = [];
    for (let token = this.peek(); ; token = this.peek()) {
      const operator = relationOf(token);
      if (operator === undefined) break;
      this.next();
      operators.push(operator);
      sides.push(this.set());
    }
    return operators.length === 0 ? sides[0] : { kind: 'relation', operators, sides };
  }

  set(): Node {
    let node = this.sum();
    for (;;) {
      const kind = this.takeSymbol('cup')
        ? 'union'
        : this.takeSymbol('cap')
          ? 'intersection'
          : this.takeSymbol('setminus')
            ? 'difference'
            : undefined;
      if (kind === undefined) return node;
      const right = this.sum();
      node = node.kind === kind && kind !== 'difference' ? { kind, args: [...node.args, right] } : { kind, args: [node, right] };
    }
  }
}

function relationOf(token: Token): Relation | undefined {
  return token.kind === 'symbol' && Object.hasOwn(relations, token.text) ? relations[token.text] : undefined;
}

function listOf(args: Node[]): Node {
  return args.length === 1 ? args[0] : { kind: 'list', args };
}
