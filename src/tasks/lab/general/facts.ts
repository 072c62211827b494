// Questions with one right answer: even or odd, the number before or after, and what things are like.
import type { Stream } from '../../../algorithms/random.ts';
import { type GeneralItem, ledIn, pickOne } from './item.ts';

/** Numbers in questions of fact and comparisons, 1 to this. */
export const largestAsked = 100;

export function parity(random: Stream): GeneralItem {
  const n = 1 + random.int(largestAsked);
  const [is, other] = n % 2 === 0 ? ['even', 'odd'] : ['odd', 'even'];
  const asked = pickOne(['even', 'odd'], random);
  const open = random.next() < 0.4;
  const yes = asked === is ? 'yes' : 'no';
  const text = open
    ? pickOne([`is ${n} even or odd ?`, `what is ${n} , even or odd ?`, `is the number ${n} odd or even ?`], random)
    : pickOne([`is ${n} ${asked} ?`, `is the number ${n} ${asked} ?`, `is ${n} a number that is ${asked} ?`], random);
  const said = [`${n} is ${is}`, `${n} is not ${other}`, `it is ${is}`, `number is ${is}`];
  const item: GeneralItem = {
    kind: 'fact',
    language: 'en',
    text,
    canonical: `parity ${n}`,
    facts: {
      says: open ? [said] : [[yes], said],
      short: [open ? is : yes],
      never: [`is ${other}`, `not ${is}`, ...(open ? [] : [yes === 'yes' ? 'no' : 'yes'])],
      numbers: [n],
      polite: false,
    },
    thought: n % 2 === 0 ? `${n} / 2 = ${n / 2} , so ${n} is even` : `${n} - 1 = ${n - 1} , ${n - 1} is even , so ${n} is odd`,
    good: open
      ? [`${n} is ${is} .`, `the number ${n} is ${is} .`, `${n} is ${is} , not ${other} .`]
      : [`${yes} , ${n} is ${is} .`, `${yes} , the number ${n} is ${is} .`],
    curt: [open ? `${is} .` : `${yes} .`],
    wrong: [open ? `${other} .` : `${yes === 'yes' ? 'no' : 'yes'} .`, `${n} is ${other} .`, `yes , ${n} is ${other} .`],
    foreign: `${n} 是 ${is === 'even' ? '偶数' : '奇数'} .`,
  };
  return ledIn(item, random);
}

export function chineseParity(random: Stream): GeneralItem {
  const n = 1 + random.int(largestAsked);
  const [is, other] = n % 2 === 0 ? ['偶数', '奇数'] : ['奇数', '偶数'];
  const asked = pickOne(['偶数', '奇数'], random);
  const yes = asked === is ? '对' : '不';
  const text = pickOne([`${n} 是 ${asked} 吗 ?`, `数 ${n} 是 ${asked} , 对 吗 ?`], random);
  const item: GeneralItem = {
    kind: 'fact',
    language: 'zh',
    text,
    canonical: `parity ${n}`,
    facts: {
      says: [[`${n} 是 ${is}`, `${n} 不 是 ${other}`]],
      short: [yes],
      never: [`${n} 是 ${other}`, `数 是 ${other}`, `不 是 ${is}`],
      numbers: [n],
      polite: false,
    },
    thought: n % 2 === 0 ? `${n} / 2 = ${n / 2} , 那 ${n} 是 偶数` : `${n} - 1 = ${n - 1} , 那 ${n} 是 奇数`,
    good: [`${yes} , ${n} 是 ${is} .`, `${yes} , 数 ${n} 是 ${is} .`],
    curt: [`${yes} .`],
    wrong: [`${yes === '对' ? '不' : '对'} .`, `${n} 是 ${other} .`],
    foreign: `${n} is ${n % 2 === 0 ? 'even' : 'odd'} .`,
  };
  return ledIn(item, random);
}

export function neighbour(random: Stream): GeneralItem {
  const n = 2 + random.int(largestAsked - 2);
  const after = random.next() < 0.5;
  const m = after ? n + 1 : n - 1;
  const [way, back] = after ? ['after', 'before'] : ['before', 'after'];
  const text = pickOne([`what number comes ${way} ${n} ?`, `what comes ${way} ${n} ?`, `what is the number ${way} ${n} ?`], random);
  const item: GeneralItem = {
    kind: 'fact',
    language: 'en',
    text,
    canonical: `${way} ${n}`,
    facts: {
      says: [[`${m} comes ${way} ${n}`, `${m} is ${way} ${n}`, `${way} ${n} comes ${m}`, `${way} ${n} is ${m}`]],
      short: [`${m}`],
      never: [`${m} comes ${back}`, `${m} is ${back}`],
      numbers: [n, m],
      polite: false,
    },
    thought: `${n} ${after ? '+' : '-'} 1 = ${m}`,
    good: [`${m} comes ${way} ${n} .`, `the number ${way} ${n} is ${m} .`],
    curt: [`${m} .`],
    wrong: [
      `${after ? n - 1 : n + 1} .`,
      `${n} comes ${way} ${n} .`,
      `${after ? n - 1 : n + 1} comes ${way} ${n} .`,
      `${m + 1 + random.int(4)} .`,
    ],
    foreign: `${n} ${after ? '后' : '前'} 是 ${m} .`,
  };
  return ledIn(item, random);
}

export function chineseNeighbour(random: Stream): GeneralItem {
  const n = 2 + random.int(largestAsked - 2);
  const after = random.next() < 0.5;
  const m = after ? n + 1 : n - 1;
  const way = after ? '后' : '前';
  const item: GeneralItem = {
    kind: 'fact',
    language: 'zh',
    text: pickOne([`${n} ${way} 是 什么 ?`, `${n} ${way} 是 什么 数 ?`], random),
    canonical: `${after ? 'after' : 'before'} ${n}`,
    facts: { says: [[`${n} ${way} 是 ${m}`, `数 是 ${m}`]], short: [`${m}`], never: [`不 是 ${m}`], numbers: [n, m], polite: false },
    thought: `${n} ${after ? '+' : '-'} 1 = ${m}`,
    good: [`${n} ${way} 是 ${m} .`, `${n} ${way} 的 数 是 ${m} .`],
    curt: [`${m} .`],
    wrong: [`${after ? n - 1 : n + 1} .`, `${n} ${way} 是 ${after ? n - 1 : n + 1} .`],
    foreign: `${m} comes ${after ? 'after' : 'before'} ${n} .`,
  };
  return ledIn(item, random);
}

interface Thing {
  noun: string;
  chinese: string;
  is: [string, string];
  isNot: [string, string];
  color?: string;
}

const things: Thing[] = [
  { noun: 'fire', chinese: '火', is: ['hot', '热'], isNot: ['cold', '冷'], color: 'red' },
  { noun: 'the sun', chinese: '太阳', is: ['hot', '热'], isNot: ['cold', '冷'] },
  { noun: 'ice', chinese: '冰', is: ['cold', '冷'], isNot: ['hot', '热'], color: 'white' },
  { noun: 'snow', chinese: '雪', is: ['cold', '冷'], isNot: ['hot', '热'], color: 'white' },
  { noun: 'the sky', chinese: '天', is: ['blue', '蓝'], isNot: ['red', '红'], color: 'blue' },
  { noun: 'water', chinese: '水', is: ['blue', '蓝'], isNot: ['red', '红'], color: 'blue' },
  { noun: 'grass', chinese: '草', is: ['green', '绿'], isNot: ['blue', '蓝'], color: 'green' },
  { noun: 'milk', chinese: '奶', is: ['white', '白'], isNot: ['green', '绿'], color: 'white' },
];
const colors = ['red', 'blue', 'white', 'green'];

export function property(random: Stream): GeneralItem {
  const thing = pickOne(things, random);
  const { noun, color } = thing;
  if (color && random.next() < 0.5) {
    const others = colors.filter((other) => other !== color);
    const text = pickOne([`what color is ${noun} ?`, `what is the color of ${noun} ?`], random);
    return ledIn(
      {
        kind: 'fact',
        language: 'en',
        text,
        canonical: `color ${text}`,
        facts: { says: [[`${noun} is ${color}`, `it is ${color}`]], short: [color], never: [...others, `not ${color}`], polite: false },
        thought: `${noun} is ${color}`,
        good: [`${noun} is ${color} .`, `the color of ${noun} is ${color} , so it is ${color} .`],
        curt: [`${color} .`],
        wrong: [`${pickOne(others, random)} .`, `${noun} is ${pickOne(others, random)} .`],
        foreign: `${thing.chinese} 是 ${chineseColors[color]} 的 .`,
      },
      random,
    );
  }
  const [is, isNot] = [thing.is[0], thing.isNot[0]];
  const right = random.next() < 0.5;
  const [yes, no] = right ? ['yes', 'no'] : ['no', 'yes'];
  const text = pickOne([`is ${noun} ${right ? is : isNot} ?`, `is it that ${noun} is ${right ? is : isNot} ?`], random);
  return ledIn(
    {
      kind: 'fact',
      language: 'en',
      text,
      canonical: `property ${text}`,
      facts: { says: [[yes], [`${noun} is ${is}`, `it is ${is}`]], short: [yes], never: [no, `is ${isNot}`, `not ${is}`], polite: false },
      thought: `${noun} is ${is} , not ${isNot}`,
      good: right
        ? [`yes , ${noun} is ${is} .`, `yes , ${noun} is ${is} , not ${isNot} .`]
        : [`no , ${noun} is ${is} , not ${isNot} .`, `no , it is ${is} .`],
      curt: [`${yes} .`],
      wrong: [`${no} .`, `${no} , ${noun} is ${isNot} .`],
      foreign: `${thing.chinese} 是 ${thing.is[1]} 的 .`,
    },
    random,
  );
}

const chineseColors: Record<string, string> = { red: '红', blue: '蓝', white: '白', green: '绿' };

export function chineseProperty(random: Stream): GeneralItem {
  const { noun, chinese, is, isNot } = pickOne(things, random);
  const right = random.next() < 0.5;
  const [yes, no] = right ? ['对', '不'] : ['不', '对'];
  const asked = right ? is[1] : isNot[1];
  const text = pickOne([`${chinese} 是 ${asked} 的 吗 ?`, `${chinese} 是 ${asked} 的 , 对 吗 ?`], random);
  return ledIn(
    {
      kind: 'fact',
      language: 'zh',
      text,
      canonical: `property ${text}`,
      facts: {
        says: [[`${chinese} 是 ${is[1]} 的`, `${chinese} 不 是 ${isNot[1]} 的`]],
        short: [yes],
        never: [`${chinese} 是 ${isNot[1]} 的`, `不 是 ${is[1]}`],
        polite: false,
      },
      thought: `${chinese} 是 ${is[1]} 的`,
      good: [`${yes} , ${chinese} 是 ${is[1]} 的 .`, ...(right ? [] : [`不 , ${chinese} 不 是 ${isNot[1]} 的 , 是 ${is[1]} 的 .`])],
      curt: [`${yes} .`],
      wrong: [`${no} .`, `${chinese} 是 ${isNot[1]} 的 .`],
      foreign: `${noun} is ${is[0]} .`,
    },
    random,
  );
}
