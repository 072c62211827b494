// Ours and the peers (PyTorch, transformers' generate, TRL) at the same work on the same weights, taking turns, each in a process of its own.
//   python -m venv peers && peers/bin/pip install -r bench/peers/requirements.txt
//   npx tsx bench/peers.ts --python peers/bin/python [--only BEGINNING ...] [--repetitions 5] [--models DIR]
// `--only` takes the beginning of names in the table ("GRPO step, 4.5M"), and may be given several times. What was measured is kept in bench/peers/results.json, a row
// measured again replaces the one before; the table is printed from there (by itself with --only none).

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { stream } from '../src/algorithms/random.ts';
import { Side, type Told } from './peers/side.ts';
import { type Result, table } from './peers/table.ts';
import { PROMPT_TOKENS, PROMPTS, type Work, works } from './peers/works.ts';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python' },
    only: { type: 'string', multiple: true, default: [''] },
    peers: { type: 'string' },
    repetitions: { type: 'string', default: '5' },
    models: { type: 'string', default: join(tmpdir(), 'thinkling-peers') },
    results: { type: 'string', default: fileURLToPath(new URL('./peers/results.json', import.meta.url)) },
  },
});
const here = (file: string): string => fileURLToPath(new URL(`./peers/${file}`, import.meta.url));
const python = (file: string, argument: unknown): string =>
  execFileSync(values.python, [here(file), JSON.stringify(argument)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

/** Losses of the same weights on the same tokens: more apart than this and it is not the same work. */
const SAME_LOSS = 1e-4;

function modelOf({ model, part, arguments: sizes }: Work): { model: string; tokens: string } {
  const dir = join(values.models, model.name);
  mkdirSync(dir, { recursive: true });
  if (!existsSync(join(dir, 'model.safetensors')))
    python('models.py', { dir, config: model.config, prompts: PROMPTS, promptTokens: PROMPT_TOKENS });
  const tokens = join(dir, 'tokens.json');
  if (part === 'forward') {
    const random = stream(1, 'peers', model.name);
    const sequence = (): number[] => Array.from({ length: sizes.length + 1 }, () => random.int(model.config.vocab_size));
    writeFileSync(tokens, JSON.stringify(Array.from({ length: sizes.rows }, sequence)));
  }
  return { model: dir, tokens };
}

async function compare(work: Work, precision: string): Promise<Result> {
  const told = { ...modelOf(work), ...work.arguments };
  const sides: Side[] = [];
  try {
    const ours = await Side.start('ours', process.execPath, ['--import', 'tsx', here(`${work.part}.ts`), JSON.stringify(told)]);
    sides.push(ours);
    const peer = await Side.start('the peer', values.python, [here(`${work.part}.py`), JSON.stringify({ ...told, precision })]);
    sides.push(peer);
    const turns: { ours: Told; peer: Told }[] = [];
    for (let turn = 0; turn < work.warmups + Number(values.repetitions); turn++) {
      turns.push({ ours: await ours.turn(), peer: await peer.turn() });
      console.error(`${work.name}, ${precision}, turn ${turn + 1}: ${turns[turn].ours.seconds} s and ${turns[turn].peer.seconds} s`);
    }
    const [a, b] = [Number(turns[0].ours.loss), Number(turns[0].peer.loss)];
    if (work.part === 'forward' && precision === 'fp32' && !(Math.abs(a - b) < SAME_LOSS))
      throw new Error(`${work.name}: the losses are ${a} and ${b}: it is not the same work`);
    const measured = turns.slice(work.warmups);
    return {
      work: work.name,
      precision,
      ours: { peakBytes: await ours.end(), turns: measured.map((turn) => turn.ours) },
      peer: { peakBytes: await peer.end(), turns: measured.map((turn) => turn.peer) },
      machine: `${cpus().length} x ${cpus()[0].model}`,
      date: new Date().toISOString().slice(0, 16),
      versions: versions(),
    };
  } finally {
    for (const side of sides) side.kill();
  }
}

function versions(): Record<string, string> {
  const code = 'import json, torch, transformers, trl; print(json.dumps({m.__name__: m.__version__ for m in (torch, transformers, trl)}))';
  const peers = JSON.parse(execFileSync(values.python, ['-c', code], { encoding: 'utf8' })) as Record<string, string>;
  const runtime = JSON.parse(readFileSync(new URL('../node_modules/onnxruntime-node/package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return { node: process.versions.node, 'onnxruntime-node': runtime.version, ...peers };
}

const results = existsSync(values.results) ? (JSON.parse(readFileSync(values.results, 'utf8')) as Result[]) : [];
for (const work of works) {
  if (!values.only.some((beginning) => work.name.startsWith(beginning))) continue;
  for (const precision of values.peers?.split(',') ?? work.peers) {
    const result = await compare(work, precision);
    const same = results.findIndex((known) => known.work === result.work && known.precision === precision);
    results.splice(same < 0 ? results.length : same, same < 0 ? 0 : 1, result);
    writeFileSync(values.results, `${JSON.stringify(results, null, 1)}\n`);
  }
}
console.log(table(works, results));
