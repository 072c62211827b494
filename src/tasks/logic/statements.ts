// What the people of a knights and knaves puzzle say: statements about who is a knight, their truth and their English.
import type { Stream } from '../../algorithms/random.ts';

export type Statement =
  | { kind: 'is'; who: number; knight: boolean; negated: boolean }
  | { kind: 'and' | 'or' | 'if' | 'iff'; left: Statement; right: Statement }
  | { kind: 'exactly' | 'at least'; count: number; knight: boolean };

/** Whether the statement is true where bit i of `knights` says that person i is a knight. */
export function isTrue(statement: Statement, knights: number, people: number): boolean {
  switch (statement.kind) {
    case 'is':
      return (((knights >> statement.who) & 1) === 1) === (statement.knight !== statement.negated);
    case 'and':
      return isTrue(statement.left, knights, people) && isTrue(statement.right, knights, people);
    case 'or':
      return isTrue(statement.left, knights, people) || isTrue(statement.right, knights, people);
    case 'if':
      return !isTrue(statement.left, knights, people) || isTrue(statement.right, knights, people);
    case 'iff':
      return isTrue(statement.left, knights, people) === isTrue(statement.right, knights, people);
    default: {
      let count = 0;
      for (let i = 0; i < people; i++) if (((knights >> i) & 1) === Number(statement.knight)) count++;
      return statement.kind === 'exactly' ? count === statement.count : count >= statement.count;
    }
  }
}

/** The statement in the speaker's English: of himself he says "I". */
export function say(statement: Statement, names: readonly string[], speaker: number): string {
  if (statement.kind === 'is') {
    const { who, knight, negated } = statement;
    return `${who === speaker ? 'I am' : `${names[who]} is`} ${negated ? 'not ' : ''}a ${knight ? 'knight' : 'knave'}`;
  }
  if (!('left' in statement)) {
    const { kind, count, knight } = statement;
    const role = knight ? 'knight' : 'knave';
    return `${kind} ${numerals[count]} of us ${count === 1 ? `is a ${role}` : `are ${role}s`}`;
  }
  const [left, right] = [say(statement.left, names, speaker), say(statement.right, names, speaker)];
  switch (statement.kind) {
    case 'if':
      return `if ${left}, then ${right}`;
    case 'iff':
      return `${left} if and only if ${right}`;
    default:
      return `${left} ${statement.kind} ${right}`;
  }
}

const numerals = ['none', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'];

export type StatementKind = Statement['kind'];

/** A statement of one of these kinds; the parts of a compound one are about two different people. */
export function drawStatement(kinds: readonly StatementKind[], speaker: number, people: number, random: Stream): Statement {
  const kind = kinds[random.int(kinds.length)];
  // Nobody speaks of himself alone: "I am a knight" says nothing.
  const other = (...not: number[]): number => {
    const free = Array.from({ length: people }, (_, i) => i).filter((i) => !not.includes(i));
    return free[random.int(free.length)];
  };
  const is = (who: number): Statement => ({ kind: 'is', who, knight: random.int(2) === 0, negated: random.int(4) === 0 });
  switch (kind) {
    case 'is':
      return is(other(speaker));
    case 'exactly':
    case 'at least':
      return { kind, count: 1 + random.int(people - 1), knight: random.int(2) === 0 };
    default: {
      const left = other();
      return { kind, left: is(left), right: is(other(left)) };
    }
  }
}
