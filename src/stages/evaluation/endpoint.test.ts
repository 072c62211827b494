// Against a server that speaks OpenAI's API over HTTP: what is sent, what is made of its answers, and what of its faults.
import { afterEach, describe, expect, it } from 'vitest';
import { InputError } from '../../platform/errors.ts';
import { chatAnswer, type OpenaiServer, type ServedAnswer, type ServedRequest, startOpenai } from '../../testing/openaiServer.ts';
import type { Completion, CompletionSource } from './completions.ts';
import { Endpoint } from './endpoint.ts';
import { endpointCompletions } from './endpointCompletions.ts';

const servers: OpenaiServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));
const serve = async (answer: (request: ServedRequest, number: number) => ServedAnswer | Promise<ServedAnswer>): Promise<OpenaiServer> => {
  const server = await startOpenai(answer);
  servers.push(server);
  return server;
};
const sampling = { maxTokens: 100, temperature: 0.6, topP: 0.95, seed: 7 };
const chat = [{ role: 'user' as const, content: 'Hello?' }];
const ask = (url: string, prompt: typeof chat | string = chat, key?: string) =>
  new Endpoint({ url, model: 'm', key }).complete(prompt, sampling);
const caught = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => new Error('it did not fail'),
    (error) => error,
  );

describe('a request', () => {
  it('carries messages, sampling and the key to /chat/completions', async () => {
    const server = await serve(() => chatAnswer('Hi.', { tokens: 3 }));
    expect(await ask(server.url, chat, 'secret')).toEqual({ text: 'Hi.', tokens: 3, stopReason: 'stop' });
    const [{ path, headers, body }] = server.requests;
    expect([path, headers.authorization]).toEqual(['/v1/chat/completions', 'Bearer secret']);
    expect(body).toEqual({ model: 'm', messages: chat, max_tokens: 100, temperature: 0.6, top_p: 0.95, seed: 7, n: 1, stream: false });
  });

  it('carries a text to /completions, and no key where there is none', async () => {
    const server = await serve(() => ({ body: { choices: [{ text: ' and so on', finish_reason: 'length' }] } }));
    expect(await ask(server.url, 'Once')).toEqual({ text: ' and so on', stopReason: 'length' });
    const [{ path, headers, body }] = server.requests;
    expect([path, headers.authorization, body.prompt]).toEqual(['/v1/completions', undefined, 'Once']);
  });

  it('finds the API from its root, a trailing slash or the whole address', async () => {
    const server = await serve(() => chatAnswer('Hi.'));
    const root = server.url.replace(/\/v1$/, '');
    for (const url of [root, `${root}/`, `${server.url}/`, `${server.url}/chat/completions`, `${root}/api/v3`]) await ask(url);
    expect(server.requests.map(({ path }) => path)).toEqual([...Array(4).fill('/v1/chat/completions'), '/api/v3/chat/completions']);
  });
});

describe('an answer', () => {
  it.each([
    ['a thought told apart stands in its tags again', chatAnswer('5', { reasoning: '2 + 3' }), '<think>2 + 3</think>5'],
    ['a thought that was cut off has not ended', chatAnswer(null, { reasoning: '2 + ', finish: 'length' }), '<think>2 + '],
    ['a thought without an answer has ended', chatAnswer('', { reasoning: '2 + 3' }), '<think>2 + 3</think>'],
    ['a thought within the text stays', chatAnswer('<think>2</think>5'), '<think>2</think>5'],
    ['a thought that the prompt has opened is opened again', chatAnswer('2</think>5'), '<think>2</think>5'],
  ])('%s', async (_, answer, text) => {
    const server = await serve(() => answer);
    expect((await ask(server.url)).text).toBe(text);
  });
});

describe('a fault', () => {
  it('that passes is waited for: busy, failing, broken connections', async () => {
    const faults: ServedAnswer[] = [
      { status: 429, headers: { 'retry-after': '0' }, body: { error: { message: 'slow down' } } },
      { status: 503, headers: { 'retry-after': new Date(Date.now() - 5000).toUTCString() } },
      { broken: true },
    ];
    const server = await serve((_, number) => faults[number] ?? chatAnswer('Hi.'));
    expect((await ask(server.url)).text).toBe('Hi.');
    expect(server.requests).toHaveLength(4);
  });

  it('waits as long as the server asks it to', async () => {
    const server = await serve((_, number) => (number === 0 ? { status: 429, headers: { 'retry-after': '0.9' } } : chatAnswer('Hi.')));
    const start = performance.now();
    await ask(server.url);
    expect(performance.now() - start).toBeGreaterThan(850);
  });

  it('that does not pass is an error with what the server said last', async () => {
    const server = await serve(() => ({ status: 500, headers: { 'retry-after': '0' }, body: { error: { message: 'out of memory' } } }));
    const error = await caught(ask(server.url));
    expect(error).not.toBeInstanceOf(InputError);
    expect(error.message).toMatch(/answered 500: out of memory, 7 times$/);
    expect(server.requests).toHaveLength(7);
  });

  it.each<[string, ServedAnswer, RegExp]>([
    [
      'a refused key',
      { status: 401, body: { error: { message: 'Incorrect API key provided: secret.' } } },
      /refuses the key \(401\): Incorrect API key provided: \*\*\*: .*--key-env/,
    ],
    [
      'an unknown model',
      { status: 404, body: { error: { message: 'The model `m` does not exist' } } },
      /has no model "m" \(404\): The model `m` does not exist: .*--endpoint-model/,
    ],
    [
      'a refused request',
      { status: 400, body: { message: 'max_tokens is too large' } },
      /refuses the request \(400\): max_tokens is too large\. Is --max-tokens/,
    ],
    ['a web page', { body: '<html>Welcome</html>' }, /does not answer as OpenAI's API does \(it is not JSON\): "<html>Welcome/],
    ['another JSON', { body: { ok: true } }, /does not answer as OpenAI's API does \(choices: /],
    ['no choice', { body: { choices: [] } }, /does not answer as OpenAI's API does/],
  ])('%s is told at once', async (_, answer, words) => {
    const server = await serve(() => answer);
    const error = await caught(ask(server.url, chat, 'secret'));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(words);
    expect(error.message).not.toContain('secret');
    expect(server.requests).toHaveLength(1);
  });

  it('a redirect is not followed: the key stays where it was meant for', async () => {
    const other = await serve(() => chatAnswer('Hi.'));
    const server = await serve(() => ({ status: 307, headers: { location: `${other.url}/chat/completions` } }));
    const error = await caught(ask(server.url, chat, 'secret'));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(`redirects to ${other.url}/chat/completions (307)`);
    expect(other.requests).toEqual([]);
  });

  it('nobody at the address is told at once; later it is waited for', async () => {
    const server = await serve(() => chatAnswer('Hi.'));
    const endpoint = new Endpoint({ url: server.url, model: 'm' });
    await endpoint.complete(chat, sampling);
    await server.close();
    const error = await caught(ask(server.url));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(/cannot be reached: .*ECONNREFUSED.* Is the server running/);
    const later = endpoint.complete(chat, sampling);
    await new Promise((resolve) => setTimeout(resolve, 300));
    servers.push(await startOpenai(() => chatAnswer('Again.'), Number(new URL(server.url).port)));
    expect((await later).text).toBe('Again.');
  });

  it.each([
    ['localhost:8000/v1', /only http:\/\/ and https:\/\//],
    ['nowhere', /it is no address/],
    ['ftp://host/v1', /only http:\/\/ and https:\/\//],
    ['http://me:secret@host/v1', /leave out what is more than host and path/],
  ])('refuses the address %s', (url, words) => {
    expect(() => new Endpoint({ url, model: 'm' })).toThrow(words);
    expect(() => new Endpoint({ url, model: 'm' })).toThrow(InputError);
  });
});

describe('completions by an endpoint', () => {
  const rowsOf = (prompt: typeof chat | string) => Array.from({ length: 4 }, (_, i) => ({ id: `${i}`, prompt }));
  const completed = async (source: CompletionSource, problem: number): Promise<Completion[]> => {
    let found: Completion[] = [];
    await source.complete([problem], (_, completions) => {
      found = completions;
    });
    return found;
  };

  it('ask for each sample with a seed of its own, so many at a time', async () => {
    const server = await serve(async ({ body }) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return chatAnswer(String(body.seed));
    });
    const endpoint = new Endpoint({ url: server.url, model: 'm' });
    const source = endpointCompletions(endpoint, {}, rowsOf(chat), { ...sampling, samples: 6, concurrency: 4 });
    const [first, again] = await Promise.all([completed(source, 3), completed(source, 3)]);
    expect(new Set(first.map(({ text }) => text)).size).toBe(6);
    expect(again).toEqual(first);
    expect(server.most).toBe(4);
    for (const { body } of server.requests) expect(body.seed).toBeLessThan(2 ** 31);
    const other = endpointCompletions(endpoint, {}, rowsOf(chat), { ...sampling, seed: 8, samples: 1, concurrency: 4 });
    expect((await completed(other, 3))[0].text).not.toBe(first[0].text);
  });

  it("put a task's prefill behind a text, and in front of the response", async () => {
    const server = await serve(() => ({ body: { choices: [{ text: ' 5', finish_reason: 'stop' }] } }));
    const source = endpointCompletions(new Endpoint({ url: server.url, model: 'm' }), { prefill: '<think>' }, rowsOf('2 + 3 = '), {
      ...sampling,
      samples: 1,
      concurrency: 1,
    });
    expect((await completed(source, 0))[0].text).toBe('<think> 5');
    expect(server.requests[0].body.prompt).toBe('2 + 3 = <think>');
  });

  it('are given up where the user stops', async () => {
    const controller = new AbortController();
    const server = await serve(() => new Promise(() => {}));
    const source = endpointCompletions(new Endpoint({ url: server.url, model: 'm', signal: controller.signal }), {}, rowsOf(chat), {
      ...sampling,
      samples: 3,
      concurrency: 2,
    });
    const error = caught(completed(source, 0));
    setTimeout(() => controller.abort(), 50);
    expect((await error).name).toBe('AbortError');
  });
});
