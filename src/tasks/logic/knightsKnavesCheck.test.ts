import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Stream, stream } from '../../algorithms/random.ts';
import { finalTexts, plainText } from '../../rewards/finalText.ts';
import { assignments, knightsKnaves } from './knightsKnaves.ts';
import { checkKnightsKnaves } from './knightsKnavesCheck.ts';
import type { Statement } from './statements.ts';

const solution = [
  { name: 'Michael', knight: true },
  { name: 'Zoey', knight: false },
  { name: 'Ethan', knight: true },
];

describe('checkKnightsKnaves, where Michael and Ethan are knights and Zoey is a knave', () => {
  it.each([
    'Michael is a knight, Zoey is a knave, and Ethan is a knight.',
    '(1) Michael is a knight\n(2) Zoey is a knave\n(3) Ethan is a knight',
    '1. Zoey: knave\n2. Ethan: Knight\n3. Michael: KNIGHT',
    'Knights: Michael, Ethan\nKnaves: Zoey',
    'knights: Michael and Ethan; knave: Zoey',
    'Knights:\n- Michael\n- Ethan\n\nKnaves:\n- Zoey\n',
    '{"Michael": "knight", "Zoey": "knave", "Ethan": "knight"}',
    '{"knights": ["Michael","Ethan"], "knaves": ["Zoey"]}',
    '| Name | Type |\n|---|---|\n| Michael | Knight |\n| Zoey | Knave |\n| Ethan | Knight |',
    '| Person | Knight or Knave? |\n|---|---|\n| Michael | Knight |\n| Zoey | Knave |\n| Ethan | Knight |',
    '| Michael | Zoey | Ethan |\n|---|---|---|\n| knight | knave | knight |',
    'Michael and Ethan are knights, and Zoey is a knave.',
    'Only Zoey is a knave; the others are knights.',
    'Zoey is the only knave.',
    'Everyone except Zoey is a knight.',
    'All are knights except Zoey',
    "Michael isn't a knave. Zoey is not a knight. Ethan is a truth-teller.",
    'Michael tells the truth, Zoey lies, Ethan is honest',
    'Michael is a knight and Zoey is not. Ethan is a knight',
    'Michael is a knight and so is Ethan; Zoey is a liar',
    'Michael, Zoey and Ethan are a knight, a knave and a knight respectively',
    'The knights are Michael and Ethan and Zoey is a knave',
    'The answer is: Michael = knight, Zoey = knave, Ethan = knight',
    'Neither Michael nor Ethan is a knave, and Zoey is a knave.',
    'Michael (knight), Zoey (knave), Ethan (knight)',
    'Michael -> knight\nZoey -> knave\nEthan -> knight',
    'Michael is a knight because he tells the truth. Zoey is a knave because she lies. Ethan is a knight, not a knave.',
    'Who is a knight and who is a knave? Michael: knight. Zoey: knave. Ethan: knight.',
    'Zoey is the knave; Michael and Ethan are both knights.',
    'Zoey is a knave and the rest are knights',
    'Knight: Michael\nKnave: Zoey\nKnight: Ethan',

    // As models write it.
    'Therefore, Michael is a knight, Zoey is a knave, and Ethan is a knight.',
    '**Final Answer:**\n\n- **Michael**: Knight\n- **Zoey**: Knave\n- **Ethan**: Knight',
    '### Answer\nMichael – knight\nZoey – knave\nEthan – knight',
    'Michael is a **knight**; Zoey is a **knave**; Ethan is a **knight**.',
    '\\boxed{\\text{Michael is a knight, Zoey is a knave, Ethan is a knight}}',
    '\\boxed{Michael: knight, Zoey: knave, Ethan: knight}',
    'Michael is \\boxed{knight}, Zoey is \\boxed{knave} and Ethan is \\boxed{knight}',
    'Michael and Ethan are telling the truth; Zoey is lying.',
    'Michael and Ethan are knights. Zoey is not a knight.',
    'The knights: Michael, Ethan. The knave: Zoey.',
    'The only knave is Zoey; Michael and Ethan are knights.',
    'Zoey is the only one who is a knave',
    'Here is the solution:\n1. Michael: Knight ✓\n2. Zoey: Knave\n3. Ethan: Knight',
    'Michael=knight,Zoey=knave,Ethan=knight',
    'michael:knight zoey:knave ethan:knight',
    '{"Michael":"knight","Zoey":"knave","Ethan":"knight"}',
    '```json\n{"Michael":"knight","Zoey":"knave","Ethan":"knight"}\n```',
    'Zoey is a knave. Everyone else is a knight.',
    'All except Zoey are knights.',
    'Apart from Zoey, everyone is a knight.',
    'Everyone but Zoey is a knight.',
    'Michael is definitely a knight, Zoey is a knave and Ethan is also a knight.',
    'Michael is a knight; so is Ethan. Zoey, however, is a knave.',
    'Michael, who is a knight; Zoey, who is a knave; Ethan, who is a knight',
    'Michael: knight (tells the truth)\nZoey: knave (lies)\nEthan: knight (tells the truth)',
    '| Knights | Knaves |\n|---|---|\n| Michael | Zoey |\n| Ethan | |',
    '| Person | Knight | Knave |\n|---|---|---|\n| Michael | ✓ | |\n| Zoey | | ✓ |\n| Ethan | ✓ | |',
    'Michael -- knight, Zoey -- knave, Ethan -- knight.',
    'Michael is a Knight, and Zoey and Ethan are a knave and a knight respectively.',
    'The knaves are: Zoey. All others are knights.',
    'There is one knave: Zoey. The other two are knights.',
    'There are two knights, Michael and Ethan, and one knave, Zoey.',
    'Michael is a knight since she tells the truth, and Zoey is a knave as she lies. Ethan is a knight.',
    'Michael (Knight)\nZoey (Knave)\nEthan (Knight)',
    'Michael: Knight.\nZoey: Knave.\nEthan: Knight.\n\nThis assignment is consistent with all statements.',
    'Michael is a knight.\nZoey is a knave.\nEthan is a knight.\nAll statements are consistent.',
    'Knights = {Michael, Ethan}; Knaves = {Zoey}',
    'Knights are Michael & Ethan. Knave is Zoey.',
    'It follows that Michael is a knight, that Zoey is a knave and that Ethan is a knight.',
    'Michael turns out to be a knight, Zoey turns out to be a knave, Ethan is a knight',
    'Michael is identified as a knight. Zoey is identified as a knave. Ethan is identified as a knight.',
    'We can conclude that Michael is a knight, Zoey is a knave, and Ethan is a knight.',
    'Both Michael and Ethan are knights, while Zoey is a knave.',
    'Michael and Ethan are both knights whereas Zoey is the knave',
  ])('%j: right', (text) => {
    expect(finalTexts(text).some((final) => checkKnightsKnaves(final, solution))).toBe(true);
  });

  it.each([
    'Michael is a knight, Zoey is a knight, and Ethan is a knight.',
    'Michael is a knight. Zoey is a knave.',
    'Michael is a knight or a knave, Zoey is a knave, Ethan is a knight',
    'Michael is a knight, Zoey is a knave, Ethan is a knight. Or Michael is a knave.',
    'Michael is a knight, Zoey is a knave, Ethan is a knight. Michael is a knave.',
    'Michael is a knight and a knave, Zoey is a knave, Ethan is a knight.',
    'Knights: Michael, Zoey, Ethan. Knaves: Michael, Zoey, Ethan.',
    'Not everyone is a knight. Zoey is a knave. Michael and Ethan are not both knaves.',
    'It is not true that Michael is a knight. Zoey is a knave, Ethan is a knight',
    'Michael, Zoey, Ethan: knight',
    'If Michael is a knight, Zoey is a knave and Ethan is a knight',
    'Michael says Zoey is a knave. Michael is a knight, Ethan is a knight',
    'Is Michael a knight? Zoey is a knave. Ethan is a knight.',
    'Michael is a knight, Zoey is a knave, Ethan is a knight. The opposite holds.',
    'Michael is neither a knight nor a knave. Zoey is a knave, Ethan is a knight',
    'Only Michael is a knight. Ethan is a knight. Zoey is a knave',
    'knight, knave, knight',
    'Knights: Michael and Ethan',
    '',
    'Everyone is a knight except Zoey and Ethan',
    'Michael is not not a knight, Zoey is a knave, Ethan is a knight',
    'Michael and Ethan are knights',
    'Zoey is a knave. Michael is a knight. Ethan',
    '{"Michael": "knight/knave", "Zoey": "knave", "Ethan": "knight"}',
    'Michael is a knave; Michael is a knight; Zoey is a knave; Ethan is a knight',
    'Michael was thought to be a knave, Zoey is a knave, Ethan is a knight, Michael is a knight',
    'Michael is a knight, Zoey is a knave, and Ethan is a knight. Just kidding.',
    'Michael is a knight. Zoey is a knave. Ethan is a knight. None of this is true.',
    'Michael is a knight. Zoey is a knave. Ethan is a knight. This is false.',
    'Michael is a knight\nZoey is a knight\nEthan is a knight\nMichael is a knave\nZoey is a knave\nEthan is a knave',
    'Case 1: Michael is a knight, Zoey is a knave, Ethan is a knight.\nCase 2: Michael is a knave, Zoey is a knave, Ethan is a knight.',
    'Michael, Zoey, Ethan: knight, knave, knight or knave, knight, knave',
    'Everyone is a knight. Zoey is a knave.',
    'Michael and Ethan are knights, as is Zoey. Zoey is a knave.',
    'Michael is as much a knight as Zoey is a knave. Ethan is a knight',
    'Michael is a knight iff Zoey is a knave. Ethan is a knight. Zoey is a knave.',
    'Michael is hardly a knight. Zoey is a knave. Ethan is a knight.',
    'Nobody but Michael is a knight. Ethan is a knight. Zoey is a knave.',
    'Knights: Michael? Ethan? Knaves: Zoey?',
    'Michael is a knight = false, Zoey is a knave, Ethan is a knight',
    'Knights: 2, knaves: 1',
    'Michael and not Zoey and Ethan are knights',
    'Not Michael is a knight, Zoey is a knave, Ethan is a knight',
    'Michael is a knight, Zoey is a knave, Ethan is a knight, Michael is a liar',
    'I am not sure. Michael is a knight, Zoey is a knave, Ethan is a knight.',
    'Zoey is not the only knave. Michael and Ethan are knights.',
    'Zoey is not a knight. The others are not knaves? Michael and Ethan knights?',
    'Michael: k, Zoey: n, Ethan: k',
    'Ethan is a knave or Michael is a knight, Zoey is a knave, Ethan is a knight',
    'Michael is no knight, Zoey is a knave, Ethan is a knight',
    'Neither Michael nor Ethan is a knight, Zoey is a knave',
    'Michael is a non-knight. Zoey is a knave. Ethan is a knight',
    'Michael is a knight, Zoey is a knave, Ethan is a knight, with probability 0.5',
  ])('%j: not right', (text) => {
    expect(finalTexts(text).some((final) => checkKnightsKnaves(final, solution))).toBe(false);
  });
});

type Person = (typeof solution)[number];
const one = <T>(random: Stream, all: readonly T[]): T => all[random.int(all.length)];
const role = ({ knight }: Person) => (knight ? 'knight' : 'knave');

/** A claim about one person, in one of the ways that are accepted. */
function claim(person: Person, random: Stream): string {
  const { name, knight } = person;
  const other = knight ? 'knave' : 'knight';
  return one(random, [
    `${name} is a ${role(person)}`,
    `${name} is not a ${other}`,
    `${name} isn't the ${other}`,
    `${name}: ${role(person)}`,
    `${name} = ${role(person).toUpperCase()}`,
    `${name} -> ${role(person)}`,
    `**${name}** (${role(person)})`,
    `${name} must be a ${role(person)}, not a ${other}`,
    knight ? `${name} always tells the truth` : `${name} always lies`,
    knight ? `${name} is a truth-teller` : `${name} is a liar`,
    `the ${role(person)} is ${name}`.replace(/^the/, 'a'),
  ]);
}

function rendered(people: readonly Person[], random: Stream): string {
  const order = random.shuffle([...people]);
  const knights = order.filter(({ knight }) => knight).map(({ name }) => name);
  const knaves = order.filter(({ knight }) => !knight).map(({ name }) => name);
  const list = (names: string[], between: string) => (names.length === 0 ? 'none' : names.join(between));
  const text = one(random, [
    () => order.map((person) => claim(person, random)).join('\n'),
    () => order.map((person, i) => `${i + 1}. ${claim(person, random)}`).join('\n'),
    () => order.map((person, i) => `(${i + 1}) ${claim(person, random)}`).join('\n'),
    () => `So ${order.map((person) => claim(person, random)).join('; ')}.`,
    () => order.map((person) => `- ${claim(person, random)}.`).join('\n\n'),
    () => `The answer is: ${order.map((person) => `${person.name} is a ${role(person)}`).join(', and ')}.`,
    () => `Knights: ${list(knights, ', ')}\nKnaves: ${list(knaves, ' and ')}`,
    () => `Knaves:\n${list(knaves, '\n')}\n\nKnights:\n${list(knights, '\n')}`,
    () => JSON.stringify(Object.fromEntries(order.map((person) => [person.name, role(person)]))),
    () => JSON.stringify({ knights, knaves }),
    () => `| Name | Role |\n|---|:-:|\n${order.map((person) => `| ${person.name} | ${role(person)} |`).join('\n')}`,
    () => `| ${order.map(({ name }) => name).join(' | ')} |\n|${'---|'.repeat(order.length)}\n| ${order.map(role).join(' | ')} |`,
    () => {
      if (knights.length === 0) return 'Everyone is a knave.';
      if (knaves.length === 0) return 'All of them are knights.';
      if (knights.length === 1) return `Only ${knights[0]} is a knight.`;
      return one(random, [
        `${list(knights, ' and ')} are knights and the others are knaves.`,
        `Everybody except ${list(knaves, ' and ')} is a knight`,
        `Neither ${list(knights, ' nor ')} is a knave; the rest are knaves.`,
      ]);
    },
  ])();
  return one(random, [text, text, text.toLowerCase(), text.toUpperCase(), `  ${text.replaceAll(' ', '  ')}\n`]);
}

describe('checkKnightsKnaves, for any puzzle', () => {
  const puzzle = fc.tuple(fc.integer(), fc.integer({ min: 1, max: 5 }));
  const drawn = ([seed, level]: [number, number]) => {
    const random = stream(seed, 'knights and knaves test');
    return { random, people: knightsKnaves.draw(level, random).solution };
  };

  it('takes the right assignment in any form, and none with a single role changed', () => {
    fc.assert(
      fc.property(puzzle, (place) => {
        const { random, people } = drawn(place);
        const text = rendered(people, random);
        expect(checkKnightsKnaves(plainText(text), people), text).toBe(true);
        const at = random.int(people.length);
        const changed = people.map((person, i) => (i === at ? { ...person, knight: !person.knight } : person));
        const wrong = rendered(changed, random);
        expect(checkKnightsKnaves(plainText(wrong), people), wrong).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('takes none with a person left out, left open, or said to be both', () => {
    fc.assert(
      fc.property(puzzle, (place) => {
        const { random, people } = drawn(place);
        const at = random.int(people.length);
        const { name } = people[at];
        const rest = people.filter((_, i) => i !== at);
        const said = rest.map((person) => claim(person, random)).join('\n');
        const opposite = claim({ name, knight: !people[at].knight }, random);
        const right = claim(people[at], random);
        for (const text of [
          said,
          `${said}\n${name} is a knight or a knave`,
          `${said}\n${name}`,
          `${said}\n${name}: knight/knave`,
          `${said}\n${name} may be a ${role(people[at])}`,
          `${said}\n${right}\n${opposite}`,
          `${opposite}\n${said}\n${right}`,
          `${said}\n${right} or ${opposite}`,
          `${said}\n${right}, if ${opposite}`,
          `${said}\nIs ${name} a ${role(people[at])}?`,
          `${people.map((person) => claim(person, random)).join('\n')}\nOr the other way round: the opposite.`,
          `Knights: ${people.map((p) => p.name).join(', ')}\nKnaves: ${people.map((p) => p.name).join(', ')}`,
        ])
          expect(checkKnightsKnaves(plainText(text), people), text).toBe(false);
      }),
    );
  });

  it('takes none in which one word for a role is exchanged, denied or left open', () => {
    fc.assert(
      fc.property(puzzle, (place) => {
        const { random, people } = drawn(place);
        const text = rendered(people, random);
        const roles = [...text.matchAll(/knight|knave|liar|truth-teller|tells the truth|lies/gi)];
        if (roles.length === 0) return;
        const { 0: word, index } = one(random, roles);
        const exchanged = /^(?:knight|t)/i.test(word) ? 'knave' : 'knight';
        for (const other of [exchanged, `not ${word}`, `${word} or ${exchanged}`, `or ${word}`, `maybe ${word}`]) {
          const wrong = text.slice(0, index) + other + text.slice(index + word.length);
          expect(checkKnightsKnaves(plainText(wrong), people), wrong).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never throws', () => {
    const words = fc.constantFrom(
      'Michael',
      'Zoey',
      'knight',
      'knaves',
      'not',
      'is',
      'all',
      'only',
      'except',
      'the others',
      'they',
      'nor',
      'both',
      '\n',
      '|',
      '?',
      ',',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string())), (pieces) => {
        expect(typeof checkKnightsKnaves(pieces.join(' '), solution)).toBe('boolean');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('assignments', () => {
  it('finds every assignment: of two who call each other knaves, one is a knight', () => {
    const knave = (who: number) => ({ kind: 'is', who, knight: false, negated: false }) as const;
    expect(assignments([knave(1), knave(0)])).toEqual([0b01, 0b10]);
    // "At least one of us is a knave", said by both: the lie would be true.
    const some = { kind: 'at least', count: 1, knight: false } as const;
    expect(assignments([some, { kind: 'is', who: 0, knight: true, negated: false }])).toEqual([]);
  });

  it('is one for every puzzle given out, and the one that is right', () => {
    for (let level = 1; level <= 5; level++)
      for (let seed = 0; seed < 20; seed++) {
        const { canonical, solution: people } = knightsKnaves.draw(level, stream(seed, level));
        const statements = canonical.split(/ (?=\{)/).map((text) => JSON.parse(text) as Statement);
        const knights = people.reduce((set, { knight }, i) => set | (Number(knight) << i), 0);
        expect(assignments(statements)).toEqual([knights]);
      }
  });
});
