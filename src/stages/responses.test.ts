// Responses of one turn and of several, over a sampler whose words are known: what is learnt, what is judged, where an episode ends.

import { describe, expect, it } from 'vitest';
import type { SampleParams, SamplingClient } from '../engine/engine.ts';
import type { Tokenizer } from '../formats/tokenizer.ts';
import { RewardError } from '../rewards/mix.ts';
import { turnReward } from '../rewards/turns.ts';
import type { Environment, TaskRow } from '../tasks/task.ts';
import { type Response, type ResponseRequest, sampleResponses, transcript } from './responses.ts';

// Ids are characters; `.` ends a response.
const END = '.'.charCodeAt(0);
const ids = (text: string): number[] => [...text].map((c) => c.charCodeAt(0));
const tokenizer = {
  stopIds: [END],
  isSpecial: () => false,
  encode: ids,
  decode: (list: ArrayLike<number>) => String.fromCharCode(...Array.from(list)),
  replyIds: ({ role, content }: { role: string; content: string }, ended: boolean) => ids(`${ended ? '' : '.'}[${role}:${content}]`),
} as unknown as Tokenizer;

interface Asked {
  prompt: string;
  params: SampleParams;
}

/** Says what `script` has for the text so far, cut at the limit. */
function speaker(script: (soFar: string, sample: number) => string): SamplingClient & { asked: Asked[] } {
  const asked: Asked[] = [];
  return {
    asked,
    version: 5,
    async sample(prompt, params) {
      const soFar = tokenizer.decode(prompt);
      asked.push({ prompt: soFar, params });
      return Array.from({ length: params.n }, (_, i) => {
        const whole = ids(script(soFar, i));
        const tokens = Int32Array.from(whole.slice(0, params.maxTokens));
        return {
          tokens,
          logprobs: Float32Array.from(tokens, (id) => -id),
          stopReason: tokens.length < whole.length ? ('length' as const) : ('stop' as const),
          version: 5,
        };
      });
    },
    logprobs: async () => [],
    topLogprobs: async () => [],
    save: async () => {},
    close: async () => {},
  };
}

/** Adds up `a+b=`; `?` for anything else. */
const adder: Environment = {
  maxTurns: 4,
  stop: ['='],
  reply({ turns }) {
    const sum = /(\d)\+(\d)=$/.exec(turns[turns.length - 1].text);
    return { text: sum ? String(Number(sum[1]) + Number(sum[2])) : '?', reward: sum ? 0.5 : 0 };
  },
};

const request: ResponseRequest = {
  n: 1,
  temperature: 1,
  topP: 1,
  maxTokens: 40,
  seedOf: (p) => 100 + p,
  onEnvironmentError: 'throw',
};

async function respond(
  sampler: SamplingClient,
  environment: Environment | undefined,
  prompts: (string | TaskRow['prompt'])[],
  change: Partial<ResponseRequest> & { prefill?: string } = {},
): Promise<{ groups: Response[][]; order: number[] }> {
  const groups: Response[][] = [];
  const order: number[] = [];
  const asked = prompts.map((prompt, i) => ({
    row: { id: `r${i}`, prompt },
    tokens: Int32Array.from(
      ids((typeof prompt === 'string' ? prompt : prompt.map(({ content }) => content).join('')) + (change.prefill ?? '')),
    ),
  }));
  await sampleResponses(sampler, tokenizer, { environment, prefill: change.prefill }, asked, { ...request, ...change }, (p, responses) => {
    groups[p] = responses;
    order.push(p);
  });
  return { groups, order };
}

const shown = ({ tokens, episode }: Response): string =>
  [...tokens].map((id, t) => (episode?.own[t] === 0 ? `<${String.fromCharCode(id)}>` : String.fromCharCode(id))).join('');

describe('a response of one turn', () => {
  it('is what was sampled, with its text', async () => {
    const sampler = speaker(() => 'yes.');
    const { groups } = await respond(sampler, undefined, ['q?'], { n: 2 });
    expect(groups[0]).toHaveLength(2);
    expect(groups[0][0]).toMatchObject({ text: 'yes', stopReason: 'stop', version: 5 });
    expect(groups[0][0].episode).toBeUndefined();
    expect(sampler.asked[0].params).toMatchObject({ n: 2, maxTokens: 40, seed: 100, stop: [END], stopTexts: undefined });
  });
});

describe('a response of several turns, behind a text', () => {
  const counting = (soFar: string): string => (soFar.endsWith('q?') ? '1+2=' : soFar.endsWith('=3') ? ' 3+4=' : ' so 7.');

  it("goes on right behind the reply; what the environment said is not the model's", async () => {
    const sampler = speaker(counting);
    const { groups } = await respond(sampler, adder, ['q?']);
    const [response] = groups[0];
    expect(shown(response)).toBe('1+2=<3> 3+4=<7> so 7.');
    expect(response.text).toBe('1+2= 3+4= so 7');
    expect([...response.logprobs].filter((_, t) => response.episode?.own[t] === 0)).toEqual([0, 0]);
    expect(response.logprobs[0]).toBe(-ids('1')[0]);
    expect(response.episode?.turns).toEqual([
      { by: 'model', text: '1+2=', reward: 0.5 },
      { by: 'environment', text: '3' },
      { by: 'model', text: ' 3+4=', reward: 0.5 },
      { by: 'environment', text: '7' },
      { by: 'model', text: ' so 7', reward: 0 },
    ]);
    expect(transcript({ text: response.text, turns: response.episode?.turns })).toBe('1+2= \u27ea3\u27eb 3+4= \u27ea7\u27eb so 7');
    expect(sampler.asked.map(({ prompt }) => prompt)).toEqual(['q?', 'q?1+2=3', 'q?1+2=3 3+4=7']);
    expect(sampler.asked.map(({ params }) => params.maxTokens)).toEqual([40, 35, 29]);
    for (const { params } of sampler.asked) expect(params.stopTexts).toEqual(['=']);
  });

  it('draws each turn of each response from a seed of its own, the same each time', async () => {
    const sampler = speaker(counting);
    await respond(sampler, adder, ['q?', 'another q?'], { n: 2 });
    const seeds = sampler.asked.map(({ params }) => params.seed);
    expect(new Set(seeds).size).toBe(seeds.length);
    const again = speaker(counting);
    await respond(again, adder, ['q?', 'another q?'], { n: 2 });
    expect(again.asked.map(({ params }) => params.seed)).toEqual(seeds);
    // Two first turns of two samples each, then four responses with two turns more.
    expect(seeds).toHaveLength(2 + 4 + 4);
  });

  it('a prefill belongs to the first turn alone', async () => {
    const { groups } = await respond(
      speaker((soFar) => (soFar.endsWith('<think>') ? '1+1=' : ' 2</think>.')),
      adder,
      ['q?'],
      { prefill: '<think>' },
    );
    expect(groups[0][0].text).toBe('<think>1+1= 2</think>');
  });

  it('is cut where the reply leaves no room, and at the limit of all its tokens', async () => {
    const { groups } = await respond(speaker(counting), adder, ['q?'], { maxTokens: 5 });
    expect(groups[0][0]).toMatchObject({ stopReason: 'length', text: '1+2=' });
    expect(shown(groups[0][0])).toBe('1+2=');
    const { groups: later } = await respond(speaker(counting), adder, ['q?'], { maxTokens: 8 });
    expect(shown(later[0][0])).toBe('1+2=<3> 3+');
    expect(later[0][0].stopReason).toBe('length');
  });

  it("ends after the model's last turn, which is scored and gets no reply", async () => {
    const endless = speaker(() => '1+1=');
    const { groups } = await respond(endless, { ...adder, maxTurns: 2 }, ['q?']);
    expect(shown(groups[0][0])).toBe('1+1=<2>1+1=');
    expect(groups[0][0].episode?.turns.map(({ reward }) => reward)).toEqual([0.5, undefined, 0.5]);
  });

  it('ends where the environment says so', async () => {
    const once: Environment = { maxTurns: 9, stop: ['='], reply: ({ turns }) => ({ text: turns.length > 1 ? null : '2' }) };
    const { groups } = await respond(
      speaker(() => '1+1='),
      once,
      ['q?'],
    );
    expect(shown(groups[0][0])).toBe('1+1=<2>1+1=');
  });

  it('a group is told of when its last response is over, whatever the others do', async () => {
    const sampler = speaker((soFar) => (soFar.startsWith('short') ? 'no.' : counting(soFar)));
    const { order } = await respond(sampler, adder, ['q?', 'short q?'], { n: 2 });
    expect(order).toEqual([1, 0]);
  });

  it('an environment that throws, or gives a reward that is no number, is a reward that fails', async () => {
    const broken: Environment = { ...adder, reply: () => Promise.reject(new Error('the tool is gone')) };
    await expect(respond(speaker(counting), broken, ['q?'])).rejects.toThrow(
      /the reward "environment" threw: the tool is gone\n {2}row: r0/,
    );
    const odd: Environment = { ...adder, reply: () => ({ text: '1', reward: Number.NaN }) };
    await expect(respond(speaker(counting), odd, ['q?'])).rejects.toThrow(/the reward of a turn is NaN/);
    const errors: RewardError[] = [];
    const { groups } = await respond(speaker(counting), broken, ['q?'], { onEnvironmentError: (error) => errors.push(error) });
    expect(errors[0]).toBeInstanceOf(RewardError);
    expect(groups[0][0].episode?.failed).toBe(true);
  });
});

describe('a response of several turns in a chat', () => {
  const chat: TaskRow['prompt'] = [{ role: 'user', content: 'q?' }];
  const talking = (soFar: string): string => (soFar.endsWith('q?') ? '1+2=' : soFar.endsWith('[user:3]') ? 'more.' : '7.');

  it("replies are messages: the model's turn is ended where it did not end itself", async () => {
    const { groups } = await respond(speaker(talking), { ...adder, maxTurns: 3 }, [chat]);
    expect(shown(groups[0][0]).replaceAll('><', '')).toBe('1+2=<.[user:3]>more.<[user:?]>7.');
    expect(groups[0][0].text).toBe('1+2=\nmore\n7');
  });

  it("a tool may be the one who replies; each of the model's turns begins with the prefill", async () => {
    const sampler = speaker(() => '1+2=');
    const { groups } = await respond(sampler, { ...adder, role: 'tool', maxTurns: 2 }, [chat], { prefill: 'I:' });
    expect(sampler.asked[1].prompt).toBe('q?I:1+2=.[tool:3]I:');
    expect(groups[0][0].text).toBe('I:1+2=\nI:1+2=');
  });
});

describe('turnReward', () => {
  it('is the sum of what the turns earned, and null where none earned anything', async () => {
    const of = (...rewards: (number | undefined)[]) => rewards.map((reward) => ({ by: 'model' as const, text: '', reward }));
    const rows = [1, 2, 3].map((n) => ({ id: `${n}`, prompt: '' }));
    const input = { prompts: ['', '', ''], completions: ['', '', ''], rows, turns: [of(0.5, undefined, 0.25), of(undefined), of(0)] };
    expect(await turnReward(input)).toEqual([0.75, null, 0]);
  });
});
