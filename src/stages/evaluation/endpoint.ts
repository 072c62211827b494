// A client of OpenAI-compatible servers (vLLM, SGLang, llama.cpp, hosted models): one response a request, asked for again where the server
// is busy or the network fails. Nothing is sent anywhere but to the address that the user gave.
import { z } from 'zod';
import { pause } from '../../platform/clock.ts';
import { InputError, messageOf } from '../../platform/errors.ts';
import { isCode } from '../../platform/files.ts';
import { type JsonResponse, postJson } from '../../platform/postJson.ts';
import type { TaskRow } from '../../tasks/task.ts';
import type { Completion } from './completions.ts';

export interface EndpointOptions {
  /** As OpenAI's clients take it: up to and with /v1. */
  url: string;
  model: string;
  /** Sent as a bearer token; none where it is absent. */
  key?: string;
  signal?: AbortSignal;
  /** Seconds that an answer may take before it is asked for again; by default as long as the connection lives. */
  timeout?: number;
  /** What the user calls each of these where it was set, for messages; by default the options of the command line. */
  names?: Readonly<Record<'url' | 'model' | 'keyEnv' | 'maxTokens', string>>;
}

const optionNames = { url: '--endpoint', model: '--endpoint-model', keyEnv: '--key-env', maxTokens: '--max-tokens' };

export interface EndpointSampling {
  maxTokens: number;
  temperature: number;
  topP: number;
  seed: number;
}

const attempts = 7;
const firstWait = 500;
const longestWait = 30_000;
/** Of a server's wish to wait. */
const longestRetryAfter = 300_000;

const reply = z.object({
  choices: z
    .array(
      z.object({
        message: z
          .object({ content: z.string().nullish(), reasoning_content: z.string().nullish(), reasoning: z.string().nullish() })
          .optional(),
        text: z.string().optional(),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
  usage: z.object({ completion_tokens: z.number().optional() }).nullish(),
});

/** It goes on failing, and the user has nothing to change: the same may work later. */
export class EndpointFailure extends Error {
  override name = 'EndpointFailure';
}

export class Endpoint {
  private readonly base: string;
  private readonly names: NonNullable<EndpointOptions['names']>;
  /** It has answered before: what fails from now on may pass. */
  private answered = false;

  /** @throws InputError where the address is none */
  constructor(private readonly options: EndpointOptions) {
    this.names = options.names ?? optionNames;
    this.base = baseUrl(options.url, this.names.url);
  }

  /**
   * One response: to messages from /chat/completions, to a text from /completions.
   * @throws InputError where the server cannot be reached, refuses the request or does not speak the protocol; EndpointFailure where it goes on failing
   */
  async complete(prompt: TaskRow['prompt'], { maxTokens, temperature, topP, seed }: EndpointSampling): Promise<Completion> {
    const sampling = { model: this.options.model, max_tokens: maxTokens, temperature, top_p: topP, seed, n: 1, stream: false };
    const raw = typeof prompt === 'string';
    const url = `${this.base}/${raw ? 'completions' : 'chat/completions'}`;
    const text = await this.request(url, raw ? { ...sampling, prompt } : { ...sampling, messages: prompt });
    return completionOf(text, url, this.names.url);
  }

  private async request(url: string, body: unknown): Promise<string> {
    const { key, signal, timeout } = this.options;
    const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
    for (let attempt = 1; ; attempt++) {
      let wait = Math.min(longestWait, firstWait * 2 ** (attempt - 1));
      let failure: string;
      const limit = timeout === undefined ? undefined : AbortSignal.timeout(1000 * timeout);
      const either = limit && signal ? AbortSignal.any([limit, signal]) : (limit ?? signal);
      try {
        const response = await postJson(url, headers, body, either);
        this.answered = true;
        if (response.status >= 200 && response.status < 300) return response.text;
        if (!isPassing(response.status)) throw this.refusal(url, response);
        failure = `${url} answered ${response.status}${this.said(response.text)}`;
        wait = retryAfter(response) ?? wait;
      } catch (error) {
        if (error instanceof InputError || signal?.aborted) throw error;
        failure = limit?.aborted ? `${url} did not answer within ${timeout} s` : `${url} cannot be reached: ${reasonOf(error)}`;
        if (!this.answered && !limit?.aborted && !isBroken(error))
          throw new InputError(`${failure}. Is the server running, and is this its address (${this.names.url})?`);
      }
      if (attempt === attempts) throw new EndpointFailure(`${failure}, ${attempts} times`);
      await pauseUntil(wait, signal);
    }
  }

  /** What the user has to change. */
  private refusal(url: string, { status, headers, text }: JsonResponse): InputError {
    const said = this.said(text);
    const { names } = this;
    if (status === 401 || status === 403)
      return new InputError(
        `${url} refuses ${this.options.key === undefined ? 'a request without a key' : 'the key'} (${status})${said}: put the key into OPENAI_API_KEY, or name the variable that has it with ${names.keyEnv}`,
      );
    if (status === 404)
      return new InputError(
        `${url} is not there, or has no model "${this.options.model}" (404)${said}: give the address up to and with /v1 (${names.url}), and the model as the server calls it (${names.model})`,
      );
    if (status >= 300 && status < 400)
      return new InputError(
        `${url} redirects to ${headers.location ?? 'elsewhere'} (${status}), where nothing is sent unasked: give the address it means (${names.url})`,
      );
    return new InputError(
      `${url} refuses the request (${status})${said}. Is ${names.maxTokens} beyond its limit, ${names.model} another model, or a prompt too long?`,
    );
  }

  /** The server's own words, without the key. */
  private said(text: string): string {
    const { key } = this.options;
    let message = text;
    try {
      const body = JSON.parse(text) as { error?: { message?: unknown } | string; message?: unknown; detail?: unknown };
      const found = typeof body.error === 'object' ? body.error.message : (body.error ?? body.message ?? body.detail);
      if (typeof found === 'string') message = found;
    } catch {}
    const words = (key ? message.replaceAll(key, '***') : message).replace(/\s+/g, ' ').trim().slice(0, 300).replace(/\.$/, '');
    return words === '' ? '' : `: ${words}`;
  }
}

/** @throws InputError */
function baseUrl(text: string, name: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new InputError(`${name} ${text}: it is no address; write one such as http://localhost:8000/v1`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new InputError(`${name} ${text}: only http:// and https:// are spoken; write one such as http://localhost:8000/v1`);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new InputError(`${name} ${url.origin}${url.pathname}: leave out what is more than host and path; a key goes into OPENAI_API_KEY`);
  const path = url.pathname.replace(/\/+$/, '').replace(/\/(?:chat\/)?completions$/, '');
  return `${url.origin}${path === '' ? '/v1' : path}`;
}

function isPassing(status: number): boolean {
  return status === 408 || status === 409 || status === 425 || status === 429 || status >= 500;
}

/** There was a connection. */
function isBroken(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE', 'ETIMEDOUT'].some((code) => isCode(error, code));
}

/** Milliseconds, from seconds or a date. */
function retryAfter({ headers }: JsonResponse): number | undefined {
  const given = headers['retry-after'];
  if (given === undefined) return undefined;
  const wait = /^\d+(\.\d+)?$/.test(given.trim()) ? 1000 * Number(given) : Date.parse(given) - Date.now();
  return Number.isFinite(wait) ? Math.min(longestRetryAfter, Math.max(0, wait)) : undefined;
}

/** Ends early where `signal` is aborted. */
async function pauseUntil(ms: number, signal?: AbortSignal): Promise<void> {
  for (let left = ms; left > 0 && !signal?.aborted; left -= 200) await pause(Math.min(200, left));
  signal?.throwIfAborted();
}

/** An error of several addresses (::1, 127.0.0.1) says nothing itself. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  return messageOf(error) || String(error);
}

/** @throws InputError where the answer is none of the protocol */
function completionOf(text: string, url: string, name: string): Completion {
  const strange = (why: string): InputError =>
    new InputError(
      `${url} does not answer as OpenAI's API does (${why}): ${JSON.stringify(text.slice(0, 200))}. Give the address up to and with /v1 (${name})`,
    );
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw strange('it is not JSON');
  }
  const parsed = reply.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw strange(`${issue.path.join('.') || 'the answer'}: ${issue.message}`);
  }
  const { choices, usage } = parsed.data;
  const { message, text: raw, finish_reason: reason } = choices[0];
  const stopReason = reason === 'length' ? 'length' : 'stop';
  const thought = message?.reasoning_content ?? message?.reasoning ?? '';
  const content = message?.content ?? raw ?? '';
  return {
    text: thought === '' ? opened(content) : joined(thought, content, stopReason),
    ...(usage?.completion_tokens === undefined ? {} : { tokens: usage.completion_tokens }),
    stopReason,
  };
}

/** A thought whose opening tag was the prompt's, as the templates of some models have it, gets that back. */
function opened(content: string): string {
  return content.includes('</think>') && !content.includes('<think>') ? `<think>${content}` : content;
}

/** A thought that the server has told apart, in its tags again; one that was cut off has not ended. */
function joined(thought: string, content: string, stopReason: Completion['stopReason']): string {
  return content === '' && stopReason === 'length' ? `<think>${thought}` : `<think>${thought}</think>${content}`;
}
