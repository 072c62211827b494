// Responses to prompts: one turn each, or several where the task has an environment. Then the model's turns and the environment's replies
// follow each other in one sequence, of which only the model's own tokens are learnt.

import { deriveSeed } from '../algorithms/random.ts';
import type { Sample, SampleParams, SamplingClient } from '../engine/engine.ts';
import type { Tokenizer } from '../formats/tokenizer.ts';
import { RewardError } from '../rewards/mix.ts';
import type { Turn } from '../rewards/reward.ts';
import type { Environment } from '../tasks/environment.ts';
import { type Task, taskOf } from '../tasks/task.ts';
import { type Prompt, responseText } from './prompts.ts';

/** What was sampled, replies included. */
export interface Response extends Sample {
  /** What rewards judge: the model's own words. */
  text: string;
  /** Where there is an environment. */
  episode?: Episode;
}

export interface Episode {
  /** [tokens] 1 where the model wrote the token, 0 where it is a reply's; those have log-probabilities of 0. */
  own: Uint8Array;
  turns: Turn[];
  /** The environment threw: there is no judging it. */
  failed: boolean;
}

export interface ResponseRequest extends Pick<SampleParams, 'n' | 'temperature' | 'topP' | 'signal' | 'onTokens'> {
  /** Tokens of a response, replies included. */
  maxTokens: number;
  /** Of the prompt with this number. */
  seedOf(prompt: number): number;
  /** An environment that throws ends the sampling, or the response alone, which then has no reward. */
  onEnvironmentError: 'throw' | ((error: RewardError) => void);
}

/** How many of a response's tokens the model wrote. */
export function ownTokens({ tokens, episode }: Pick<Response, 'tokens' | 'episode'>): number {
  return episode ? episode.own.reduce((sum, own) => sum + own, 0) : tokens.length;
}

/** A response to be read: what an environment said stands set off between the model's turns. */
export function transcript({ text, turns }: { text: string; turns?: readonly Turn[] }): string {
  return turns ? turns.map((turn) => (turn.by === 'model' ? turn.text.trim() : `\u27ea${turn.text.trim()}\u27eb`)).join(' ') : text;
}

/**
 * Samples `n` responses to each prompt. `onGroup` is called with the number of a prompt and its responses as soon as all of these are there.
 * @throws RewardError where the environment throws
 */
export async function sampleResponses(
  sampler: SamplingClient,
  tokenizer: Tokenizer,
  task: Pick<Task, 'prefill' | 'environment' | 'partOf'>,
  prompts: readonly Prompt[],
  request: ResponseRequest,
  onGroup: (prompt: number, responses: Response[]) => void,
): Promise<void> {
  const { n, maxTokens, temperature, topP, signal, onTokens, seedOf } = request;
  const params = { temperature, topP, topK: 0, stop: tokenizer.stopIds, signal, onTokens };
  const open: Draft[] = [];
  await Promise.all(
    prompts.map(async (prompt, p) => {
      const own = taskOf(task, prompt.row);
      const { environment } = own;
      const samples = await sampler.sample(prompt.tokens, { ...params, stopTexts: environment?.stop, n, maxTokens, seed: seedOf(p) });
      if (environment === undefined)
        onGroup(
          p,
          samples.map((sample) => ({ ...sample, text: responseText(tokenizer, own, sample.tokens, prompt.tokens) })),
        );
      else for (const [i, sample] of samples.entries()) open.push(new Draft(tokenizer, own, environment, prompt, p, i, sample));
    }),
  );
  open.sort((a, b) => a.prompt - b.prompt || a.sample - b.sample);
  // All that are not over take their next turn together: what is sampled beside what does not depend on how long a reply takes.
  const groups = prompts.map((_, p) => open.filter((draft) => draft.prompt === p));
  const waiting = new Set(open.map(({ prompt }) => prompt));
  for (let turn = 1; waiting.size > 0; turn++) {
    const active = open.filter(({ isOver }) => !isOver);
    await Promise.all(active.map((draft) => draft.takeReply(turn, maxTokens, request.onEnvironmentError)));
    for (const p of waiting)
      if (groups[p].every(({ isOver }) => isOver)) {
        waiting.delete(p);
        onGroup(
          p,
          groups[p].map((draft) => draft.response()),
        );
      }
    await Promise.all(
      active
        .filter(({ isOver }) => !isOver)
        .map(async (draft) => {
          const seed = deriveSeed(seedOf(draft.prompt), 'turn', draft.sample, turn);
          const { stop: stopTexts } = draft.environment;
          const [sample] = await sampler.sample(draft.soFar(), { ...params, stopTexts, n: 1, maxTokens: maxTokens - draft.length, seed });
          draft.add(sample);
        }),
    );
  }
}

/** A response in the making. */
class Draft {
  isOver = false;
  private readonly tokens: number[] = [];
  private readonly logprobs: number[] = [];
  private readonly own: number[] = [];
  private readonly turns: Turn[] = [];
  private failed = false;
  private last!: Sample;
  /** The tokens that the model's newest turn continues, and whether they end with the task's prefill. */
  private turnPrompt: Int32Array;
  private prefilled = true;

  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly task: Pick<Task, 'prefill'>,
    readonly environment: Environment,
    private readonly asked: Prompt,
    readonly prompt: number,
    readonly sample: number,
    first: Sample,
  ) {
    this.turnPrompt = asked.tokens;
    this.add(first);
  }

  get length(): number {
    return this.tokens.length;
  }

  soFar(): Int32Array {
    return Int32Array.from([...this.asked.tokens, ...this.tokens]);
  }

  /** The model's next turn. */
  add(sample: Sample): void {
    this.push([...sample.tokens], [...sample.logprobs], 1);
    const text = responseText(this.tokenizer, this.prefilled ? this.task : {}, sample.tokens, this.turnPrompt);
    this.turns.push({ by: 'model', text });
    this.last = sample;
    if (sample.stopReason !== 'stop') this.isOver = true;
  }

  /** @param turn the number of the model's turns so far */
  async takeReply(turn: number, maxTokens: number, onError: ResponseRequest['onEnvironmentError']): Promise<void> {
    const { environment } = this;
    const { row } = this.asked;
    let text: string | null;
    try {
      const reply = await environment.reply({ row, turns: [...this.turns] });
      if (reply.reward !== undefined) this.turns[this.turns.length - 1].reward = finite(reply.reward);
      text = reply.text;
    } catch (cause) {
      const what = `threw: ${cause instanceof Error ? cause.message : String(cause)}`;
      const error = new RewardError('environment', what, { row, completion: this.ownText() }, cause);
      if (onError === 'throw') throw error;
      onError(error);
      this.failed = true;
      text = null;
    }
    const ended = this.tokenizer.stopIds.includes(this.last.tokens[this.last.tokens.length - 1]);
    const isChat = typeof row.prompt !== 'string';
    if (text === null || turn >= environment.maxTurns || (ended && !isChat)) {
      this.isOver = true;
      return;
    }
    const ids = isChat ? this.tokenizer.replyIds({ role: environment.role ?? 'user', content: text }, ended) : this.tokenizer.encode(text);
    this.prefilled = isChat && this.task.prefill !== undefined;
    if (isChat && this.task.prefill) ids.push(...this.tokenizer.encode(this.task.prefill, { allowControl: true }));
    if (this.length + ids.length >= maxTokens) {
      // No room for another word: cut as a response is that never ends.
      this.last = { ...this.last, stopReason: 'length' };
      this.isOver = true;
      return;
    }
    this.turns.push({ by: 'environment', text });
    this.push(
      ids,
      ids.map(() => 0),
      0,
    );
    this.turnPrompt = Int32Array.from(isChat ? ids : []);
  }

  response(): Response {
    return {
      ...this.last,
      tokens: Int32Array.from(this.tokens),
      logprobs: Float32Array.from(this.logprobs),
      text: this.ownText(),
      episode: { own: Uint8Array.from(this.own), turns: this.turns, failed: this.failed },
    };
  }

  private push(tokens: number[], logprobs: number[], own: 0 | 1): void {
    this.tokens.push(...tokens);
    this.logprobs.push(...logprobs);
    this.own.push(...tokens.map(() => own));
  }

  /** A text that replies were put into reads on without them; messages stay apart. */
  private ownText(): string {
    if (typeof this.asked.row.prompt !== 'string') {
      const own = this.turns.filter(({ by }) => by === 'model');
      return own.map(({ text }) => text).join('\n');
    }
    const own = this.tokens.filter((_, t) => this.own[t] === 1);
    return responseText(this.tokenizer, this.task, Int32Array.from(own), this.asked.tokens);
  }
}

function finite(reward: number): number {
  if (!Number.isFinite(reward)) throw new Error(`the reward of a turn is ${reward}`);
  return reward;
}
