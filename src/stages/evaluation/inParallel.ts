// Several things at a time. Whatever fails, what else was begun is waited for: nothing goes on behind the back of an error.

/** What all of `work` gives. @throws what the first that failed threw, after all have ended */
export async function allOf<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(work);
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

/** `width` at a time, the next when one ends; none begins after `stop` says so, or one has failed. */
export async function inTurn<T>(items: readonly T[], width: number, stop: () => boolean, work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const item of left) {
      if (failed || stop()) return;
      await work(item).catch((error) => {
        failed = true;
        throw error;
      });
    }
  };
  await allOf(Array.from({ length: width }, worker));
}

/** `width` at once, then the next as many. */
export async function together<T>(
  items: readonly T[],
  width: number,
  stop: () => boolean,
  work: (item: T) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < items.length && !stop(); from += width) await allOf(items.slice(from, from + width).map(work));
}
