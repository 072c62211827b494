// The command as a user types it: a run on the shipped base is stopped with Ctrl-C, taken up by the same command, and is done.

import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { join, remove, temporaryDirectory } from '../platform/files.ts';

const bin = fileURLToPath(new URL('../../bin/thinkling.js', import.meta.url));
let dir: string;
beforeAll(async () => {
  dir = await temporaryDirectory('thinkling-cli-');
  await writeFile(
    join(dir, 'short.yaml'),
    `name: short
model: lab:base
task: lab-countdown
seed: 1
stages:
  zero: { kind: rl, steps: 6, promptsPerStep: 4, groupSize: 4, maxTokens: 48, evalEvery: 3, evalProblems: 8, beforeAfterSamples: 2, learningRate: 1e-4 }
`,
  );
});
afterAll(() => remove(dir));

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

function thinkling(words: string[], watch: (out: string, child: ChildProcess) => void = () => {}): Promise<Ended> {
  const child = spawn(process.execPath, [bin, ...words], { cwd: dir, env: { ...process.env, npm_lifecycle_event: '' } });
  const ended: Ended = { code: null, out: '', err: '' };
  child.stderr.on('data', (text) => {
    ended.err += text;
  });
  child.stdout.on('data', (text) => {
    ended.out += text;
    watch(ended.out, child);
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ ...ended, code })));
}

it('a run stops with Ctrl-C after its step, goes on by the same command, and tells at its end what came of it', {
  timeout: 600_000,
}, async () => {
  let sent = false;
  const stopped = await thinkling(['run', 'short.yaml'], (out, child) => {
    if (sent || !/^ *2\/6 /m.test(out)) return;
    sent = true;
    child.kill('SIGINT');
  });
  expect(stopped).toMatchObject({ code: 130, err: '' });
  expect(stopped.out).toMatch(/^R1-Zero on lab:base: GRPO, no SFT, no critic; rewards accuracy and format/);
  expect(stopped.out).toContain('stopping after this step, saving...');
  expect(stopped.out).toMatch(/stopped after step [2-5] of stage zero; everything is saved\. To go on: npx thinkling run short\.yaml\n$/);

  const finished = await thinkling(['run', 'short.yaml']);
  expect(finished).toMatchObject({ code: 0, err: '' });
  expect(finished.out).toMatch(/^stage zero: 6 steps, going on after step [2-5]$/m);
  expect(finished.out).toMatch(/before +after step 6\ncountdown, 8 problems\n {2}pass@1 \[95% interval\]/);
  expect(finished.out).toContain('npx thinkling eval runs/short --task lab-countdown');

  const again = await thinkling(['run', 'short.yaml', '--json']);
  const events = again.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string });
  expect(events.at(-1)).toMatchObject({ type: 'end', checkpoints: { zero: join(dir, 'runs/short/checkpoints/zero-6') } });

  const sampled = await thinkling(['sample', 'runs/short', 'make 10 from 2 3 4 .', '-n', '2', '--max-tokens', '8']);
  expect(sampled).toMatchObject({ code: 0, err: '' });
  expect(sampled.out).toMatch(/^sample 1\n.+\n\nsample 2\n.+\n$/);
  const data = await thinkling(['data', 'runs/short', '-n', '1']);
  expect(data.out).toMatch(/assistant\|:\[/);
  const other = await thinkling(['run', 'short.yaml', 'seed=2']);
  expect(other).toMatchObject({ code: 2 });
  expect(other.err).toMatch(
    /^thinkling: .*runs\/short holds a stage that was begun otherwise.*\n {2}zero: seed was 1 and is now 2\n.*--from zero/,
  );
});
