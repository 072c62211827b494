// The judge of a written answer to knights and knaves. Every sentence that names a person or a role must be understood as a whole; one that
// is not, one that leaves something open ("or", "if", "maybe") and a claim that contradicts another make the answer no answer.
//
// Accepted: "Ann is a knight" in any order, also "not a knave", "tells the truth", "a liar"; lists by person or by role ("Knights: Ann, Bob"),
// JSON, tables with a row a person or with one row of names over one of roles; "everyone", "nobody", "the others", "only Ann",
// "all but Ann", "neither ... nor". Every person must get a role: one that is merely left out of a list of knights has none.
import { tablesAsSentences } from './knightsKnavesTable.ts';
import { type Token, tokensOf } from './knightsKnavesWords.ts';

/** Whether the text says of every person, and rightly, whether he is a knight. */
export function checkKnightsKnaves(text: string, solution: readonly { name: string; knight: boolean }[]): boolean {
  const names = solution.map(({ name }) => name.toLowerCase());
  const reader = new Reader(names.length);
  for (const { words, asked, inTable } of segments(tablesAsSentences(text.toLowerCase())))
    if (!reader.read(tokensOf(words, names), asked, inTable)) return false;
  return reader.finish() && solution.every(({ knight }, who) => reader.claims.get(who) === knight);
}

const conjunction = /\b(?:because|since|while|whereas|although|though|(?<!\b(?:all|everyone|everybody) )but)\b/;

function segments(text: string): { words: string; asked: boolean; inTable: boolean }[] {
  return [...text.matchAll(/([^.;!?\n]*)([.;!?\n]|$)/g)].flatMap(([, sentence, end]) =>
    (sentence.trim() === '' ? [] : sentence.split(conjunction)).map((words) => ({
      words,
      asked: end === '?',
      inTable: words.includes('|'),
    })),
  );
}

const isSubject = ({ kind }: Token) =>
  kind === 'name' || kind === 'all' || kind === 'none' || kind === 'rest' || kind === 'they' || kind === 'both';

class Reader {
  readonly claims = new Map<number, boolean>();
  private readonly people: number;
  /** The role that the names below it have. */
  private heading: boolean | undefined;
  /** Names whose role, or roles in a table, stand below. */
  private pending: { who: number[]; inTable: boolean } | undefined;
  /** Whom "he" or "they" means. */
  private last: number[] = [];
  private lastRole: boolean | undefined;

  constructor(people: number) {
    this.people = people;
  }

  /** Takes in a segment; false where the answer is spoilt. */
  read(tokens: Token[], asked: boolean, inTable: boolean): boolean {
    const has = (kind: Token['kind']) => tokens.some((token) => token.kind === kind);
    if (has('hedge')) return false;
    const roles = tokens.filter((token) => token.kind === 'role');
    const subjects = tokens.some(isSubject);
    // "All statements are consistent" is about no person.
    const prose = !subjects || (has('other') && !has('name'));
    if (prose && roles.length === 0) return !has('none') && !has('except') && !has('not') && !has('neither') && !has('nor') && !has('or');
    // A question repeated is no claim; one that names somebody is no answer.
    if (asked) return !subjects || this.isQuestionToAll(tokens);
    if (has('other')) return false;
    // "Knight or knave?" heads a table; anywhere else it leaves open which.
    if (!subjects && has('or')) return this.finish() && roles.length > 1;
    if (!subjects) return this.readRoles(roles, has('not') || has('neither'), inTable);
    if (has('or')) return false;
    if (roles.length === 0) return this.readNames(tokens, inTable);
    if (!this.finish()) return false;
    this.heading = undefined;
    if (has('except')) return this.readException(tokens);
    const first = tokens.find((token) => isSubject(token) || token.kind === 'role');
    return first?.kind === 'role' ? this.roleFirst(tokens, 0) : this.subjectFirst(tokens, 0, undefined);
  }

  /** False where names were given no role. */
  finish(): boolean {
    return this.pending === undefined;
  }

  private isQuestionToAll(tokens: Token[]): boolean {
    return !tokens.some(({ kind }) => kind === 'name');
  }

  /** Roles without names: a heading over names, the role of the name above, a table's head, or the rules told again. */
  private readRoles(roles: Token[], negated: boolean, inTable: boolean): boolean {
    const knights = roles.flatMap((token) => (token.kind === 'role' ? [token.knight] : []));
    const { pending } = this;
    this.pending = undefined;
    if (pending) {
      if (negated) return false;
      if (knights.length === 1) return this.claim(pending.who, knights[0]);
      return pending.inTable && inTable && this.respectively(pending.who, knights);
    }
    this.heading = knights.length === 1 ? knights[0] : undefined;
    return !negated || knights.length > 1;
  }

  private readNames(tokens: Token[], inTable: boolean): boolean {
    if (tokens.some(({ kind }) => kind === 'not' || kind === 'neither' || kind === 'except')) return false;
    // "Ann is a knight; so is Bob"
    if (tokens.some(({ kind }) => kind === 'same')) return this.finish() && this.subjectFirst(tokens, 0, this.lastRole);
    if (this.heading !== undefined) return this.roleFirst([{ kind: 'role', knight: this.heading }, ...tokens], 0);
    const who = tokens.flatMap((token) => (token.kind === 'name' ? [token.who] : []));
    if (this.pending || who.length === 0) return false;
    this.pending = { who, inTable };
    return true;
  }

  /** "All but Ann are knights", "everyone is a knave except Ann and Bob". */
  private readException(tokens: Token[]): boolean {
    const plain = tokens.filter(({ kind }) => kind !== 'is');
    const who = plain.flatMap((token) => (token.kind === 'name' ? [token.who] : []));
    const role = plain.find((token) => token.kind === 'role');
    const form = plain.map(({ kind }) => kind).join(' ');
    if (role?.kind !== 'role' || !/^(?:all except(?: name)+ role|all role except(?: name)+|except(?: name)+ all role)$/.test(form))
      return false;
    return (
      this.claim(
        this.everyone().filter((i) => !who.includes(i)),
        role.knight,
      ) && this.claim(who, !role.knight)
    );
  }

  /** Subjects, then their role, again and again: "Ann and Bob are knights, Cy is not". */
  private subjectFirst(tokens: Token[], from: number, before: boolean | undefined): boolean {
    let at = from;
    const who: number[] = [];
    const seen = { not: 0, early: false, neither: false, only: false, same: false, quantified: false };
    for (; at < tokens.length && tokens[at].kind !== 'role'; at++) {
      const token = tokens[at];
      if (isSubject(token)) {
        const quantifier = token.kind === 'all' || token.kind === 'both';
        if (quantifier && (who.length > 0 || (token.kind === 'both' && tokens[at + 1]?.kind === 'name'))) {
          // "Ann and Bob are both knights": the word adds nothing, unless it is denied.
          if (seen.not > 0) return false;
          continue;
        }
        if (quantifier) seen.quantified = true;
        if (token.kind === 'none') seen.not++;
        const meant = this.subject(token);
        if (meant.length === 0) return false;
        who.push(...meant);
      } else if (token.kind === 'not') {
        if (who.length === 0) seen.early = true;
        seen.not++;
      } else if (token.kind === 'neither') {
        seen.neither = true;
        seen.not++;
      } else if (token.kind === 'only') seen.only = true;
      else if (token.kind === 'same') seen.same = true;
      else if (token.kind === 'nor' && !seen.neither) return false;
    }
    if (seen.not > 1 || (seen.not > 0 && (seen.quantified || seen.only))) return false;
    if (at === tokens.length) {
      // "... and Bob is not", "... and so is Bob"
      if (who.length === 0) return seen.not === 0;
      if (before === undefined || (seen.not === 0) !== seen.same) return false;
      return this.claim(who, before === (seen.not === 0));
    }
    if (who.length === 0 || seen.early) return false;
    const roles: boolean[] = [];
    let negated = seen.not === 1;
    let each = false;
    for (; at < tokens.length && !startsSubject(tokens, at); at++) {
      const token = tokens[at];
      if (token.kind === 'role') {
        roles.push(token.knight !== negated);
        negated = false;
      } else if (token.kind === 'not' || token.kind === 'nor' || token.kind === 'neither') {
        if (negated) return false;
        negated = true;
      } else if (token.kind === 'only') seen.only = true;
      else if (token.kind === 'respectively') each = true;
    }
    if (negated) return false;
    if (each ? !this.respectively(who, roles) : !roles.every((knight) => this.claim(who, knight))) return false;
    if (seen.only && (roles.length > 1 || !this.claimOthers(who, !roles[0]))) return false;
    return at === tokens.length || this.subjectFirst(tokens, at, roles.at(-1));
  }

  /** A role, then who has it, again and again: "the knights are Ann and Bob, the only knave is Cy". */
  private roleFirst(tokens: Token[], from: number): boolean {
    let at = from;
    let only = false;
    for (; tokens[at].kind !== 'role'; at++) {
      if (tokens[at].kind === 'only') only = true;
      else if (tokens[at].kind !== 'is') return false;
    }
    const role = tokens[at];
    if (role.kind !== 'role') return false;
    const who: number[] = [];
    let none = false;
    let beAfterName = -1;
    let lastName = -1;
    for (at++; at < tokens.length && tokens[at].kind !== 'role'; at++) {
      const token = tokens[at];
      if (token.kind === 'only') {
        if (tokens[at + 1]?.kind === 'role') break;
        only = true;
      } else if (token.kind === 'none') none = true;
      else if (isSubject(token)) {
        if (token.kind === 'both' && tokens[at + 1]?.kind === 'name') continue;
        const meant = this.subject(token);
        if (meant.length === 0) return false;
        who.push(...meant);
        lastName = at;
      } else if (token.kind === 'is') {
        if (who.length > 0) beAfterName = at;
      } else if (token.kind !== 'respectively') return false;
    }
    // "The knights are Ann and Bob and Cy is a knave": the last name begins a sentence of its own.
    const split =
      at < tokens.length && tokens[at].kind === 'role' && beAfterName > lastName && who.length > 1 && tokens[lastName].kind === 'name';
    if (split) who.pop();
    if (none ? who.length > 0 : who.length === 0) return false;
    if (!this.claim(none ? this.everyone() : who, none ? !role.knight : role.knight)) return false;
    if (only && !this.claimOthers(who, !role.knight)) return false;
    if (split) return this.subjectFirst(tokens, lastName, role.knight);
    return at === tokens.length || this.roleFirst(tokens, at);
  }

  private subject(token: Token): number[] {
    switch (token.kind) {
      case 'name':
        return [token.who];
      case 'they':
        return this.last;
      case 'rest': {
        // After "only Ann is a knight" nobody is left, and "the others" are those beside Ann.
        const unclaimed = this.everyone().filter((who) => !this.claims.has(who));
        return unclaimed.length > 0 ? unclaimed : this.everyone().filter((who) => !this.last.includes(who));
      }
      case 'both':
        return this.people === 2 ? this.everyone() : [];
      default:
        return this.everyone();
    }
  }

  private respectively(who: number[], knights: boolean[]): boolean {
    return who.length === knights.length && who.every((one, i) => this.claim([one], knights[i]));
  }

  private claim(who: number[], knight: boolean): boolean {
    this.last = who;
    this.lastRole = knight;
    for (const one of who) {
      if ((this.claims.get(one) ?? knight) !== knight) return false;
      this.claims.set(one, knight);
    }
    return true;
  }

  private claimOthers(who: number[], knight: boolean): boolean {
    const consistent = this.claim(
      this.everyone().filter((i) => !who.includes(i)),
      knight,
    );
    this.last = who;
    return consistent;
  }

  private everyone(): number[] {
    return Array.from({ length: this.people }, (_, i) => i);
  }
}

/** Whether a new subject begins here: the words before it ("not", "so", "only") are its own. */
function startsSubject(tokens: Token[], at: number): boolean {
  for (let i = at; i < tokens.length; i++) {
    const { kind } = tokens[i];
    if (kind === 'all' || kind === 'both' || kind === 'name' || kind === 'rest' || kind === 'none' || kind === 'they') return true;
    if (kind === 'role' || kind === 'respectively') return false;
  }
  return false;
}
