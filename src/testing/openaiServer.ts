// A server of OpenAI's completions API on this machine, for tests: what it answers is said by the test, faults included.

import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ServedRequest {
  path: string;
  headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into what was sent
  body: any;
}

export interface ServedAnswer {
  status?: number;
  headers?: Record<string, string>;
  /** An object is sent as JSON. */
  body?: unknown;
  /** The connection breaks instead. */
  broken?: boolean;
}

export interface OpenaiServer {
  /** With /v1. */
  url: string;
  requests: ServedRequest[];
  /** The most that were open at a time. */
  most: number;
  close(): Promise<void>;
}

/** A chat completion as the API has it. */
export function chatAnswer(content: string | null, more: { finish?: string; tokens?: number; reasoning?: string } = {}): ServedAnswer {
  const { finish = 'stop', tokens, reasoning } = more;
  return {
    body: {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content, reasoning_content: reasoning }, finish_reason: finish }],
      ...(tokens === undefined ? {} : { usage: { prompt_tokens: 10, completion_tokens: tokens, total_tokens: 10 + tokens } }),
    },
  };
}

/** @param port the next free one by default */
export async function startOpenai(
  answer: (request: ServedRequest, number: number) => ServedAnswer | Promise<ServedAnswer>,
  port = 0,
): Promise<OpenaiServer> {
  let open = 0;
  const self: OpenaiServer = { url: '', requests: [], most: 0, close: async () => {} };
  const server = createServer(async (incoming, response) => {
    self.most = Math.max(self.most, ++open);
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    const request = { path: incoming.url ?? '', headers: incoming.headers, body: JSON.parse(Buffer.concat(parts).toString()) };
    self.requests.push(request);
    const { status = 200, headers = {}, body = '', broken } = await answer(request, self.requests.length - 1);
    open--;
    if (broken) return void incoming.socket.destroy();
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  self.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  self.close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return self;
}
