// How a repository of the Hugging Face hub is reached: the environment's settings (the same as huggingface_hub's), the token, and what
// each refusal means to the user. hub.ts asks and keeps; this file carries the questions.

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { InputError } from './errors.ts';

/** A repository of files on the hub. */
export interface HubRepo {
  type: 'model' | 'dataset';
  /** `owner/name`; some old data sets have no owner. */
  name: string;
  /** A branch, a tag or a commit. Default: main */
  revision?: string;
}

/** The hub cannot be asked now: what the cache holds is all there is. */
export class HubUnreachable extends InputError {
  override name = 'HubUnreachable';
}

export interface HubAccess {
  /** Without a slash at its end. */
  endpoint: string;
  /** Where all repositories are kept, as huggingface_hub keeps them. */
  cacheDir: string;
  /** By the user's will: then `fetch` refuses to ask. */
  offline: boolean;
  /** Sends the token to the hub, and to nobody else. @throws HubUnreachable, or InputError with the mend where the hub says no */
  fetch: typeof fetch;
}

/** @throws InputError where a setting makes no sense */
export async function hubAccess(repo: HubRepo): Promise<HubAccess> {
  const { env } = process;
  const { HUB_URL, getHFHubCachePath } = await import('@huggingface/hub');
  const endpoint = (env.HF_ENDPOINT || HUB_URL).replace(/\/+$/, '');
  if (!/^https?:/.test(endpoint) || !URL.canParse(endpoint))
    throw new InputError(`HF_ENDPOINT is ${endpoint}: it must be a URL such as ${HUB_URL}`);
  const offline = [env.HF_HUB_OFFLINE, env.TRANSFORMERS_OFFLINE].find((value) => value) ?? '';
  const access = { endpoint, cacheDir: fromHome(getHFHubCachePath()), offline: /^(1|on|yes|true)$/i.test(offline) };
  const token = await readToken(env);
  const { origin } = new URL(endpoint);
  // The library wants tokens that begin with hf_, which those of a mirror need not do: so it is told none, and this adds it.
  const ask: typeof fetch = async (input, init) => {
    if (access.offline) throw new HubUnreachable(`HF_HUB_OFFLINE forbids asking ${endpoint}`);
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init?.headers);
    if (token && url.origin === origin) headers.set('authorization', `Bearer ${token.text}`);
    let response: Response;
    try {
      response = await fetch(url, { ...init, headers });
    } catch (error) {
      throw new HubUnreachable(`${url.host === new URL(endpoint).host ? endpoint : url.origin} cannot be reached (${reasonOf(error)})`);
    }
    if (response.ok) return response;
    await response.body?.cancel();
    // Large files come from a store that the hub sends one to; what it refuses is no matter of the user's rights.
    if (new URL(response.url).origin !== origin) throw new HubUnreachable(`${new URL(response.url).origin} answers ${response.status}`);
    throw refusal(response, repo, endpoint, token?.source);
  };
  return { ...access, fetch: ask };
}

/** What went wrong on the way, in a word or two. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}

function refusal(response: Response, repo: HubRepo, endpoint: string, tokenSource: string | undefined): InputError {
  const { type, name, revision } = repo;
  const code = response.headers.get('x-error-code');
  const page = `${endpoint}/${type === 'dataset' ? 'datasets/' : ''}${name}`;
  const newToken = `set HF_TOKEN to a token that may read it (${endpoint}/settings/tokens)`;
  const { status } = response;
  if (status === 429 || status >= 500) return new HubUnreachable(`${endpoint} answers ${status} ${response.statusText}`.trim());
  if (status === 404)
    return new InputError(
      code === 'RevisionNotFound'
        ? `${name}: ${endpoint} has this ${type}, but no revision "${revision ?? 'main'}" of it; ${page} shows what there is`
        : `${name}: ${endpoint} has no such ${type}; check the spelling`,
    );
  if (status === 403 || code === 'GatedRepo')
    return new InputError(
      tokenSource === undefined
        ? `${name} is gated: accept its terms at ${page}, then ${newToken}`
        : `${name}: the token from ${tokenSource} may not read it: accept its terms at ${page} with the account of the token, or ${newToken}`,
    );
  if (status === 401)
    return new InputError(
      tokenSource === undefined
        ? `${name}: ${endpoint} has no public ${type} of this name; check the spelling, or, if it is private, ${newToken}`
        : `${name}: ${endpoint} does not know the token from ${tokenSource}: ${newToken}, or remove it: what is public needs none`,
    );
  return new InputError(`${name}: ${endpoint} answers ${status} ${response.statusText}`.trim());
}

/** As huggingface_hub finds it: the environment, else the file that `hf auth login` writes. */
async function readToken(env: NodeJS.ProcessEnv): Promise<{ text: string; source: string } | undefined> {
  const home = env.HF_HOME ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'huggingface');
  const file = fromHome(env.HF_TOKEN_PATH ?? join(home, 'token'));
  const candidates = [
    ['HF_TOKEN', env.HF_TOKEN],
    ['HUGGING_FACE_HUB_TOKEN', env.HUGGING_FACE_HUB_TOKEN],
    [file, await readFile(file, 'utf8').catch(() => undefined)],
  ] as const;
  for (const [source, value] of candidates) {
    const text = value?.trim();
    if (!text) continue;
    if (!/^[\x21-\x7e]+$/.test(text))
      throw new InputError(`the token from ${source} is none: it holds spaces or letters that no token has`);
    return { text, source };
  }
  return undefined;
}

function fromHome(path: string): string {
  return path.replace(/^~(?=$|[/\\])/, homedir());
}
