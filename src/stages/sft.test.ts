// SFT on a tiny model: which tokens bear the loss, that it learns, that a run that was stopped ends with the same bits, and what is refused.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Datum, Engine, TrainingClient } from '../engine/engine.ts';
import { createLocalEngine } from '../engine/local/localEngine.ts';
import { parseRecipe, type Recipe } from '../recipe/recipe.ts';
import { type RunOptions, runRecipe } from '../recipe/run.ts';
import { labGeneralExamples } from '../tasks/lab/general/rows.ts';
import { writeTinyModel } from '../testing/tinyModel.ts';
import { resolveModel } from '../tracking/resolveModel.ts';
import { Interrupted, type RunEvent, StageError } from './context.ts';
import { openModelText } from './prompts.ts';
import { sftSchema } from './settings.ts';
import { loadSftData } from './sftData.ts';
import { sftDatum } from './sftSequences.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-sft-'));
const model = join(root, 'model');
const template =
  "{% for m in messages %}{{ ' w1 ' if m.role == 'user' else ' w2 ' }}{{ m.content }}{{ ' w0 ' }}{% endfor %}{% if add_generation_prompt %} w2 {% endif %}";

const engine = createLocalEngine({ threads: 1 });

let models = 0;
const modelWith = (chat_template: string, dir = join(root, `model-${models++}`)) => writeTinyModel(dir, { chat_template });
beforeAll(() => modelWith(template, model));
afterAll(async () => {
  await engine.close();
  rmSync(root, { recursive: true, force: true });
});

function rowsFile(name: string, rows: object[]): string {
  const file = join(root, name);
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
}

const settings = (data: string, more: object = {}) => sftSchema.parse({ kind: 'sft', data, learningRate: { peak: 1e-2 }, ...more });

async function load(data: string, more: object = {}, from = model, seed = 1) {
  const warnings: string[] = [];
  const loaded = await loadSftData(settings(data, more), data, await openModelText(from), seed, (message) => warnings.push(message));
  const rows = loaded.train.flatMap(({ sequences }) => sequences.map(sftDatum));
  const learnt = rows.map(({ targets, weights }) => [...targets].filter((_, t) => weights[t] !== 0));
  return { ...loaded, learnt, warnings };
}

const pairs = Array.from({ length: 10 }, (_, i) => ({ prompt: `w${i + 3} w${i + 4}`, completion: ` w${i + 20} w${i + 21}` }));

const recipeText = (data: string, more = '', warmup = 1) =>
  `{ name: r, seed: 3, model: ${model}, stages: { tune: { kind: sft, data: ${data}, sequencesPerStep: 4, epochs: 3, learningRate: { peak: 0.01, warmup: ${warmup} }${more} } } }`;
/** One engine for all runs: opening one takes longer than a run. */
const run = (given: Recipe, options: RunOptions) => runRecipe(given, { engine, ...options });
const recipe = (data: string, more = '') => parseRecipe(recipeText(data, more), 'r.yaml');

it("the lab's general examples are learnt as rejection's `plus` has them: drawn by the seed, each once, and only to learn from", async () => {
  const base = await resolveModel('lab:base');
  const { train } = await load('lab:general', {}, base, 3);
  const examples = [...labGeneralExamples(3)];
  expect(train).toHaveLength(examples.length);
  const { tokenizer } = await openModelText(base);
  for (const i of [0, 1, examples.length - 1]) {
    expect(tokenizer.decode(train[i].sequences[0].ids)).toContain(examples[i].completion.trim());
    expect(train[i].place).toBe(`lab:general: row ${i + 1}`);
  }
  const [other] = labGeneralExamples(4, 1);
  expect(other.prompt).not.toBe(examples[0].prompt);
  await expect(load('lab:general', { split: 'test' }, base)).rejects.toThrow('lab:general has no split "test"');
});

it('of prompt and completion the completion is learnt, with the end token', async () => {
  const { learnt } = await load(rowsFile('pairs.jsonl', [{ q: 'w3 w4', a: ' w5 w6' }]), { columns: { prompt: 'q', completion: 'a' } });
  expect(learnt).toEqual([[5, 6, 0]]);
});

it("of messages every turn of the assistant's is learnt with its end, and nothing else", async () => {
  const turns = ['user w7', 'assistant w8 w9', 'user w10', 'assistant w11'].map((turn) => {
    const [role, ...words] = turn.split(' ');
    return { role, content: words.join(' ') };
  });
  expect((await load(rowsFile('chat.jsonl', [{ messages: turns }]))).learnt).toEqual([[8, 9, 0, 11, 0]]);
  const completion = [{ prompt: turns.slice(0, 3), completion: turns.slice(3) }];
  expect((await load(rowsFile('turn.jsonl', completion))).learnt).toEqual([[11, 0]]);
});

it('rows with nothing to learn are counted, and a whole set of them is refused', async () => {
  const silent = { messages: [{ role: 'user', content: 'w3' }] };
  const spoken = { messages: [...silent.messages, { role: 'assistant', content: 'w4' }] };
  const { train, warnings } = await load(rowsFile('some.jsonl', [silent, spoken]));
  expect(train).toHaveLength(1);
  expect(warnings.join()).toContain('1 of 2 rows have nothing to learn');
  await expect(load(rowsFile('none.jsonl', [silent]))).rejects.toThrow(/none of its 1 rows is left to learn from/);
  await expect(load(rowsFile('prompts.jsonl', [{ prompt: 'w3' }]))).rejects.toThrow(/prompts.jsonl:1: .*prompts alone/);
});

it('what is learnt otherwise than one would think is said', async () => {
  const chat = (content: string, answer: string) => ({
    messages: [
      { role: 'user', content },
      { role: 'assistant', content: answer },
    ],
  });
  const endless = template.replace("{{ m.content }}{{ ' w0 ' }}", '{{ m.content }}');
  const said = async (chat_template: string, rows: object[]) =>
    (await load(rowsFile('said.jsonl', rows), {}, await modelWith(chat_template))).warnings.join();
  expect(await said(endless, [chat('w3', 'w4')])).toContain('1 of 1 rows: the chat template ends a turn with no end token');
  const hiding = template.replace('m.content', "m.content.split('w9')[-1]");
  const rows = await said(hiding, [chat('w3', 'w4'), chat('w3', 'w5 w9 w6')]);
  expect(rows).toContain('the chat template does not show 1 assistant turns as they are written');
  expect(rows).not.toContain('no end token');
  const forgetful = template.replace('{{ m.content }}', "{{ m.content if loop.last or m.role == 'user' else 'w30' }}");
  const four = { messages: [...chat('w3', 'w4').messages, ...chat('w5', 'w6').messages] };
  expect(await said(forgetful, [four])).toContain('1 of 1 rows: the chat template shows earlier turns otherwise than the last one');
  const silent = { messages: [...chat('w3', '').messages, ...chat('w5', 'w6').messages] };
  expect(await said(template, [silent, chat('w3', '')])).toMatch(
    /1 of 2 rows have nothing to learn.*1 assistant turns in rows that are learnt have no words/,
  );
  expect(await said(template, [chat('w3', 'w4')])).toBe('');
});

it('text that looks like a control token is said, in messages too', async () => {
  const dir = await modelWith(template);
  const file = join(dir, 'tokenizer.json');
  const special = ['w0', 'w5', '<think>'].map((content, i) => ({ id: [0, 5, 39][i], content, special: true }));
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), added_tokens: special }));
  const said = async (row: object) => (await load(rowsFile('control.jsonl', [row]), {}, dir)).warnings.join();
  const chat = (content: string, answer: string) => ({
    messages: [
      { role: 'user', content },
      { role: 'assistant', content: answer },
    ],
  });
  const warning = '1 of 1 rows hold text that looks like control tokens of the model; it stays text';
  for (const row of [chat('w5', 'w4'), chat('w3', 'w5'), chat('<think>', 'w3'), { prompt: 'w3', completion: 'w5' }])
    expect(await said(row)).toContain(warning);
  // The tags of a thought are the assistant's own.
  for (const row of [chat('w3', '<think> w4'), { prompt: 'w3', completion: '<think>' }]) expect(await said(row)).toBe('');
});

describe('rows that are held out', () => {
  it('are drawn by the seed, or are a split of their own; what is held out is not learnt from, though it is there twice', async () => {
    const file = rowsFile('many.jsonl', [...pairs, ...pairs]);
    const { train, heldOut, warnings } = await load(file, { heldOut: 0.2 });
    const key = ({ sequences }: { sequences: { ids: Int32Array }[] }) => sequences[0].ids.join(' ');
    expect(heldOut).toHaveLength(4);
    expect(train.map(key).filter((row) => heldOut.map(key).includes(row))).toEqual([]);
    expect(warnings.join()).toMatch(/of 16 rows are held out, too: they are not learnt from/);
    await expect(load(file, { heldOut: 20 })).rejects.toThrow('heldOut 20 takes all of the 20 rows');
    mkdirSync(join(root, 'splits'));
    rowsFile('splits/train.jsonl', pairs.slice(0, 7));
    rowsFile('splits/test.jsonl', pairs.slice(6));
    const split = await load(join(root, 'splits'), { heldOut: 'test' });
    expect([split.train.length, split.heldOut.length]).toEqual([6, 4]);
    await expect(load(join(root, 'splits'), { heldOut: 'tset' })).rejects.toThrow('it has no split "tset"');
  });

  it('have their mean loss measured before the first step, now and then, and after the last', async () => {
    const data = rowsFile('held.jsonl', pairs);
    const out = join(root, 'held');
    await run(recipe(data, ', heldOut: 4, evalEvery: 3'), { out });
    const rows = readFileSync(join(out, 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    // 6 rows to learn from, 3 times, 4 a step.
    expect(rows.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(rows.filter((row) => 'eval_loss' in row).map(({ step }) => step)).toEqual([0, 3, 5]);
    expect(rows[5]).toMatchObject({ epoch: 3, num_tokens: 18 * 4, learning_rate: expect.closeTo(0.001, 10) });
    const { heldOut } = await load(data, { heldOut: 4 }, model, 3);
    const trainer = await engine.createTrainer({ model, seed: 3 });
    let [sum, tokens] = [0, 0];
    for (const { sequences } of heldOut) {
      const { logprobs } = await trainer.forward([sftDatum(sequences[0])], { name: 'cross_entropy' });
      for (const value of logprobs[0]) if (value !== 0) [sum, tokens] = [sum - value, tokens + 1];
    }
    await trainer.close();
    expect(rows[0].eval_loss).toBeCloseTo(sum / tokens, 5);
  }, 60_000);
});

it('learns; stopped and taken up again it ends with the same bits', async () => {
  const data = rowsFile('learn.jsonl', pairs);
  const losses: number[] = [];
  const whole = await run(recipe(data, ', saveEvery: 100, heldOut: 2, evalEvery: 4'), {
    out: join(root, 'whole'),
    report: (event) => event.type === 'step' && event.metrics.loss !== undefined && losses.push(event.metrics.loss),
  });
  expect(losses).toHaveLength(6);
  expect(losses[5]).toBeLessThan(losses[0]);
  const out = join(root, 'stopped');
  const stop = new AbortController();
  const report = (event: RunEvent) => event.type === 'step' && event.step === 3 && stop.abort();
  const stopped = recipe(data, ', saveEvery: 100, heldOut: 2, evalEvery: 4');
  await expect(run(stopped, { out, report, signal: stop.signal })).rejects.toThrow(Interrupted);
  const again = await run(stopped, { out });
  for (const file of ['model.safetensors', 'optimizer.safetensors'])
    expect(readFileSync(join(again.checkpoints.tune, file)).equals(readFileSync(join(whole.checkpoints.tune, file))), file).toBe(true);
}, 60_000);

it('a run that died is taken up at its checkpoint, and steps that were lost are made again the same', async () => {
  const data = rowsFile('die.jsonl', pairs);
  const more = ', saveEvery: 2';
  const whole = await run(recipe(data, more), { out: join(root, 'lives') });
  const out = join(root, 'dies');
  const report = (event: RunEvent) => {
    if (event.type === 'step' && event.step === 5) throw new Error('killed');
  };
  await expect(run(recipe(data, more), { out, report })).rejects.toThrow('killed');
  const again = await run(recipe(data, more), { out });
  const files = (dir: string) =>
    ['model.safetensors', 'optimizer.safetensors'].map((file) => readFileSync(join(dir, file)).toString('base64'));
  expect(files(again.checkpoints.tune)).toEqual(files(whole.checkpoints.tune));
  const losses = (dir: string) => readFileSync(join(dir, 'metrics.jsonl'), 'utf8').replace(/,"step_time".*/g, '');
  expect(losses(out)).toBe(losses(join(root, 'lives')));
}, 60_000);

it('a run is not taken up on other data', async () => {
  const data = rowsFile('change.jsonl', pairs);
  const out = join(root, 'changed');
  const stop = new AbortController();
  const report = (event: RunEvent) => event.type === 'step' && stop.abort();
  await expect(run(recipe(data), { out, report, signal: stop.signal })).rejects.toThrow(Interrupted);
  rowsFile('change.jsonl', [{ ...pairs[0], completion: ' w30' }, ...pairs.slice(1)]);
  await expect(run(recipe(data), { out })).rejects.toThrow(/tune: data: .*change\.jsonl has changed/);
  rowsFile('change.jsonl', pairs);
  await run(recipe(data), { out });
}, 60_000);

it('a run whose chat template writes the date is taken up on another day, with the sequences that it began with', async () => {
  const dated = await modelWith(`{{ strftime_now(' w%d ') }}${template}`);
  const turns = [
    { role: 'user', content: 'w3' },
    { role: 'assistant', content: 'w4' },
  ];
  const data = rowsFile('dated.jsonl', [{ messages: turns }, { messages: turns }]);
  const given = parseRecipe(recipeText(data).replace(model, dated), 'r.yaml');
  const out = join(root, 'dated');
  const stop = new AbortController();
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2025-01-20T12:00:00Z') });
  try {
    const report = (event: RunEvent) => event.type === 'step' && stop.abort();
    await expect(run(given, { out, report, signal: stop.signal })).rejects.toThrow(Interrupted);
    vi.setSystemTime(new Date('2025-01-21T12:00:00Z'));
    await run(given, { out });
  } finally {
    vi.useRealTimers();
  }
}, 60_000);

it('a warm-up as long as the stage is refused before anything is made', async () => {
  const file = rowsFile('warm.jsonl', pairs);
  const out = join(root, 'warm');
  await expect(run(parseRecipe(recipeText(file, '', 30), 'r.yaml'), { out })).rejects.toThrow(
    'stages.tune.learningRate.warmup: 30 must be less than the 8 steps of the stage (30 sequences in 3 epochs, 4 a step)',
  );
  expect(existsSync(out)).toBe(false);
});

it('what does not fit is refused by the longest rows together, in whatever step they come, with the length that fits', async () => {
  const words = (count: number) => ' w4'.repeat(count);
  const rows = Array.from({ length: 12 }, (_, i) => ({ prompt: 'w3', completion: words(i === 7 ? 100 : 8) }));
  let loaded = 0;
  // More than 60 tokens a step are too much for it.
  const small: Engine = {
    ...engine,
    async memoryNeed(work) {
      const { parts } = (await engine.memoryNeed?.(work)) ?? { parts: {} };
      const tokens = work.training?.data.reduce((sum, datum) => sum + datum.tokens.length, 0) ?? 0;
      return { bytes: tokens > 60 ? 1e18 : 1, parts };
    },
    createTrainer: (options) => {
      loaded++;
      return engine.createTrainer(options);
    },
  };
  const tune = (data: string, more = '') => run(recipe(data, more), { out: join(root, `large-${models++}`), engine: small });
  const file = rowsFile('large.jsonl', rows);
  // 9 tokens each of three others: 33 are left for the long one.
  await expect(tune(file)).rejects.toThrow(
    /a step of the longest sequences \(sequencesPerStep 4; the longest has 102 tokens\) would take .* To mend: set stages\.tune\.maxLength to 3\d, with longSequences: drop or cut$/,
  );
  expect(loaded).toBe(0);
  await tune(file, ', maxLength: 31, longSequences: cut');
  // Two of 41 tokens are too many, one is not.
  const both = rowsFile('both.jsonl', [
    { prompt: 'w3', completion: words(40) },
    { prompt: 'w5', completion: words(40) },
  ]);
  await expect(tune(both)).rejects.toThrow(/To mend: lower stages\.tune\.sequencesPerStep from 4 to 1, or set stages\.tune\.maxLength/);
  // What is held out counts where it is looked at.
  mkdirSync(join(root, 'large'));
  rowsFile('large/train.jsonl', rows.slice(0, 4));
  rowsFile('large/test.jsonl', [rows[7]]);
  await expect(tune(join(root, 'large'), ', heldOut: test, evalEvery: 1')).rejects.toThrow('the longest has 102 tokens');
}, 60_000);

it('the weights of a step are 1 / its learnt tokens; a loss that is not finite is kept as an incident and not applied', async () => {
  const batches: Datum[][] = [];
  let applied = 0;
  const trainer = {
    forwardBackward: async (batch: Datum[]) => ({ logprobs: [], loss: batches.push(batch) === 2 ? Number.NaN : 1 }),
    optimStep: async () => ({ gradNorm: ++applied, applied: true }),
    saveState: async (dir: string) => dir,
    close: async () => {},
  } as unknown as TrainingClient;
  const capabilities = async () => ({ losses: ['cross_entropy'], arithmetic: 'none' });
  const fake = { capabilities, createTrainer: async () => trainer } as unknown as Engine;
  const out = join(root, 'nan');
  await expect(run(recipe(rowsFile('nan.jsonl', pairs)), { out, engine: fake })).rejects.toThrow(StageError);
  expect(applied).toBe(1);
  expect(readdirSync(join(out, 'incidents'))).toHaveLength(1);
  expect(batches[0].flatMap(({ weights }) => [...weights]).filter((weight) => weight !== 0)).toEqual(Array(12).fill(Math.fround(1 / 12)));
});
