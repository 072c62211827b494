// A judgement's budget: parsing and comparing count their steps here, so that no input, however made, costs more than a bounded time.

/** Thrown where an expression has no value that can be vouched for: too large, undefined, or beyond the budget. Never leaves rewards/math. */
export class NoValue extends Error {}

export class Work {
  #left: number;

  constructor(steps: number) {
    this.#left = steps;
  }

  /** @throws NoValue once the budget is spent. */
  spend(steps = 1): void {
    this.#left -= steps;
    if (this.#left < 0) throw new NoValue('budget');
  }
}
