// In which order rows are trained on, and which of them are held out. Both depend on the seed and on how many rows there are, not on what
// file a row lies in: the same rows in the same order, cut into other files, are split and shuffled alike.

import { stream } from '../algorithms/random.ts';

/**
 * Row number `position` of an endless sequence: one shuffled pass over `size` rows after another.
 * @param name of what is shuffled: sequences of different names are independent
 */
export function shuffledPasses(size: number, seed: number, name: string): (position: number) => number {
  let epoch = -1;
  let order: number[] = [];
  return (position) => {
    const wanted = Math.floor(position / size);
    if (wanted !== epoch) {
      epoch = wanted;
      order = stream(seed, name, epoch).shuffle(Array.from({ length: size }, (_, row) => row));
    }
    return order[position % size];
  };
}

/**
 * Which rows are held out: drawn by the seed, without replacement.
 * @param amount a share of the rows below 1 (at least one row is held out), or their number
 */
export function drawHeldOut(size: number, amount: number, seed: number): Set<number> {
  const count = amount < 1 ? Math.max(1, Math.round(amount * size)) : amount;
  const order = stream(seed, 'held out').shuffle(Array.from({ length: size }, (_, row) => row));
  return new Set(order.slice(0, count));
}
