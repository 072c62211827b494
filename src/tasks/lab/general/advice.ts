// Somebody is tired, hungry, cold ...: a kind word and something that helps.
import type { Stream } from '../../../algorithms/random.ts';
import { type GeneralItem, ledIn, people, pickOne } from './item.ts';

interface State {
  word: string;
  /** Words that name what helps. */
  says: string[];
  /** `SUBJECT should ...`; as a command for the user. */
  remedies: string[];
  /** What helps against another state. */
  useless: string;
  chinese: string;
  chineseSays: string[];
  chineseRemedy: string;
}

const states: State[] = [
  {
    word: 'tired',
    says: ['sleep', 'rest'],
    remedies: ['sleep first', 'rest and sleep'],
    useless: 'make a fire',
    chinese: '累',
    chineseSays: ['睡'],
    chineseRemedy: '睡',
  },
  {
    word: 'hungry',
    says: ['eat', 'food', 'bread'],
    remedies: ['eat bread', 'eat good food'],
    useless: 'sleep',
    chinese: '饿',
    chineseSays: ['吃'],
    chineseRemedy: '吃',
  },
  {
    word: 'thirsty',
    says: ['drink', 'water', 'milk'],
    remedies: ['drink water', 'drink milk or water'],
    useless: 'make a fire',
    chinese: '渴',
    chineseSays: ['喝', '水'],
    chineseRemedy: '喝 水',
  },
  {
    word: 'cold',
    says: ['fire', 'house'],
    remedies: ['make a fire', 'rest in the house'],
    useless: 'drink cold water',
    chinese: '冷',
    chineseSays: ['火'],
    chineseRemedy: '等 火 热',
  },
  {
    word: 'hot',
    says: ['cold water', 'ice', 'swim'],
    remedies: ['drink cold water', 'swim in cold water'],
    useless: 'make a fire',
    chinese: '热',
    chineseSays: ['冷 水', '冰'],
    chineseRemedy: '喝 冷 水',
  },
  {
    word: 'sick',
    says: ['doctor'],
    remedies: ['find a doctor', 'talk to the doctor'],
    useless: 'eat snow',
    chinese: '病',
    chineseSays: ['医生'],
    chineseRemedy: '找 医生',
  },
  {
    word: 'sad',
    says: ['talk', 'friend'],
    remedies: ['talk to a friend', 'find a friend to talk to'],
    useless: 'eat snow',
    chinese: '难过',
    chineseSays: ['朋友', '说'],
    chineseRemedy: '和 朋友 说',
  },
];

const subjects = ['i', 'i', 'my friend', 'my dog', 'my cat', 'my horse', ...people];

export function advice(random: Stream): GeneralItem {
  const state = pickOne(states, random);
  const subject = pickOne(subjects, random);
  const self = subject === 'i';
  const is = self ? 'i am' : `${subject} is`;
  const text = pickOne(
    [
      `${is} ${state.word} .`,
      `${is} ${state.word} again .`,
      `${is} ${state.word} . what can i do ?`,
      `what can i do ? ${is} ${state.word} .`,
      `${is} ${state.word} , please help .`,
      `help me , ${is} ${state.word} .`,
      `${is} ${state.word} and sad , what is good ?`.replace('sad and sad', 'sad'),
      `${is} ${state.word} , what should i do ?`,
    ],
    random,
  );
  const them = self ? 'you are' : `${subject.replace('my', 'your')} is`;
  const they = self ? 'you' : subject.replace('my', 'your');
  const remedy = pickOne(state.remedies, random);
  return ledIn(
    {
      kind: 'advice',
      language: 'en',
      text,
      canonical: `advice ${subject} ${state.word}`,
      facts: {
        says: [state.says],
        short: state.says.filter((word) => remedy.includes(word)),
        never: [state.useless, `not ${state.word}`],
        polite: true,
      },
      thought: `${is.replace('i am', 'the user is')} ${state.word} , so : ${remedy}`,
      good: [
        `i am sorry that ${them} ${state.word} . ${they} should ${remedy} .`,
        `i hope it helps : ${they} should ${remedy} .`,
        `sorry , ${they} should ${remedy} . please do it first .`,
      ],
      curt: [`${remedy} .`, `${state.says[0]} .`],
      wrong: [`${they} should ${state.useless} .`, 'what ?', 'i guess .', `no , ${them} not ${state.word} .`],
      foreign: `对不起 , 请 ${state.chineseRemedy} .`,
    },
    random,
  );
}

const chineseSubjects = ['我', '我', '我 的 朋友', '我 的 狗', '我 的 猫', ...people];

export function chineseAdvice(random: Stream): GeneralItem {
  const state = pickOne(states, random);
  const subject = pickOne(chineseSubjects, random);
  const { chinese: word, chineseRemedy: remedy } = state;
  const text = pickOne(
    [`${subject} ${word} .`, `${subject} ${word} , 怎么 帮 ?`, `请 帮 我 , ${subject} ${word} .`, `${subject} 再 ${word} , 什么 好 ?`],
    random,
  );
  const they = subject.replaceAll('我', '你');
  return ledIn(
    {
      kind: 'advice',
      language: 'zh',
      text,
      canonical: `advice ${subject.replace('我 的 朋友', 'my friend').replace('我 的 狗', 'my dog').replace('我 的 猫', 'my cat').replace('我', 'i')} ${state.word}`,
      facts: { says: [state.chineseSays], short: state.chineseSays, never: ['雪', `不 ${word}`], polite: true },
      thought: `${subject} ${word} , 那 ${remedy}`,
      good: [`对不起 , ${they} ${word} . 请 ${remedy} .`, `${they} ${word} , 可以 ${remedy} . 我 能 帮 你 .`],
      curt: [`${remedy} .`],
      wrong: ['什么 ?', '我 猜 .', '吃 雪 .', `不 , ${they} 不 ${word} .`],
      foreign: `sorry , ${state.remedies[0]} .`,
    },
    random,
  );
}
