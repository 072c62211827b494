// What curation takes in memory as the data grow: shards of generated samples, of 5,000 tokens each, filtered, freed of near-duplicates and
// written as data to learn from. Each size is curated in a process of its own, whose peak memory is told.
//   npx tsx bench/curation.ts [--samples 20000,80000] [--tokens 5000] [--language]
// --language adds the filter of mixed languages, which asks a small model about every sentence and takes most of the time then.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { stream } from '../src/algorithms/random.ts';
import { Analytics } from '../src/datasets/analytics.ts';
import { Tokenizer } from '../src/formats/tokenizer.ts';
import type { StageContext } from '../src/stages/context.ts';
import { type Candidate, candidateColumns, candidateRow } from '../src/stages/curation/candidates.ts';
import { chooseSamples } from '../src/stages/curation/choice.ts';
import { CuratedWriter } from '../src/stages/curation/curated.ts';
import { measuredColumns, measureShards } from '../src/stages/curation/measured.ts';
import { writeKept } from '../src/stages/curation/rewriting.ts';
import { Shards } from '../src/stages/curation/shards.ts';
import { rejectionSchema } from '../src/stages/settings.ts';
import { labTokenizerFiles } from '../src/tasks/lab/tokenizer.ts';

const { values } = parseArgs({
  options: {
    samples: { type: 'string', default: '20000,80000' },
    tokens: { type: 'string', default: '5000' },
    language: { type: 'boolean', default: false },
    dir: { type: 'string' },
    part: { type: 'string' },
  },
});
const tokens = Number(values.tokens);
const perPrompt = 8;
const perShard = 128 * perPrompt;
const english = englishWords();

/** What our own pages are written in. */
function englishWords(): string[] {
  const docs = fileURLToPath(new URL('../docs', import.meta.url));
  const pages = readdirSync(docs).filter((name) => name.endsWith('.md'));
  return [...new Set(pages.flatMap((name) => readFileSync(join(docs, name), 'utf8').match(/\b[a-z]{2,}\b/g) ?? []))].sort();
}

/** Prompts of 8 samples each: half of them wrong, every tenth nearly the one before it. */
async function make(dir: string, samples: number): Promise<void> {
  const analytics = await Analytics.open(join(dir, '.spill'));
  const generated = await Shards.open(join(dir, 'generated'), analytics, candidateColumns);
  for (let first = 0; first < samples; first += perShard) {
    let before: string[] = [];
    const candidates = Array.from({ length: Math.min(perShard, samples - first) }, (_, i): Candidate => {
      const random = stream(1, 'curation', first + i);
      // About three words to four tokens, in sentences of twelve.
      const words =
        (first + i) % 10 === 9
          ? [...before]
          : Array.from({ length: 0.75 * tokens }, (_, n) => `${english[random.int(english.length)]}${n % 12 === 11 ? '.' : ''}`);
      for (let change = 0; change < 20; change++) words[random.int(words.length)] = 'changed';
      before = words;
      const prompt = Math.floor((first + i) / perPrompt);
      const row = { id: `prompt ${prompt}`, prompt: `question ${prompt}`, domain: ['math', 'code', 'logic'][prompt % 3] };
      const response = `<think>${words.join(' ')}</think> <answer>${prompt}</answer>`;
      return { row, sample: i % perPrompt, response, tokens, stopReason: 'stop', correct: random.int(2) };
    });
    await generated.add(candidates.map((candidate) => candidateRow(candidate, 'bench')));
  }
  await analytics.close();
}

async function curate(dir: string): Promise<object> {
  const started = performance.now();
  const settings = rejectionSchema.parse({
    ...{ kind: 'rejection', maxTokens: tokens, perPrompt: 4, balance: 'equal' },
    filters: {
      format: true,
      ...(values.language && { language: { code: 'en' } }),
      repetition: {},
      paragraphWords: 10 * tokens,
      codeBlocks: 'drop',
      duplicates: {},
    },
  });
  const tokenizer = Tokenizer.fromFiles(labTokenizerFiles());
  const analytics = await Analytics.open(join(dir, '.spill'));
  const generated = await Shards.open(join(dir, 'generated'), analytics, candidateColumns);
  const measured = await Shards.open(join(dir, 'measured'), analytics, measuredColumns);
  await measureShards(generated, measured, { settings, tokenizer, seed: 1, name: 'bench' }, () => {});
  await chooseSamples(analytics, measured, settings, 'bench');
  const writer = new CuratedWriter(dir, analytics, tokenizer, 'bench');
  // All that writing needs of a stage.
  const context = { name: 'bench', seed: 1, signal: new AbortController().signal } as StageContext;
  await writeKept(settings, context, { analytics, generated, writer, dir }, () => {});
  await writer.end();
  const why = await analytics.all("SELECT coalesce(reason, 'kept') AS reason, count(*) AS n FROM samples GROUP BY reason ORDER BY n DESC");
  await analytics.close();
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  return {
    peakMB: Math.round(maxRSS / 1024),
    seconds: Math.round((performance.now() - started) / 1000),
    cpuSeconds: Math.round((userCPUTime + systemCPUTime) / 1e6),
    ...Object.fromEntries(why.map(({ reason, n }) => [reason, n])),
  };
}

if (values.part === 'make') await make(values.dir as string, Number(values.samples));
else if (values.part === 'curate') console.log(JSON.stringify(await curate(values.dir as string)));
else
  for (const samples of values.samples.split(',')) {
    const dir = mkdtempSync(join(tmpdir(), 'thinkling-curation-'));
    const inProcess = (part: string): string => {
      const own = [fileURLToPath(import.meta.url), '--part', part, '--dir', dir, '--samples', samples, '--tokens', values.tokens];
      if (values.language) own.push('--language');
      const { status, stdout, stderr } = spawnSync(process.execPath, [...process.execArgv, ...own], { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
      return stdout;
    };
    try {
      inProcess('make');
      console.log(`${samples} samples of ${values.tokens} tokens: ${inProcess('curate').trim()}`);
    } finally {
      rmSync(dir, { recursive: true });
    }
  }
