// Rejection sampling from end to end: the real engine on a tiny random model, a server of OpenAI's API as the judge, and SFT on what comes out.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { streamRows } from '../datasets/rows.ts';
import type { Datum } from '../engine/engine.ts';
import { createLocalEngine } from '../engine/local/localEngine.ts';
import { newModel, saveModel } from '../engine/local/model.ts';
import type { JsonRow } from '../formats/jsonl.ts';
import { InputError } from '../platform/errors.ts';
import { parseRecipe } from '../recipe/recipe.ts';
import { runRecipe } from '../recipe/run.ts';
import { describeNeeding } from '../testing/need.ts';
import { chatAnswer, type OpenaiServer, type ServedAnswer, type ServedRequest, startOpenai } from '../testing/openaiServer.ts';
import { smallDisks } from '../testing/smallDisk.ts';
import { tinyNewModel } from '../testing/tinyModel.ts';
import { Interrupted, type RunEvent, StageError } from './context.ts';
import type { CurationReport } from './curation/report.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-rejection-'));
const engine = createLocalEngine({ threads: 1 });
const servers: OpenaiServer[] = [];
let runs = 0;

beforeAll(async () => {
  const model = newModel(tinyNewModel(), 1, 1);
  await saveModel(join(root, 'model'), model, model.store);
});
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));
afterAll(async () => {
  await engine.close();
  rmSync(root, { recursive: true, force: true });
});

/** A task of 24 prompts in two domains; right where the response's first word is a low one, undecided (null) for every third prompt. */
function recipeOf(stage: string, { judge = '(row, text) => Number(Number(text.slice(1, 3)) < 25)', more = '' } = {}) {
  const file = join(root, `task-${runs++}.mjs`);
  writeFileSync(
    file,
    `const judge = ${judge};
export default { name: 'low', accuracy: 'low', weights: { low: 1 },
  load: () => ({ train: Array.from({ length: 24 }, (_, n) => ({ id: 'row ' + n, n, prompt: 'w' + (n + 1), domain: n % 4 === 0 ? 'few' : 'many' })), heldOut: [] }),
  rewards: { low: ({ completions, rows }) => completions.map((text, i) => judge(rows[i], text)) } };`,
  );
  return parseRecipe(
    `{ name: r, model: ${join(root, 'model')}, task: ${file}, seed: 5, stages: { take: { kind: rejection, samples: 3, maxTokens: 6, promptsPerShard: 8, filters: { unfinished: false }, ${stage} }${more} } }`,
    'r.yaml',
  );
}
const take = async (recipe: ReturnType<typeof recipeOf>, out = join(root, `run-${runs++}`), report?: (event: RunEvent) => void) => {
  const { data } = await runRecipe(recipe, { out, engine, report });
  return { out, dir: data.take, report: JSON.parse(readFileSync(join(data.take, 'report.json'), 'utf8')) as CurationReport };
};
const rowsIn = async (data: string): Promise<JsonRow[]> => {
  const rows: JsonRow[] = [];
  for await (const { row } of streamRows(data, 'train')) rows.push(row);
  return rows;
};
const verdictsIn = (dir: string): Promise<JsonRow[]> => rowsIn(join(dir, 'verdicts.parquet'));
const filesIn = (dir: string): Record<string, string> =>
  Object.fromEntries(
    ['generated', 'measured', 'curated'].flatMap((folder) =>
      readdirSync(join(dir, folder)).map((name) => [`${folder}/${name}`, readFileSync(join(dir, folder, name)).toString('base64')]),
    ),
  );

describe('rejection sampling', () => {
  it('keeps what is right, tells the rest by its reason, and SFT learns from it', async () => {
    const notes: string[] = [];
    const recipe = recipeOf('perPrompt: 2', { more: `, learn: { kind: sft, data: $take, epochs: 1, sequencesPerStep: 8 }` });
    const { dir, report, out } = await take(recipe, undefined, (event) => event.type === 'note' && notes.push(event.message));
    expect([report.prompts, report.samples]).toEqual([24, 72]);
    expect(report.kept + Object.values(report.rejected).reduce((sum, n) => sum + n, 0)).toBe(72);
    const rows = await rowsIn(dir);
    expect(rows).toHaveLength(report.kept);
    for (const { completion } of rows) expect(Number((completion as string).slice(1, 3))).toBeLessThan(25);
    expect(rows[0]).toMatchObject({ task: 'low', source: 'take', prompt: expect.stringMatching(/^w\d+$/) });
    for (const { id } of rows) expect(rows.filter((row) => row.id === id).length).toBeLessThanOrEqual(2);
    const verdicts = await verdictsIn(dir);
    expect(verdicts).toHaveLength(72);
    expect(verdicts.filter(({ verdict }) => verdict === 'kept')).toHaveLength(report.kept);
    expect(verdicts.filter(({ verdict }) => verdict === 'wrong')).toHaveLength(report.rejected.wrong);
    const table = notes.find((note) => note.startsWith('domain')) as string;
    expect(table).toMatch(/^domain +prompts +samples +kept +mean tokens\nfew +6 +18 .*\nmany +18 +54 .*\nall +24 +72 /);
    expect(readdirSync(join(out, 'checkpoints')).some((name) => name.startsWith('learn-'))).toBe(true);
    expect(readdirSync(dir)).not.toContain('.spill');
  });

  it('stopped at any shard and taken up again, has the bits of a run that was not', async () => {
    const whole = await take(recipeOf('balance: equal, perPrompt: 2, prompts: 20'));
    const out = join(root, `run-${runs++}`);
    const same = parseRecipe(readFileSync(join(whole.out, 'recipe.yaml'), 'utf8'), join(whole.out, 'recipe.yaml'));
    for (let stops = 0; stops < 2; stops++) {
      const abort = new AbortController();
      let steps = 0;
      const report = ({ type }: RunEvent): void => {
        if (type === 'step' && ++steps === 1) abort.abort();
      };
      await expect(runRecipe(same, { out, engine, signal: abort.signal, report })).rejects.toThrow(Interrupted);
    }
    expect(readdirSync(join(out, 'data', 'take', 'generated')).length).toBeGreaterThan(0);
    // As a process that was killed leaves them.
    writeFileSync(join(out, 'data', 'take', 'generated', 'part-00007.parquet.tmp'), 'torn');
    const { dir, report } = await take(same, out);
    expect(report).toEqual(whole.report);
    expect(filesIn(dir)).toEqual(filesIn(whole.dir));
  });

  it('that keeps nothing says why, most frequent first, with an example each, and keeps the samples', async () => {
    const error = await take(recipeOf('perPrompt: 1', { judge: '(row, text) => row.n === 3 ? null : 0' })).catch((e) => e);
    expect(error).toBeInstanceOf(StageError);
    expect(error.message).toMatch(
      /^stage take: the filters keep none of 72 responses. Why:\n {2}wrong: 69, the answer is wrong; such as sample 0 of row \d+: "w/,
    );
    expect(error.message).toMatch(/\n {2}no_verdict: 3, no rule can judge it, and there is no judge; such as sample 0 of row 3: /);
    const generated = /kept in (\S+generated)/.exec(error.message)?.[1] as string;
    expect(readdirSync(generated)).toHaveLength(3);
  });

  it('balances domains, drops near-duplicates, and adds further data', async () => {
    const further = join(root, 'further.jsonl');
    writeFileSync(
      further,
      Array.from({ length: 9 }, (_, n) => `${JSON.stringify({ prompt: `w${n}`, completion: `w7 w${n}` })}\n`).join(''),
    );
    const { dir, report } = await take(
      recipeOf(`balance: { few: 1, many: 2 }, plus: [{ data: ${further}, rows: 4, domain: chat }, 'lab:general']`, { judge: '() => 1' }),
    );
    const { few, many } = report.byDomain;
    expect([few.kept, many.kept]).toEqual([18, 36]);
    expect(report.rejected).toEqual({ balance: 18 });
    expect(report.given).toMatchObject({ chat: { rows: 4, meanTokens: 2 }, general: { rows: 18 } });
    const rows = await rowsIn(dir);
    expect(rows.slice(-22).map(({ source }) => source)).toEqual(Array(22).fill('given'));
    expect(rows).toHaveLength(report.rows);
    const unknown = take(recipeOf('balance: { none: 1 }', { judge: '() => 1' }));
    await expect(unknown).rejects.toThrow('stages.take.balance: there are no samples of the domain "none"; there are few, many');
  });

  it('rewrites responses to several tasks, each by its own task\u2019s rule or else the general one, and judges them again', async () => {
    const task = (name: string, more: string): string => {
      const file = join(root, `${name}-${runs++}.mjs`);
      writeFileSync(
        file,
        `const known = new Set();
export default { name: '${name}', accuracy: 'right', weights: { right: 1 },
  load: () => { const train = Array.from({ length: 6 }, (_, n) => ({ id: 'row ' + n, prompt: 'w' + (n + 1) })); train.forEach((row) => known.add(row)); return { train, heldOut: [] }; },
  rewards: { right: ({ completions, rows }) => completions.map((_, i) => Number(known.has(rows[i]))) }, ${more} };`,
      );
      return file;
    };
    const own = task('own', "summarise: (row, text) => known.has(row) ? '<think>\\n' + text + '\\n</think>\\n\\n' + row.id : null");
    const none = task('none', "prefill: 'w1\\n\\n'");
    const recipe = parseRecipe(
      `{ name: m, model: ${join(root, 'model')}, seed: 5, stages: { take: { kind: rejection, samples: 2, maxTokens: 6, promptsPerShard: 4,
        tasks: { own: { weight: 1, task: ${own} }, none: { weight: 1, task: ${none} } }, filters: { unfinished: false }, rewrite: summary } } }`,
      'm.yaml',
    );
    const { dir, report } = await take(recipe);
    const { rewrite = 0 } = report.rejected;
    expect(report.kept + rewrite).toBe(24);
    const rows = await rowsIn(dir);
    const of = (name: string): string[] => rows.filter((row) => row.task === name).map(({ completion }) => completion as string);
    expect(of('own')).toHaveLength(12);
    for (const completion of of('own')) expect(completion).toMatch(/^<think>\n.*\n<\/think>\n\nrow \d$/);
    expect(of('none').length).toBeGreaterThan(0);
    for (const completion of of('none')) expect(completion).toMatch(/^<think>\nw1\n<\/think>\n\nw/);
  });

  it('curates candidates that are given: filters and rewrites them, samples nothing', async () => {
    const file = join(root, 'given.jsonl');
    const chat = (question: string, answer: string) => ({
      messages: [
        { role: 'user', content: question },
        { role: 'assistant', content: answer },
      ],
    });
    const given = [
      chat('What is 3 + 4 ?', 'First I take 3 .\nThen I add 4 .\n\nIt is 7 .'),
      chat('What is 3 + 4 ?', 'first I take 3.\nThen I add 4.\n\nit is 7.'),
      chat('What is 5 + 4 ?', '```\nprint(5 + 4)\n```\n\nIt is 9 .'),
      chat('What is 6 + 4 ?', 'It is 10 .'),
    ];
    writeFileSync(file, given.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const recipe = parseRecipe(
      `{ name: g, model: ${join(root, 'model')}, stages: { take: { kind: rejection, candidates: ${file}, rewrite: summary, filters: { codeBlocks: drop, duplicates: {} } } } }`,
      'g.yaml',
    );
    const { dir, report } = await take(recipe);
    // Rows of the same prompt are samples of it.
    expect([report.prompts, report.samples]).toEqual([3, 4]);
    expect(report.rejected).toEqual({ code: 1, duplicate_of_prompt: 1, rewrite: 1 });
    expect((await rowsIn(dir)).map(({ prompt, completion }) => ({ prompt, completion }))).toEqual([
      {
        prompt: [{ role: 'user', content: 'What is 3 + 4 ?' }],
        completion: [{ role: 'assistant', content: '<think>\nFirst I take 3 .\nThen I add 4 .\n</think>\n\nIt is 7 .' }],
      },
    ]);
  });
});

it('a reward model as the judge reads in its own tokens; what it cannot read whole has no verdict', async () => {
  const read: number[][] = [];
  const score = async (data: Datum[]) => data.map(({ tokens }) => read.push([...tokens]) && Number(tokens[1] % 2 === 0));
  const scoring = { ...engine, createScorer: async () => ({ score, close: async () => {} }) };
  // Its words are the policy's from last to first.
  const judge = tinyNewModel({ max_position_embeddings: 7 });
  const { model } = judge.tokenizerFiles.tokenizerJson as { model: { vocab: Record<string, number> } };
  for (const word of Object.keys(model.vocab)) model.vocab[word] = 39 - Number(word.slice(1));
  judge.tokenizerFiles.tokenizerConfig = { ...judge.tokenizerFiles.tokenizerConfig, eos_token: 'w39' };
  const made = newModel(judge, 1, 1);
  await saveModel(join(root, 'judge'), made, made.store);
  const recipe = recipeOf(`judge: { rewardModel: ${join(root, 'judge')}, above: 0.5, sees: response }`, { judge: '() => null' });
  const { data } = await runRecipe(recipe, { out: join(root, 'scored'), engine: scoring });
  const verdicts = await verdictsIn(data.take);
  const generated = await rowsIn(join(data.take, 'generated'));
  const texts = generated.map(({ row, response }) => `${JSON.parse(row as string).prompt} ${response}`.trim());
  for (const ids of read) {
    // The end token, w39.
    expect(ids.at(-1)).toBe(0);
    const words = ids.slice(0, -1).map((id) => `w${39 - id}`);
    expect(texts).toContain(words.join(' '));
  }
  expect(new Set(verdicts.map(({ verdict }) => verdict))).toEqual(new Set(['kept', 'judged_bad', 'unjudged']));
});

describe('a judge behind an endpoint', () => {
  const serve = async (answer: (request: ServedRequest, number: number) => ServedAnswer | Promise<ServedAnswer>): Promise<OpenaiServer> => {
    const server = await startOpenai(answer);
    servers.push(server);
    return server;
  };
  const judged = (url: string, more = '') => recipeOf(`judge: { url: '${url}', model: m, ${more} }`, { judge: '() => null' });

  it('decides where no rule does; busy servers and time-outs are asked again, nonsense becomes no verdict, never a silent zero', async () => {
    const server = await serve(({ body }, number) => {
      if (number === 0) return { status: 429, headers: { 'retry-after': '0' } };
      if (number === 1) return new Promise(() => {});
      const question = body.messages[0].content as string;
      if (/begins\|>\nw5\n/.test(question)) return chatAnswer('I like it. [[PASS]] or [[FAIL]]');
      return chatAnswer(`<think>[[FAIL]]?</think>Well. [[${/begins\|>\nw1\n/.test(question) ? 'pass' : 'FAIL'}]]`);
    });
    const { dir, report } = await take(judged(server.url, 'timeout: 0.5'));
    const verdicts = await verdictsIn(dir);
    const of = (id: string) => new Set(verdicts.filter((row) => row.id === id).map(({ verdict }) => verdict));
    expect(of('row 0')).toEqual(new Set(['kept']));
    expect(of('row 4')).toEqual(new Set(['unjudged']));
    expect(of('row 7')).toEqual(new Set(['judged_bad']));
    expect(report.rejected).toMatchObject({ unjudged: 3 });
  });

  it('that goes on failing stops the stage, and what it has said is not asked again', async () => {
    let down = false;
    let answers = 0;
    const server = await serve(() => {
      if (down) return { status: 503, headers: { 'retry-after': '0' }, body: { error: { message: 'overloaded' } } };
      down = ++answers === 30;
      return chatAnswer('[[PASS]]');
    });
    const recipe = judged(server.url, 'concurrency: 1');
    const out = join(root, `run-${runs++}`);
    const error = await take(recipe, out).catch((e) => e);
    expect(error).toBeInstanceOf(StageError);
    expect(error.message).toMatch(
      /^stage take: .* answered 503: overloaded, 7 times\. What it has answered is kept: give the same command again/,
    );
    down = false;
    const { report } = await take(recipe, out);
    const asked = new Set(server.requests.map(({ body }) => body.messages[0].content));
    expect(answers).toBe(asked.size);
    expect(report.kept).toBe(72);
  });

  it('that is nowhere is told at once, by the name of the setting', async () => {
    const server = await serve(() => chatAnswer('x'));
    await server.close();
    servers.pop();
    const error = await take(judged(server.url)).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(/cannot be reached: .*is this its address \(stages\.take\.judge\.url\)\?/);
  });
});

describeNeeding(smallDisks(), 'on a disk that fills up', (newDisk) => {
  it('says so each time, loses no whole shard, and ends as a run that always had room', async () => {
    const recipe = recipeOf('perPrompt: 2');
    const whole = await take(recipe);
    const disk = newDisk(16);
    try {
      const out = join(disk.dir, 'run');
      const full: string[] = [];
      let ended: CurationReport | undefined;
      for (let size = 16; ended === undefined; size += 8) {
        disk.resize(size);
        const before = shardsIn(out);
        ended = await take(recipe, out).then(
          ({ report }) => report,
          (error: Error) => void full.push(error.message) as undefined,
        );
        expect(shardsIn(out)).toEqual(expect.arrayContaining(before));
        expect(size).toBeLessThan(1024);
      }
      for (const message of full) expect(message).toMatch(/^the disk is full: .*[Mm]ake room/s);
      expect(
        full.some((message) =>
          /generated\/part-0000\d\.parquet could not be written\. The shards that are written are whole/.test(message),
        ),
      ).toBe(true);
      expect(ended).toEqual(whole.report);
      expect(filesIn(join(out, 'data', 'take'))).toEqual(filesIn(whole.dir));
    } finally {
      disk.remove();
    }
  });
});

/** The shards of responses that are there whole. */
function shardsIn(out: string): string[] {
  const generated = join(out, 'data', 'take', 'generated');
  return existsSync(generated) ? readdirSync(generated).filter((name) => name.endsWith('.parquet')) : [];
}
