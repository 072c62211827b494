// Which prompt comes next: of one task one shuffled pass after another; of several tasks by their shares, each in passes of its own.
// It is a function of how many prompts have been used and of where tasks began, so that a resumed run asks what an uninterrupted one asks.

import { shuffledPasses } from '../datasets/order.ts';
import type { Prompt } from './prompts.ts';

/** Prompts that are drawn from by a share. */
export interface PromptPart {
  /** Of the shuffle. */
  name: string;
  /** Relative to the other parts'. */
  weight: number;
  /** Steps before which nothing is drawn from it. */
  from: number;
  prompts: readonly Prompt[];
}

/** From the prompt with number `cursor` on the parts that have begun by `step` take turns. */
export interface Phase {
  step: number;
  cursor: number;
}

/** Before the first step. */
export const firstPhase: Phase = { step: 0, cursor: 0 };

/** The phases of a run whose next rollout begins after `step` steps, at prompt `cursor`: one more where a part begins there. */
export function enterPhase(
  parts: readonly Pick<PromptPart, 'from'>[],
  phases: readonly Phase[],
  step: number,
  cursor: number,
): readonly Phase[] {
  const since = phases[phases.length - 1].step;
  return parts.some(({ from }) => from > since && from <= step) ? [...phases, { step, cursor }] : phases;
}

/**
 * Prompt number `cursor` of an endless sequence. At every moment of a phase each part has had its share of the prompts since the phase
 * began, to less than one prompt (the quota method of Balinski and Young).
 */
export function promptOrder(
  parts: readonly PromptPart[],
  seed: number,
  phases: readonly Phase[] = [firstPhase],
): (cursor: number) => Prompt {
  const rowAt = parts.map(({ name, prompts }) => shuffledPasses(prompts.length, seed, name));
  // Whose turn each prompt up to here is, and which of its own that is.
  const turns: { part: number; place: number }[] = [];
  const places = parts.map(() => 0);
  let phase = 0;
  let next = turnTaker(parts, phases[phase].step);
  return (cursor) => {
    while (turns.length <= cursor) {
      if (phases[phase + 1]?.cursor === turns.length) next = turnTaker(parts, phases[++phase].step);
      const part = next();
      turns.push({ part, place: places[part]++ });
    }
    const { part, place } = turns[cursor];
    return parts[part].prompts[rowAt[part](place)];
  };
}

/** Whose turn is next, by weight: of those that have not had more than their share, the one that one more turn suits best. */
function turnTaker(parts: readonly PromptPart[], step: number): () => number {
  const weights = parts.map(({ weight, from }) => (from <= step ? weight : 0));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const taken = weights.map(() => 0);
  let turns = 0;
  return () => {
    turns++;
    let best = -1;
    for (const [i, weight] of weights.entries())
      if (weight * turns > total * taken[i] && (best < 0 || weight * (taken[best] + 1) > weights[best] * (taken[i] + 1))) best = i;
    taken[best]++;
    return best;
  };
}
