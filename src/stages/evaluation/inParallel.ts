// Several things at a time. Whatever fails, what else was begun is waited for: nothing goes on behind the back of an error.

/** What all of `work` gives. @throws what the first that failed threw, after all have ended */
export async function allOf<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(work);
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

/** Works that begin while others go on. */
export class Begun {
  private readonly works: Promise<void>[] = [];

  add(work: Promise<void>): void {
    // What fails before it is waited for is no unhandled error.
    work.catch(() => {});
    this.works.push(work);
  }

  /** Waits for all. @throws what the first that failed threw */
  async ended(): Promise<void> {
    await allOf(this.works);
  }
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
