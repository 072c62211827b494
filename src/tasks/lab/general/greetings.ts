// Greetings and thanks, with a name to answer by or a question that goes with them.
import type { Stream } from '../../../algorithms/random.ts';
import { type GeneralItem, people, pickOne } from './item.ts';

interface Asked {
  text: string;
  /** What the answer adds, and the phrases that count as having said it. */
  reply: string[];
  says: string[];
}

const openings = ['hello', 'hi', 'good morning', 'good evening'];
const addresses = ['', ' assistant', ' friend', ' my friend', ' my good friend'];
const questions: Asked[] = [
  { text: '', reply: ['how can i help you ?', 'it is good to talk to you .', 'what can i do for you ?'], says: [] },
  { text: 'how are you ?', reply: ['i am good , thanks .', 'i am good . i hope you are good .'], says: ['i am good', 'i am glad'] },
  {
    text: 'are you good ?',
    reply: ['yes , i am good , thanks .', 'i am good , and i am glad to help .'],
    says: ['i am good', 'i am glad'],
  },
  {
    text: 'can you help me ?',
    reply: ['yes , i can help you .', 'i am glad to help you .'],
    says: ['i can help', 'to help you', 'will help'],
  },
  {
    text: 'can i talk to you ?',
    reply: ['yes , please talk to me .', 'i am glad to talk to you .'],
    says: ['talk to me', 'to talk to you'],
  },
  {
    text: 'what are you ?',
    reply: ['i am the assistant , and i can help you .', 'i am your assistant .'],
    says: ['the assistant', 'your assistant'],
  },
  { text: 'what can you do ?', reply: ['i can talk to you and help you .', 'i can help you find a good answer .'], says: ['i can'] },
];

export function greeting(random: Stream): GeneralItem {
  const opening = pickOne(openings, random);
  const address = pickOne(addresses, random);
  const name = random.next() < 0.6 ? pickOne(people, random) : undefined;
  const asked = pickOne(questions, random);
  const text = [`${opening}${address} .`, ...(name ? [`i am ${name} .`] : []), ...(asked.text ? [asked.text] : [])].join(' ');
  const to = name ? ` ${name}` : '';
  const others = people.filter((person) => person !== name);
  return {
    kind: 'greeting',
    language: 'en',
    text,
    canonical: `greeting ${name ?? ''} ${asked.text} ${opening} ${address}`,
    facts: {
      says: [
        ['hello', 'hi', 'good morning', 'good evening', 'welcome'],
        ...(name ? [[name]] : []),
        ...(asked.says.length > 0 ? [asked.says] : []),
      ],
      short: [],
      never: [...(name ? others : people), 'i am the user', 'i am the sun', 'i am bad'],
      polite: true,
    },
    thought: name ? `the user is ${name} , so : hello ${name}` : 'the user is good to me , so : hello',
    good: asked.reply.flatMap((reply) => [`${opening}${to} , ${reply}`, `hello${to} . ${reply}`]),
    curt: ['hello .', 'hi .', ...(asked.text ? ['good .', 'yes .'] : [])],
    wrong: ['what ?', 'no .', 'bad .', `hello ${pickOne(others, random)} .`, 'i am the user .', 'i am the sun . what are you ?'],
    foreign: name ? `你 好 ${name} , 我 能 帮 你 .` : '你 好 , 我 能 帮 你 .',
  };
}

const gifts = ['help', 'answer', 'food', 'bread', 'water', 'fire'];

export function thanks(random: Stream): GeneralItem {
  const gift = pickOne(gifts, random);
  const address = pickOne(addresses, random);
  const name = random.next() < 0.5 ? pickOne(people, random) : undefined;
  const text =
    pickOne([`thanks for the ${gift}${address} .`, `thanks${address} , the ${gift} is good .`], random) + (name ? ` i am ${name} .` : '');
  const to = name ? ` ${name}` : '';
  return {
    kind: 'greeting',
    language: 'en',
    text,
    canonical: `thanks ${gift} ${name ?? ''} ${address}`,
    facts: {
      says: [['welcome', 'glad'], ...(name ? [[name]] : [])],
      short: [],
      never: ['sorry', 'i am the user', 'not welcome'],
      polite: true,
    },
    thought: `the user thanks me for the ${gift} , so : welcome`,
    good: [
      `you are welcome${to} . i am glad to help .`,
      `i am glad the ${gift} is good${to} .`,
      `you are welcome${to} , i hope the ${gift} will help .`,
    ],
    curt: ['welcome .', 'good .', 'yes .'],
    wrong: ['what ?', 'no .', 'sorry .', `what ${gift} ?`, 'i am the user .'],
    foreign: `谢谢 你${to} , 我 好 .`,
  };
}

const chineseOpenings = ['你 好', '早上 好', '晚上 好'];
const chineseQuestions: Asked[] = [
  { text: '', reply: ['我 能 帮 你 吗 ?', '你 好 吗 ?'], says: [] },
  { text: '你 好 吗 ?', reply: ['我 好 , 谢谢 .', '谢谢 你 , 我 好 .'], says: ['我 好'] },
  { text: '你 能 帮 我 吗 ?', reply: ['我 能 帮 你 .', '可以 , 我 帮 你 .'], says: ['我 能 帮', '我 帮 你'] },
  { text: '你 是 什么 ?', reply: ['我 是 你 的 助手 .', '我 是 助手 , 我 能 帮 你 .'], says: ['助手'] },
];

export function chineseGreeting(random: Stream): GeneralItem {
  const opening = pickOne(chineseOpenings, random);
  const friend = pickOne(['', ' 朋友', ' 我 的 朋友', ' 助手'], random);
  const name = random.next() < 0.6 ? pickOne(people, random) : undefined;
  const asked = pickOne(chineseQuestions, random);
  const text = [`${opening}${friend} .`, ...(name ? [`我 是 ${name} .`] : []), ...(asked.text ? [asked.text] : [])].join(' ');
  const to = name ? ` ${name}` : '';
  const others = people.filter((person) => person !== name);
  return {
    kind: 'greeting',
    language: 'zh',
    text,
    canonical: `greeting zh ${name ?? ''} ${asked.text} ${opening} ${friend}`,
    facts: {
      says: [['你 好', '早上 好', '晚上 好'], ...(name ? [[name]] : []), ...(asked.says.length > 0 ? [asked.says] : [])],
      short: [],
      never: [...(name ? others : people), '我 是 火', '我 不 好'],
      polite: true,
    },
    thought: name ? `${name} 说 你 好 , 那 : 你 好 ${name}` : '朋友 说 你 好 , 那 : 你 好',
    good: asked.reply.flatMap((reply) => [`${opening}${to} , ${reply}`, `你 好${to} . ${reply}`]),
    curt: ['好 .', '你 好 .', '对 .'],
    wrong: ['什么 ?', '不 .', '不 好 .', '我 是 火 .', `你 好 ${pickOne(others, random)} .`],
    foreign: `hello${to} , i can help you .`,
  };
}
