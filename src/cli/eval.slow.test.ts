// An evaluation of the shipped base is killed again and again (kill -9) and taken up by the same command: in the end it has the samples of
// one that was never stopped.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { join, remove, temporaryDirectory } from '../platform/files.ts';
import { thinkling } from '../testing/killedCommand.ts';

let dir: string;
beforeAll(async () => {
  dir = await temporaryDirectory('thinkling-eval-');
});
afterAll(() => remove(dir));

const words = (out: string): string[] => [
  ...['eval', 'lab:base', '--task', 'lab-countdown', '--limit', '48', '--samples', '8', '--temperature', '1', '--top-p', '1', '--json'],
  ...['--out', join(dir, out)],
];
/** Without lines of progress. */
const resultOf = (output: string): unknown => JSON.parse(output.trim().split('\n').at(-1) ?? '');
const samplesOf = (out: string): string[] =>
  readFileSync(join(dir, out, 'details.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .sort();

it('an evaluation that is killed goes on, and draws what one draws that was never stopped', { timeout: 600_000 }, async () => {
  const whole = await thinkling(words('whole'));
  expect(whole.status).toBe(0);
  const details = join(dir, 'killed', 'details.jsonl');
  let bytes = 0;
  for (let kill = 0; kill < 2; kill++) {
    const { status } = await thinkling(words('killed'), () => existsSync(details) && statSync(details).size > bytes);
    expect(status).toBeNull();
    bytes = statSync(details).size;
  }
  const finished = await thinkling(words('killed'));
  expect(finished.status).toBe(0);
  expect(resultOf(finished.output)).toEqual(resultOf(whole.output));
  expect(samplesOf('killed')).toEqual(samplesOf('whole'));
});
