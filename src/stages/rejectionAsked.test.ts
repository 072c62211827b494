// What a rejection stage asks of others: a reward model as the judge, on the real engine, and a writer behind a server of OpenAI's API. The
// candidates are given, so that nothing is sampled.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { streamRows } from '../datasets/rows.ts';
import { createLocalEngine } from '../engine/local/localEngine.ts';
import { loadModel, newModel, saveModel } from '../engine/local/model.ts';
import type { JsonRow } from '../formats/jsonl.ts';
import { parseRecipe } from '../recipe/recipe.ts';
import { runRecipe } from '../recipe/run.ts';
import { judgedText } from '../rewards/judgedText.ts';
import { chatAnswer, type OpenaiServer, type ServedAnswer, type ServedRequest, startOpenai } from '../testing/openaiServer.ts';
import { tinyNewModel } from '../testing/tinyModel.ts';
import { StageError } from './context.ts';
import { openModelText } from './prompts.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-rejection-asked-'));
const engine = createLocalEngine({ threads: 1 });
const [policy, scoring] = [join(root, 'policy'), join(root, 'scoring')];
const context = 24;
let runs = 0;

beforeAll(async () => {
  const model = newModel(tinyNewModel(), 1, 1);
  await saveModel(policy, model, model.store);
  // A reward model of another family: its words have other numbers, and its context is shorter.
  const judging = tinyNewModel({ max_position_embeddings: context });
  const { tokenizerJson, tokenizerConfig } = judging.tokenizerFiles;
  const vocab = Object.fromEntries(Array.from({ length: 40 }, (_, id) => [`w${id}`, 39 - id]));
  Object.assign(judging.tokenizerFiles, {
    tokenizerJson: { ...(tokenizerJson as object), model: { type: 'WordLevel', vocab, unk_token: 'w0' } },
    tokenizerConfig: { ...tokenizerConfig, eos_token: 'w1' },
  });
  const headless = newModel(judging, 1, 1);
  await saveModel(join(root, 'headless'), headless, headless.store);
  const scorer = await loadModel(join(root, 'headless'), 1, { head: 'scalar', seed: 1 });
  await saveModel(scoring, scorer, scorer.store);
});
afterAll(async () => {
  await engine.close();
  rmSync(root, { recursive: true, force: true });
});

function stage(rows: readonly { prompt: string; completion: string }[], more: string) {
  const file = join(root, `given-${runs++}.jsonl`);
  writeFileSync(file, rows.map((row, n) => `${JSON.stringify({ id: `row ${n}`, ...row })}\n`).join(''));
  return parseRecipe(`{ name: r, model: ${policy}, stages: { take: { kind: rejection, candidates: ${file}, ${more} } } }`, 'r.yaml');
}

async function rowsIn(data: string): Promise<JsonRow[]> {
  const rows: JsonRow[] = [];
  for await (const { row } of streamRows(data, 'train')) rows.push(row);
  return rows;
}

const answersIn = (dir: string, name: string): Record<string, unknown>[] => {
  const file = readdirSync(dir).find((each) => each.startsWith(name)) as string;
  return readFileSync(join(dir, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
};

describe('a reward model as the judge', () => {
  const answer = (n: number): string => Array.from({ length: (n % 6) + 1 }, (_, i) => `w${2 + ((7 * n + 3 * i) % 38)}`).join(' ');
  const rows = Array.from({ length: 20 }, (_, n) => ({ prompt: `w${n + 2} w3`, completion: `<think> w5 w6 </think> ${answer(n)}` }));
  // A long thought is not seen; a long answer does not fit.
  rows.push({ prompt: 'w3', completion: `<think> ${'w5 '.repeat(60)}</think> w7` });
  rows.push({ prompt: 'w3', completion: `<think> w5 </think> ${'w7 '.repeat(context)}` });

  it('lets pass what exceeds the bound, by its own tokenizer; what is longer than its context has no verdict, and says so', async () => {
    const { tokenizer, maxContext } = await openModelText(scoring);
    expect(maxContext).toBe(context);
    const scorer = await engine.createScorer({ model: scoring });
    const texts = rows.slice(0, -1).map(({ prompt, completion }) => judgedText(tokenizer, prompt, completion, 'summary'));
    const scores = await scorer.score(
      texts.map((tokens) => ({ tokens, targets: tokens, weights: Float32Array.from(tokens, (_, t) => Number(t === tokens.length - 1)) })),
    );
    await scorer.close();
    const sorted = scores.toSorted((a, b) => a - b);
    // Between two of them, for a score alone and among others may differ in its last bits.
    const above = (sorted[9] + sorted[10]) / 2;
    const out = join(root, `run-${runs++}`);
    const { data } = await runRecipe(stage(rows, `judge: { rewardModel: ${scoring}, above: ${above} }`), { out, engine });
    const verdicts = (await rowsIn(join(data.take, 'verdicts.parquet'))).map(({ verdict }) => verdict);
    expect(verdicts).toEqual([...scores.map((score) => (score > above ? 'kept' : 'judged_bad')), 'unjudged']);
    const unjudged = answersIn(data.take, 'judged-').filter(({ passes }) => passes === null);
    expect(unjudged.map(({ why }) => why)).toEqual([
      expect.stringMatching(/^prompt and response have \d+ tokens to the reward model, which reads 24 at most$/),
    ]);
    const report = JSON.parse(readFileSync(join(data.take, 'report.json'), 'utf8'));
    expect(report.rejected).toEqual({ judged_bad: 10, unjudged: 1 });
  });

  it('whose score is no number stops the stage: it is neither a bad response nor one without a verdict', async () => {
    const broken = await loadModel(scoring, 1, { head: 'scalar', seed: 1 });
    for (const [, { data }] of broken.store.beginUpdate()) data.fill(Number.NaN);
    await saveModel(join(root, 'broken'), broken, broken.store);
    const recipe = stage(rows, `judge: { rewardModel: ${join(root, 'broken')}, above: 0 }`);
    await expect(runRecipe(recipe, { out: join(root, `run-${runs++}`), engine })).rejects.toThrow(
      `stage take: judge ${join(root, 'broken')}: the reward model's score is NaN: its weights hold NaN or infinity`,
    );
  });
});

describe('a writer behind an endpoint', () => {
  const servers: OpenaiServer[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));
  const serve = async (answer: (request: ServedRequest, number: number) => ServedAnswer | Promise<ServedAnswer>): Promise<OpenaiServer> => {
    const server = await startOpenai(answer);
    servers.push(server);
    return server;
  };
  const rows = Array.from({ length: 12 }, (_, n) => ({ prompt: `w${n + 2}`, completion: `w${n + 2} w30` }));
  const asked = ({ body }: ServedRequest): string => /Response begins\|>\n(w\d+) /.exec(body.messages[0].content)?.[1] as string;
  const written = (word: string): ServedAnswer =>
    chatAnswer(`<think>[[SUMMARY]]?</think>[[REASONING]]\nso ${word}\n[[SUMMARY]]\nit is ${word}\n[[END]]`);

  it('is asked again where it is busy or too slow; nonsense three times is a rejection, never an empty row', async () => {
    const nonsense = ['sure!', '[[REASONING]] so [[SUMMARY]] [[END]]', '[[SUMMARY]] a [[REASONING]] b [[END]]', '{}'];
    const server = await serve((request, number) => {
      if (number === 0) return { status: 429, headers: { 'retry-after': '0' } };
      if (number === 1) return new Promise(() => {});
      const word = asked(request);
      // The third answer is in order.
      if (word === 'w6') return server.requests.filter((each) => asked(each) === 'w6').length < 3 ? chatAnswer('hm') : written(word);
      const odd = Number(word.slice(1)) - 8;
      return odd >= 0 && odd < nonsense.length ? chatAnswer(nonsense[odd]) : written(word);
    });
    const out = join(root, `run-${runs++}`);
    const { data } = await runRecipe(stage(rows, `rewrite: { url: '${server.url}', model: m, timeout: 1, concurrency: 3 }`), {
      out,
      engine,
    });
    const kept = rows.map(({ prompt }) => prompt).filter((word) => !['w8', 'w9', 'w10', 'w11'].includes(word));
    expect((await rowsIn(data.take)).map(({ prompt, completion }) => [prompt, completion])).toEqual(
      kept.map((word) => [word, `<think>\nso ${word}\n</think>\n\nit is ${word}`]),
    );
    const report = JSON.parse(readFileSync(join(data.take, 'report.json'), 'utf8'));
    expect([report.kept, report.rejected]).toEqual([8, { rewrite: 4 }]);
    for (const word of ['w8', 'w9', 'w10', 'w11']) expect(server.requests.filter((each) => asked(each) === word)).toHaveLength(3);
  });

  it('that goes on failing stops the stage; what it has written is not asked for again', async () => {
    let down = false;
    let answers = 0;
    const server = await serve((request) => {
      if (down) return { status: 503, headers: { 'retry-after': '0' }, body: { error: { message: 'overloaded' } } };
      down = ++answers === 5;
      return written(asked(request));
    });
    const recipe = stage(rows, `rewrite: { url: '${server.url}', model: m, concurrency: 1 }`);
    const out = join(root, `run-${runs++}`);
    const error = await runRecipe(recipe, { out, engine }).catch((e) => e);
    expect(error).toBeInstanceOf(StageError);
    expect(error.message).toMatch(/answered 503: overloaded, 7 times\. What it has answered is kept: give the same command again/);
    down = false;
    const { data } = await runRecipe(recipe, { out, engine });
    expect(answers).toBe(rows.length);
    expect(await rowsIn(data.take)).toHaveLength(rows.length);
  });
});
