// A hub of one test's own, and an environment in which it is the hub: no token, no cache but an empty one.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { type HubServer, startHub } from './hubServer.ts';

interface HubOfTest {
  hub: HubServer;
  /** An empty folder; the cache is in it. */
  scratch: string;
}

export async function openHub(): Promise<HubOfTest> {
  const hub = await startHub();
  const scratch = await mkdtemp(join(tmpdir(), 'hub-of-test-'));
  for (const name of ['HF_TOKEN', 'HF_TOKEN_PATH', 'HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE', 'HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('HF_HOME', join(scratch, 'home'));
  vi.stubEnv('HF_ENDPOINT', hub.url);
  return { hub, scratch };
}

export async function closeHub({ hub, scratch }: HubOfTest): Promise<void> {
  vi.unstubAllEnvs();
  await hub.close();
  await rm(scratch, { recursive: true });
}
