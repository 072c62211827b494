import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Stream, stream } from '../../algorithms/random.ts';
import { finalTexts, plainText } from '../../rewards/finalText.ts';
import { zebra } from './zebra.ts';
import { checkZebra } from './zebraCheck.ts';

type House = Record<string, string>;
const one = <T>(random: Stream, all: readonly T[]): T => all[random.int(all.length)];

const solution = [
  { name: 'Alice', color: 'red', drink: 'tea' },
  { name: 'Bob', color: 'blue', drink: 'milk' },
  { name: 'Carol', color: 'green', drink: 'water' },
];
const right = 'House 1: Alice, red, tea\nHouse 2: Bob, blue, milk\nHouse 3: Carol, green, water';

describe('checkZebra', () => {
  it.each([
    right,
    '1: Alice, red, tea\n2: Bob, blue, milk\n3: Carol, green, water',
    '1. Alice - red - tea\n2. Bob - blue - milk\n3. Carol - green - water',
    'House #1 = Alice/red/tea; House #2 = Bob/blue/milk; House #3 = Carol/green/water',
    'House no. 1: Alice, red, tea. House no. 2: Bob, blue, milk. House no. 3: Carol, green, water.',
    'Alice lives in house 1, has the red house and drinks tea. Bob lives in house 2; it is blue, and he drinks milk. Carol lives in the green house 3 and drinks water.',
    'Alice lives in house 1 and drinks tea, Bob in house 2, where milk is drunk, Carol in house 3. Carol drinks water. House 1 is red, house 2 is blue, house 3 is green.',
    'The first house is red; Alice lives there and drinks tea. The second house is blue; Bob lives there and drinks milk. The third house is green, Carol lives there, and she drinks water.',
    'Names: Alice, Bob, Carol\nColors: red, blue, green\nDrinks: tea, milk, water',
    'From left to right:\nnames: Alice, Bob, Carol\ncolors: red, blue, green\ndrinks: tea, milk, water',
    'Names: house 1 Alice, house 2 Bob, house 3 Carol\nColors: house 1 red, house 2 blue, house 3 green\nDrinks: tea (house 1), milk (house 2), water (house 3)',
    '| | House 3 | House 2 | House 1 |\n|---|---|---|---|\n| Name | Carol | Bob | Alice |\n| Color | green | blue | red |\n| Drink | water | milk | tea |',
    // As models write it.
    '**House 1:** Alice, red, tea\n**House 2:** Bob, blue, milk\n**House 3:** Carol, green, water\n\nAll clues are satisfied.',
    'Here is the final arrangement:\n\n| House | Person | Color | Drink |\n|:---:|:---|:---|:---|\n| **1** | Alice | Red | Tea |\n| **2** | Bob | Blue | Milk |\n| **3** | Carol | Green | Water |',
    'House 1 (leftmost): Alice, red, tea\nHouse 2 (middle): Bob, blue, milk\nHouse 3 (rightmost): Carol, green, water',
    '- Alice: House 1, red, tea\n- Bob: House 2, blue, milk\n- Carol: House 3, green, water',
    'Alice lives in house 1, which is red, and drinks tea.\nBob lives in house 2, which is blue, and drinks milk.\nCarol lives in house 3, which is green, and drinks water.',
    'In house 1 lives Alice. The house is red and she drinks tea.\nIn house 2 lives Bob. The house is blue and he drinks milk.\nIn house 3 lives Carol. The house is green and she drinks water.',
    '1: name=Alice, color=red, drink=tea; 2: name=Bob, color=blue, drink=milk; 3: name=Carol, color=green, drink=water',
    '(1) Alice red tea (2) Bob blue milk (3) Carol green water',
    'House one: Alice, red, tea\nHouse two: Bob, blue, milk\nHouse three: Carol, green, water',
    'H1: Alice, red, tea\nH2: Bob, blue, milk\nH3: Carol, green, water',
    '1st house: Alice, red, tea\n2nd house: Bob, blue, milk\n3rd house: Carol, green, water',
    '\\boxed{\\text{House 1: Alice, red, tea; House 2: Bob, blue, milk; House 3: Carol, green, water}}',
    '{"1": ["Alice","red","tea"], "2": ["Bob","blue","milk"], "3": ["Carol","green","water"]}',
    '$$\\begin{array}{c|c|c|c} House & Name & Color & Drink \\\\ \\hline 1 & Alice & red & tea \\\\ 2 & Bob & blue & milk \\\\ 3 & Carol & green & water \\end{array}$$',
    'House 1 — Alice — red — tea\nHouse 2 — Bob — blue — milk\nHouse 3 — Carol — green — water',
    'house1: alice, red, tea\nhouse2: bob, blue, milk\nhouse3: carol, green, water',
    'house_1: alice, red, tea\nhouse_2: bob, blue, milk\nhouse_3: carol, green, water',
    '| Name | Alice | Bob | Carol |\n|---|---|---|---|\n| House | 1 | 2 | 3 |\n| Color | red | blue | green |\n| Drink | tea | milk | water |',
    'House: 1\nName: Alice\nColor: red\nDrink: tea\n\nHouse: 2\nName: Bob\nColor: blue\nDrink: milk\n\nHouse: 3\nName: Carol\nColor: green\nDrink: water',
    'House 1: Alice (red, tea)\nHouse 2: Bob (blue, milk)\nHouse 3: Carol (green, water)\nSo Alice drinks tea.',
    'In the first house Alice drinks tea (red). In the second house Bob drinks milk (blue). In the third house Carol drinks water (green).',
    'Position 1: Alice, red, tea. Position 2: Bob, blue, milk. Position 3: Carol, green, water.',
    "Alice's house is number 1, it's red, and she drinks tea. Bob's house is number 2, it's blue, and he drinks milk. Carol's house is number 3, it's green, and she drinks water.",
  ])('%j: right', (text) => {
    expect(finalTexts(text).some((final) => checkZebra(final, solution))).toBe(true);
  });

  it.each([
    '',
    'House 1: Alice, red, tea\nHouse 2: Bob, blue, milk',
    'House 1: Alice, red, tea\nHouse 2: Bob, blue, milk\nHouse 3: Carol, green',
    right.replace('Alice', 'Alice or Bob'),
    right.replace('Alice', 'Alice/Bob'),
    right.replace('Alice', 'Alice, Bob'),
    right.replace('Alice', 'not Alice'),
    right.replace('red, tea', 'red, blue, tea'),
    // A color that the puzzle does not have, a house that it does not have.
    right.replace('tea', 'tea, yellow'),
    `${right}\nHouse 4: none`,
    `${right}\nHouse 1: Bob`,
    `${right}\nAlice drinks milk.`,
    `${right}\nOr the houses are the other way round.`,
    `${right}\n\nHouse 1: Bob, red, tea\nHouse 2: Alice, blue, milk\nHouse 3: Carol, green, water`,
    'Alice, red, tea\nBob, blue, milk\nCarol, green, water',
    'House 1 House 2 House 3 Alice Bob Carol red blue green tea milk water',
    'Alice lives next to Bob. Bob lives next to Carol. House 1: Alice, red, tea. House 2: Bob, blue, milk. House 3: Carol, green, water.',
    'House 3: Alice, red, tea\nHouse 2: Bob, blue, milk\nHouse 1: Carol, green, water',
    'Names: Carol, Bob, Alice\nColors: red, blue, green\nDrinks: tea, milk, water',
    'Names: Alice, Bob, Carol\nColors: red, blue, green\nDrinks: tea, milk',
    'The clues say so.',
    'House 1: Alice, red, tea\nHouse 2: Bob, blue, milk\nHouse 3: Carol, green, milk',
    'House 1: Alice, red, tea\nHouse 1: Bob, blue, milk\nHouse 1: Carol, green, water\nHouse 2: Alice, red, tea\nHouse 2: Bob, blue, milk\nHouse 3: Carol, green, water',
    'House 1: Alice, Bob, Carol, red, blue, green, tea, milk, water',
    'House 1: Alice/Bob/Carol, red, tea\nHouse 2: Bob, blue, milk\nHouse 3: Carol, green, water',
    'House 1: Alice?, red?, tea?\nHouse 2: Bob, blue, milk\nHouse 3: Carol, green, water',
    'House 1: Alice, red, tea\nHouse 2: Bob, blue, milk\nHouse 3: Carol, green, water\nBob',
    'House 1: Alice, red, tea\nHouse 2: Bob, blue, milk\nHouse 3: Carol, green, water. This is only one of the arrangements.',
    'Arrangement 1: Alice, Bob, Carol\nArrangement 2: Bob, Alice, Carol',
    'House 1-3: Alice, red, tea, Bob, blue, milk, Carol, green, water',
  ])('%j: not right', (text) => {
    expect(finalTexts(text).some((final) => checkZebra(final, solution))).toBe(false);
  });
});

/** An arrangement in one of the ways that are accepted. */
function rendered(houses: readonly House[], random: Stream): string {
  const numbered = houses.map((values, i) => ({ number: i + 1, values: Object.entries(values) }));
  const order = random.shuffle([...numbered]);
  const keys = Object.keys(houses[0]);
  const words = (values: [string, string][]) =>
    random.shuffle(values.map(([, value]) => value)).join(one(random, [', ', ' ', ' / ', ' - ']));
  const ordinal = ['first', 'second', 'third', 'fourth', 'fifth'];
  const text = one(random, [
    () => order.map(({ number, values }) => `House ${number}: ${words(values)}`).join('\n'),
    () => order.map(({ number, values }) => `- **House #${number}**: ${words(values)}.`).join('\n'),
    () => numbered.map(({ number, values }) => `${number}. ${words(values)}`).join('\n'),
    () => order.map(({ number, values }) => `The ${ordinal[number - 1]} house has ${words(values)}.`).join(' '),
    () =>
      order.map(({ number, values }) => `House ${number}\n${values.map(([key, value]) => `  - ${key}: ${value}`).join('\n')}`).join('\n\n'),
    () => order.map(({ number, values: [[, name], ...more] }) => `${name} lives in house ${number} and has: ${words(more)}`).join('. '),
    () =>
      JSON.stringify(
        Object.fromEntries(numbered.map(({ number, values }) => [`House ${number}`, Object.fromEntries(values)])),
        null,
        one(random, [0, 2]),
      ),
    () => JSON.stringify(order.map(({ number, values }) => ({ house: number, ...Object.fromEntries(values) }))),
    () =>
      `| House | ${keys.join(' | ')} |\n|${'---|'.repeat(keys.length + 1)}\n${order.map(({ number, values }) => `| ${number} | ${values.map(([, value]) => value).join(' | ')} |`).join('\n')}`,
    () =>
      `| | ${order.map(({ number }) => `House ${number}`).join(' | ')} |\n|${'---|'.repeat(order.length + 1)}\n${keys.map((_, k) => `| ${keys[k]} | ${order.map(({ values }) => values[k][1]).join(' | ')} |`).join('\n')}`,
    () => keys.map((key) => `${key}: ${houses.map((house) => house[key]).join(', ')}`).join('\n'),
    () => keys.map((key) => `${key}: ${houses.map((house, i) => `${house[key]} (house ${i + 1})`).join(', ')}`).join('\n'),
  ])();
  return one(random, [text, text, text.toLowerCase(), text.toUpperCase(), `\n${text.replaceAll(' ', '  ')} `]);
}

describe('checkZebra, for any puzzle', () => {
  it('takes the right arrangement in any form, and none with two values exchanged, one replaced or one missing', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 5 }), (seed, level) => {
        const random = stream(seed, 'zebra test');
        const { solution: houses } = zebra.draw(level, random);
        const text = rendered(houses, random);
        expect(checkZebra(plainText(text), houses), text).toBe(true);
        const key = one(random, Object.keys(houses[0]));
        const [a, b] = random.shuffle(houses.map((_, i) => i));
        const changed = (house: number, value: string) => houses.map((values, i) => (i === house ? { ...values, [key]: value } : values));
        const exchanged = changed(a, houses[b][key]).map((values, i) => (i === b ? { ...values, [key]: houses[a][key] } : values));
        for (const wrong of [exchanged, changed(a, houses[b][key]), changed(a, 'nothing')].map((each) => rendered(each, random)))
          expect(checkZebra(plainText(wrong), houses), wrong).toBe(false);
        const whole = rendered(houses, random);
        for (const wrong of [`${whole}\n${rendered(exchanged, random)}`, `${whole}\nOr: ${rendered(exchanged, random)}`])
          expect(checkZebra(plainText(wrong), houses), wrong).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('never throws', () => {
    const words = fc.constantFrom('Alice', 'house', '1', '2', '#', 'first', 'tea', 'red', '\n', '|', 'H3', ':', '99999999999999999999');
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string())), (pieces) => {
        expect(typeof checkZebra(pieces.join(' '), solution)).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });
});
