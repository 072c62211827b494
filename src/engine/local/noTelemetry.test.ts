// Nothing is told to anybody: ONNX Runtime keeps a log and a store of what it would send, in the temporary folder and in the home.

import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pathOf } from '../../platform/files.ts';

const program = {
  'in the engine thread': `
import { createLocalEngine } from '../localEngine.ts';
import { tinyNewModel } from '../../../testing/tinyModel.ts';
const engine = createLocalEngine({ threads: 1 });
const trainer = await engine.createTrainer({ init: tinyNewModel(), seed: 1 });
const client = await trainer.samplingClient();
await client.sample(Int32Array.of(1), { n: 1, maxTokens: 1, temperature: 1, topP: 1, topK: 0, stop: [], seed: 0 });
await engine.close();
`,
  'in the main thread': `
import { CompiledGraph } from '../../../graph/session.ts';
import { mul } from '../../../graph/ops/index.ts';
import { constant, input } from '../../../graph/tensor.ts';
await (await CompiledGraph.compile({ y: mul(input('x', ['N']), constant(2)) }, { threads: 1 })).dispose();
`,
};

it.each(Object.entries(program))('a session %s leaves no trace of telemetry', async (_where, text) => {
  // Within the checkout, where tsx is found.
  const dir = await mkdtemp(join(pathOf(new URL('.', import.meta.url)), 'quiet.tmp-'));
  const home = await mkdtemp(join(pathOf(new URL('.', import.meta.url)), 'home.tmp-'));
  try {
    const script = join(dir, 'script.ts');
    await writeFile(script, text);
    // Either of these would silence it by itself.
    const { CI: _ci, ORT_DISABLE_TELEMETRY: _off, ORT_RUNNING_UNIT_TESTS: _tests, ...rest } = process.env;
    const env = { ...rest, HOME: home, TMPDIR: home, XDG_CACHE_HOME: join(home, '.cache') };
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script], { encoding: 'utf8', timeout: 120_000, env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect((await readdir(home, { recursive: true })).filter((name) => /mat-debug|onnxruntime/i.test(name))).toEqual([]);
  } finally {
    for (const each of [dir, home]) await rm(each, { recursive: true, force: true });
  }
});
