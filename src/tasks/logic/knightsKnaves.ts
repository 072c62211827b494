// Knights and knaves (Smullyan, 1978; as Logic-RL trains on them): knights tell the truth, knaves lie, who is what? A puzzle is given out
// only where exactly one of all 2^n assignments makes every knight's statement true and every knave's false.
import { checkKnightsKnaves } from './knightsKnavesCheck.ts';
import { type Puzzle, type PuzzleKind, sample } from './puzzle.ts';
import { drawStatement, isTrue, type Statement, type StatementKind, say } from './statements.ts';

export interface KnightsKnaves extends Puzzle {
  /** Every person, and whether he is a knight. */
  solution: { name: string; knight: boolean }[];
}

const simple: StatementKind[] = ['is', 'and', 'or'];
const all: StatementKind[] = ['is', 'and', 'or', 'if', 'iff', 'exactly', 'at least'];
const sizes = [
  { people: 2, kinds: [...simple, 'if', 'iff'] as StatementKind[] },
  { people: 3, kinds: simple },
  { people: 4, kinds: all },
  { people: 5, kinds: all },
  { people: 7, kinds: all },
];
const allNames = [
  ...['Abigail', 'Aiden', 'Amelia', 'Ava', 'Benjamin', 'Charlotte', 'Daniel', 'David', 'Elizabeth', 'Emily', 'Ethan', 'Evelyn', 'Harper'],
  ...['Henry', 'Isabella', 'Jack', 'Jackson', 'Jacob', 'James', 'Joseph', 'Liam', 'Lily', 'Logan', 'Luke', 'Mason', 'Matthew', 'Mia'],
  ...['Michael', 'Noah', 'Oliver', 'Olivia', 'Owen', 'Penelope', 'Riley', 'Samuel', 'Scarlett', 'Sebastian', 'Sofia', 'Sophia', 'Zoey'],
];

export const knightsKnaves: PuzzleKind<KnightsKnaves> = {
  name: 'knights-knaves',
  form: 'one line a person, such as "Ann is a knight".',
  draw(level, random) {
    const { people, kinds } = sizes[level - 1];
    for (;;) {
      const statements = Array.from({ length: people }, (_, speaker) => drawStatement(kinds, speaker, people, random));
      const found = assignments(statements);
      if (found.length !== 1) continue;
      const names = sample(allNames, people, random);
      const solution = names.map((name, i) => ({ name, knight: ((found[0] >> i) & 1) === 1 }));
      const said = statements.map((statement, i) => `${names[i]} says: "${capital(say(statement, names, i))}."`);
      return {
        canonical: statements.map((statement) => JSON.stringify(statement)).join(' '),
        question:
          'On an island every inhabitant is either a knight or a knave. Knights always tell the truth, and knaves always lie. ' +
          `You meet ${people} inhabitants: ${names.slice(0, -1).join(', ')} and ${names[people - 1]}. ${said.join(' ')} ` +
          'Who is a knight, and who is a knave?',
        answer: solution.map(({ name, knight }) => `${name} is a ${knight ? 'knight' : 'knave'}`).join('\n'),
        solution,
      };
    }
  },
  check: (readings, { solution }) => readings.some((text) => checkKnightsKnaves(text, solution)),
};

/** Every assignment (bit i: person i is a knight) under which each statement is true exactly if its speaker is a knight. */
export function assignments(statements: readonly Statement[]): number[] {
  const people = statements.length;
  return Array.from({ length: 2 ** people }, (_, knights) => knights).filter((knights) =>
    statements.every((statement, speaker) => isTrue(statement, knights, people) === (((knights >> speaker) & 1) === 1)),
  );
}

function capital(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}
