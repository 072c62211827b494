// A JSON request by HTTP. Not by `fetch`: that gives up where no answer has begun after five minutes, and a long thought takes longer; and it
// follows redirects, so that a key could reach another host than the one that was named.

import { setMaxListeners } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';

export interface JsonResponse {
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
}

const agents = { 'http:': new http.Agent({ keepAlive: true }), 'https:': new https.Agent({ keepAlive: true }) };
const probeEvery = 30_000;

/** Waits for the whole answer for as long as the connection lives. @throws what Node does where there is none, or `signal` is aborted */
export function postJson(url: string, headers: Record<string, string>, body: unknown, signal?: AbortSignal): Promise<JsonResponse> {
  const { protocol } = new URL(url);
  const payload = Buffer.from(JSON.stringify(body));
  const request = protocol === 'https:' ? https.request : http.request;
  // Every open request listens to it.
  if (signal) setMaxListeners(0, signal);
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      agent: agents[protocol === 'https:' ? 'https:' : 'http:'],
      headers: { 'content-type': 'application/json', accept: 'application/json', 'content-length': payload.length, ...headers },
      signal,
    });
    // A peer that is gone without a word is noticed.
    sent.on('socket', (socket) => socket.setKeepAlive(true, probeEvery));
    sent.on('error', reject);
    sent.on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(parts).toString('utf8') }),
      );
    });
    sent.end(payload);
  });
}
