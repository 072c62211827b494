// Which of a prompt's responses are compared, and by what order of the sides.

import { stream } from '../../algorithms/random.ts';

/**
 * `count` pairs of the responses, by their numbers, drawn by the seed: at first every response is in one, then in two, and so on (the rounds
 * of a tournament). Fewer where there are no more. A response that says nothing is in none, nor is one that says the same as an earlier one.
 */
export function drawPairs(responses: readonly string[], count: number, seed: number): [number, number][] {
  const isOwn = (i: number): boolean => responses[i].trim() !== '' && responses.indexOf(responses[i]) === i;
  const players: (number | undefined)[] = [...responses.keys()].filter(isOwn);
  stream(seed, 'pairs').shuffle(players);
  // The circle method: one stays, the others go round it; where their number is odd, one sits each round out.
  if (players.length % 2 === 1) players.push(undefined);
  const [fixed, ...circle] = players;
  const pairs: [number, number][] = [];
  for (let round = 0; round < circle.length; round++) {
    const seats = [fixed, ...circle.slice(round), ...circle.slice(0, round)];
    for (let i = 0; i < seats.length / 2; i++) {
      const [a, b] = [seats[i], seats[seats.length - 1 - i]];
      if (a !== undefined && b !== undefined) pairs.push(a < b ? [a, b] : [b, a]);
    }
  }
  return pairs.slice(0, count);
}
