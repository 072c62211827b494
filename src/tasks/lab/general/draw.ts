// General prompts drawn at random, for the stages after R1-Zero: a kind, a template, its slots. Several thousand differ, and numbers
// make facts and comparisons many. What is held out is decided by the question's canonical form, as for problems.
import type { Stream } from '../../../algorithms/random.ts';
import { isHeldOut } from '../heldOut.ts';
import { advice, chineseAdvice } from './advice.ts';
import { animalComparison, chineseComparison, comparison } from './comparisons.ts';
import { chineseNeighbour, chineseParity, chineseProperty, neighbour, parity, property } from './facts.ts';
import { chineseGreeting, greeting, thanks } from './greetings.ts';
import type { GeneralItem, Maker } from './item.ts';
import { chineseHarmfulRequest, chineseHarmlessRequest, harmfulRequest, harmlessRequest } from './requests.ts';

/** How often each is drawn, relative to the others: a fifth of the prompts is Chinese, a seventh is to be declined. */
const makers: readonly [Maker, weight: number][] = [
  [greeting, 16],
  [thanks, 6],
  [chineseGreeting, 6],
  [parity, 12],
  [chineseParity, 4],
  [neighbour, 10],
  [chineseNeighbour, 4],
  [property, 8],
  [chineseProperty, 3],
  [comparison, 18],
  [animalComparison, 4],
  [chineseComparison, 6],
  [advice, 18],
  [chineseAdvice, 6],
  [harmfulRequest, 20],
  [chineseHarmfulRequest, 5],
  [harmlessRequest, 14],
  [chineseHarmlessRequest, 4],
];
const total = makers.reduce((sum, [, weight]) => sum + weight, 0);

/** A random general prompt, held out or not as asked. */
export function drawGeneral(random: Stream, heldOut = false): GeneralItem {
  for (;;) {
    let u = random.next() * total;
    const [make] =
      makers.find(([, weight]) => {
        u -= weight;
        return u < 0;
      }) ?? makers[0];
    const item = make(random);
    if (isHeldOutItem(item) === heldOut) return item;
  }
}

export function generalPrompt({ text }: GeneralItem): string {
  return `user : ${text} assistant :`;
}

export function isHeldOutItem({ canonical }: GeneralItem): boolean {
  let held = heldOutForms.get(canonical);
  if (held === undefined) {
    held = isHeldOut(`general ${canonical}`);
    heldOutForms.set(canonical, held);
  }
  return held;
}

// The hash costs as much as the rest; some 10,000 canonical forms exist.
const heldOutForms = new Map<string, boolean>();
