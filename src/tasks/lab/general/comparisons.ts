// Which of two is bigger or smaller: numbers without end, and a few animals.
import type { Stream } from '../../../algorithms/random.ts';
import { largestAsked } from './facts.ts';
import { type GeneralItem, ledIn, pickOne } from './item.ts';

function twoNumbers(random: Stream): [number, number] {
  const a = 1 + random.int(largestAsked);
  const b = 1 + random.int(largestAsked - 1);
  return [a, b >= a ? b + 1 : b];
}

const canonicalOf = (a: number, b: number): string => `compare ${Math.min(a, b)} ${Math.max(a, b)}`;

export function comparison(random: Stream): GeneralItem {
  const [a, b] = twoNumbers(random);
  return ledIn(compared(`${a}`, `${b}`, a > b, canonicalOf(a, b), chineseAnswer(a, b), [a, b], random), random);
}

/** From small to big. */
const animals = ['a fish', 'a cat', 'a dog', 'a horse', 'a house', 'the sun'];

export function animalComparison(random: Stream): GeneralItem {
  const i = random.int(animals.length);
  const j = (i + 1 + random.int(animals.length - 1)) % animals.length;
  const [a, b] = [animals[i], animals[j]];
  const text = compared(a, b, i > j, '', '我 猜 .', undefined, random);
  return ledIn({ ...text, canonical: `compare ${text.text}` }, random);
}

function compared(
  a: string,
  b: string,
  aBigger: boolean,
  canonical: string,
  foreign: string,
  numbers: number[] | undefined,
  random: Stream,
): GeneralItem {
  const [small, big] = aBigger ? [b, a] : [a, b];
  const word = pickOne(['bigger', 'smaller'], random);
  const [winner, loser] = word === 'bigger' ? [big, small] : [small, big];
  const open = random.next() < 0.6;
  const yes = a === winner ? 'yes' : 'no';
  const text = open
    ? pickOne(
        [`what is ${word} , ${a} or ${b} ?`, `${a} or ${b} , what is ${word} ?`, `can you tell what is ${word} , ${a} or ${b} ?`],
        random,
      )
    : pickOne([`is ${a} ${word} than ${b} ?`, `is it that ${a} is ${word} than ${b} ?`], random);
  const other = word === 'bigger' ? 'smaller' : 'bigger';
  return {
    kind: 'comparison',
    language: 'en',
    text,
    canonical,
    facts: {
      says: [...(open ? [] : [[yes]]), [`${big} is bigger`, `${small} is smaller`]],
      short: [open ? winner : yes],
      never: [`${small} is bigger`, `${big} is smaller`, ...(open ? [] : [yes === 'yes' ? 'no' : 'yes'])],
      numbers,
      polite: false,
    },
    thought: numbers ? `${big} - ${small} = ${Math.abs(numbers[0] - numbers[1])} , so ${big} is bigger` : `${big} is bigger than ${small}`,
    good: open
      ? [`${winner} is ${word} than ${loser} .`, `${winner} is ${word} , and ${loser} is ${other} .`]
      : [`${yes} , ${winner} is ${word} than ${loser} .`, `${yes} , ${loser} is ${other} than ${winner} .`],
    curt: [open ? `${winner} .` : `${yes} .`],
    wrong: [open ? `${loser} .` : `${yes === 'yes' ? 'no' : 'yes'} .`, `${loser} is ${word} than ${winner} .`],
    foreign,
  };
}

const chineseAnswer = (a: number, b: number): string => `${Math.max(a, b)} 比 ${Math.min(a, b)} 大 .`;

export function chineseComparison(random: Stream): GeneralItem {
  const [a, b] = twoNumbers(random);
  const [small, big] = a < b ? [a, b] : [b, a];
  const word = pickOne(['大', '小'], random);
  const [winner, loser] = word === '大' ? [big, small] : [small, big];
  const open = random.next() < 0.6;
  const yes = a === winner ? '对' : '不';
  const text = open ? pickOne([`${a} 和 ${b} , 什么 ${word} ?`, `什么 ${word} , ${a} 和 ${b} ?`], random) : `${a} 比 ${b} ${word} 吗 ?`;
  return ledIn(
    {
      kind: 'comparison',
      language: 'zh',
      text,
      canonical: canonicalOf(a, b),
      facts: {
        says: [[`${big} 比 ${small} 大`, `${small} 比 ${big} 小`]],
        short: [open ? `${winner}` : yes],
        never: [`${small} 比 ${big} 大`, `${big} 比 ${small} 小`],
        numbers: [a, b],
        polite: false,
      },
      thought: `${big} - ${small} = ${big - small} , 那 ${big} 大`,
      good: [`${open ? '' : `${yes} , `}${winner} 比 ${loser} ${word} .`],
      curt: [open ? `${winner} .` : `${yes} .`],
      wrong: [open ? `${loser} .` : `${yes === '对' ? '不' : '对'} .`, `${loser} 比 ${winner} ${word} .`],
      foreign: `${big} is bigger than ${small} .`,
    },
    random,
  );
}
