// Completions by a server: a request a sample, each with a seed of its own, so many at a time.
import { deriveSeed } from '../../algorithms/random.ts';
import type { Task, TaskRow } from '../../tasks/task.ts';
import type { Completion, CompletionSource } from './completions.ts';
import type { Endpoint, EndpointSampling } from './endpoint.ts';
import { allOf } from './inParallel.ts';

/** Servers take seeds of 31 bits at least. */
const seeds = 2 ** 31;

/**
 * @param rows the problems, in the order of their numbers
 * @param options.concurrency requests at a time
 * A task's prefill goes behind a prompt that is text; in a chat the turn is the model's own, and there it is left out.
 */
export function endpointCompletions(
  endpoint: Pick<Endpoint, 'complete'>,
  task: Pick<Task, 'prefill'>,
  rows: readonly TaskRow[],
  { samples, seed, concurrency, ...sampling }: EndpointSampling & { samples: number; concurrency: number },
): CompletionSource {
  const slots = new Slots(concurrency);
  const completions = (problem: number): Promise<Completion[]> => {
    const { prompt } = rows[problem];
    const prefill = typeof prompt === 'string' ? (task.prefill ?? '') : '';
    const asked = typeof prompt === 'string' ? prompt + prefill : prompt;
    return allOf(
      Array.from({ length: samples }, (_, sample) =>
        slots.use(async () => {
          const request = { ...sampling, seed: deriveSeed(seed, 'heldOut', problem, sample) % seeds };
          const completion = await endpoint.complete(asked, request);
          return { ...completion, text: prefill + completion.text };
        }),
      ),
    );
  };
  return {
    async complete(problems, each) {
      await allOf(problems.map(async (problem) => each(problem, await completions(problem))));
    },
    // The next problem's requests fill up what one leaves free.
    atOnce: Math.ceil(concurrency / samples) + 1,
    sliding: true,
  };
}

/** At most so many at a time; the others wait in their order. */
class Slots {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async use<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free++;
    }
  }
}
