// The endpoint that a rejection stage names, as a judge or a writer.
import { Interrupted, StageError } from '../context.ts';
import { Endpoint, EndpointFailure } from '../evaluation/endpoint.ts';

export interface EndpointSettings {
  url: string;
  model: string;
  keyEnv: string;
  timeout: number;
}

/** @param where the settings' own place in the recipe, for messages @throws InputError where the address is none */
export function endpointOf({ url, model, keyEnv, timeout }: EndpointSettings, where: string, signal: AbortSignal): Endpoint {
  const names = { url: `${where}.url`, model: `${where}.model`, keyEnv: `${where}.keyEnv`, maxTokens: `${where}.maxTokens` };
  return new Endpoint({ url, model, key: process.env[keyEnv] || undefined, timeout, signal, names });
}

/** Runs what asks an endpoint: where the user stops it is no failure, and where it goes on failing what was answered is kept. */
export async function asking<T>(stage: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted) throw new Interrupted(stage, 0);
    if (!(error instanceof EndpointFailure)) throw error;
    throw new StageError(`stage ${stage}: ${error.message}. What it has answered is kept: give the same command again when it is well`, {
      cause: error,
    });
  }
}

/** How an endpoint is reached, which changes nothing of what it says. */
const reaching = ['url', 'keyEnv', 'concurrency', 'timeout'];

/** Of the settings of an endpoint those that its answers depend on. */
export function askedOf(settings: object): object {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !reaching.includes(key)));
}
