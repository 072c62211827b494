// Sets of small numbers as the bits of an integer, as the searches for a second solution use them.

const counts = Uint8Array.from({ length: 512 }, (_, set) => set.toString(2).replaceAll('0', '').length);

/** How many of the nine lowest bits are set. */
export function bits(set: number): number {
  return counts[set & 511];
}
