// Reports of runs as they lie on the disk: whole, in parts, damaged, hostile. The files are written here as a run writes them.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { evaluation, score } from '../testing/runEvents.ts';
import { html } from './html.ts';
import { writeReport } from './report.ts';
import { spent } from './stageSections.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-report-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let runs = 0;

/** The page of a run whose directory has these files. */
async function pageOf(files: Record<string, string | object>): Promise<string> {
  const dir = join(root, `run-${runs++}`);
  mkdirSync(dir);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    const lines = Array.isArray(content) ? content.map((row) => `${JSON.stringify(row)}\n`).join('') : JSON.stringify(content);
    writeFileSync(join(dir, name), typeof content === 'string' ? content : lines);
  }
  const page = readFileSync(await writeReport(dir), 'utf8');
  expectWhole(page);
  return page;
}

/** Every tag is closed in its order, none is one that acts or fetches, and nothing is undefined. */
function expectWhole(page: string): void {
  const open: string[] = [];
  for (const [, slash, name, rest] of page
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .matchAll(/<(\/?)([a-z][a-z0-9]*)((?:[^<>"]|"[^"]*")*)>/g)) {
    expect(['script', 'img', 'iframe', 'object', 'link', 'base', 'form']).not.toContain(name);
    expect(rest.replace(/"[^"]*"/g, '""')).not.toMatch(/ on[a-z]+=/);
    expect(rest).not.toMatch(/(href|src)="(?!#)/);
    if (slash) expect(open.pop()).toBe(name);
    else if (!['meta', 'circle', 'line', 'polyline', 'polygon'].includes(name) && !rest.endsWith('/')) open.push(name);
  }
  expect(open).toEqual([]);
  expect(page).not.toMatch(/\bundefined\b|\bNaN\b|\[object/);
}

/** The text of a page, as a reader sees it. */
const textOf = (page: string): string =>
  page
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

const hostile = `"><script>alert(1)</script><img src=x onerror=alert(2)></pre></section>&lt;b&gt;\u0000`;
const figure = (value: number) => ({ value, low: value - 0.02, high: value + 0.02 });
const of = (accuracy: number, measures?: Record<string, number>) =>
  evaluation({
    lab: score(accuracy, {
      passAtK: { 1: figure(accuracy) },
      ...(measures && { measures: Object.fromEntries(Object.entries(measures).map(([name, value]) => [name, figure(value)])) }),
    }),
  });
const table = {
  base: { lab: of(0.2, { language: 0.5 }) },
  'R1-Zero': { lab: of(0.6, { language: 0.4 }) },
  Dev1: { lab: of(0.61, { language: 0.9 }) },
};
const models = { base: 'lab:base', 'R1-Zero': '$zero', Dev1: '$cold' };
const recipe = {
  name: 'r1',
  model: 'lab:base',
  task: 'lab',
  seed: 3,
  stages: { zero: { kind: 'rl', steps: 2 }, table: { kind: 'evaluate', models } },
};
const sample = (problem: string, correct: number, completion: string, more = {}) => ({
  ...{ problem, sample: 0, completion, tokens: 12, stopReason: 'stop', answer: null, correct, class: null, ...more },
});
const kept = (model: string, samples: object[]) => ({
  [`evaluations/table/${model}-lab/evaluation.json`]: { task: 'lab' },
  [`evaluations/table/${model}-lab/problems.jsonl`]: [
    { problem: 'one', prompt: `what is <b>1 + 1</b>?`, domain: 'sums' },
    { problem: 'two', prompt: [{ role: 'user', content: 'and 2 + 2?' }], domain: 'sums' },
  ],
  [`evaluations/table/${model}-lab/details.jsonl`]: samples,
});

describe('the report of a run', () => {
  it('has the table of the paper: models in order, intervals, what lies apart from the row above, and the paper beside', async () => {
    const page = await pageOf({ 'recipe.yaml': recipe, 'finished.json': { table: { result: table } } });
    const text = textOf(page);
    expect(text).toMatch(/model lab pass@1 language cut length, tokens base 20\.0 \[18\.0, 22\.0\] 50\.0 \[48\.0, 52\.0\]/);
    // 0.2 to 0.6 lies apart, and so does the language; 0.60 to 0.61 does not.
    expect(text).toMatch(
      /R1-Zero 60\.0 \[58\.0, 62\.0\] ▲ \+40\.0 \(intervals apart\) 40\.0 \[38\.0, 42\.0\] ▼ −10\.0 \(intervals apart\)/,
    );
    expect(text).toMatch(/Dev1 61\.0 \[59\.0, 63\.0\] \+1\.0 90\.0/);
    expect(text).toMatch(/DeepSeek-R1's own .* base 15\.6 – – – – – R1-Zero 77\.9 86\.7 95\.9 50\.0 46\.6 24\.7 Dev1 59\.0/);
    expect(page.match(/<th scope="row">/g)?.length).toBeGreaterThan(6);
  });

  it('compares no other base with what was made of the one above; models that were only given it does', async () => {
    const text = async (given: Record<string, string>): Promise<string> => {
      const result = { base: { lab: of(0.2) }, R1: { lab: of(0.6) }, tiny: { lab: of(0.1) }, distilled: { lab: of(0.3) } };
      const stages = { table: { kind: 'evaluate', models: given } };
      return textOf(await pageOf({ 'recipe.yaml': { ...recipe, stages }, 'finished.json': { table: { result } } }));
    };
    const made = await text({ base: '$model', R1: '$final', tiny: 'lab:tiny', distilled: '$students.tiny' });
    expect(made).toMatch(/tiny 10\.0 \[8\.0, 12\.0\] [^▼]* distilled 30\.0 \[28\.0, 32\.0\] ▲ \+20\.0/);
    expect(made).toContain('(none where another base begins)');
    const given = await text({ base: 'a', R1: 'b', tiny: 'c', distilled: 'd' });
    expect(given).toMatch(/tiny 10\.0 \[8\.0, 12\.0\] ▼ −50\.0/);
  });

  it('says of each model how its samples were drawn where they were drawn otherwise', async () => {
    const stages = { cold: { kind: 'evaluate', task: 'lab' }, warm: { kind: 'evaluate', task: 'lab' } };
    const drawn = (temperature: number) => ({ ...of(0.5), samples: 4, temperature, topP: 0.95, maxTokens: 300 });
    const finished = { cold: { result: drawn(0) }, warm: { result: drawn(0.6) } };
    const text = textOf(await pageOf({ 'recipe.yaml': { ...recipe, stages }, 'finished.json': finished }));
    const way = (temperature: number) => `4 samples a problem, temperature ${temperature}, top-p 0.95, at most 300 tokens`;
    expect(text).toContain(`cold: ${way(0)}; warm: ${way(0.6)}; in percent`);
  });

  it('has no table of the paper where no name is as there', async () => {
    const other = { mine: table.base, yours: table.Dev1 };
    const stages = { table: { kind: 'evaluate', models: { mine: 'a', yours: 'b' } } };
    expect(await pageOf({ 'recipe.yaml': { ...recipe, stages }, 'finished.json': { table: { result: other } } })).not.toContain('AIME');
  });

  it('shows the same problems side by side, those first on which the models disagree, the thinking folded', async () => {
    const page = await pageOf({
      'recipe.yaml': recipe,
      ...kept('base', [sample('one', 1, '<think>easy</think> 2'), sample('two', 0, 'five')]),
      ...kept('R1-Zero', [
        sample('one', 1, 'two'),
        sample('two', 1, '<think>so many words', { stopReason: 'length', measures: { language: 0.5, calm: null } }),
      ]),
    });
    const text = textOf(page);
    expect(text.indexOf('and 2 + 2?')).toBeLessThan(text.indexOf('what is'));
    expect(text).toMatch(
      /user: and 2 \+ 2\? base ✗ wrong 12 tokens five R1-Zero ✓ right 12 tokens, cut at the limit, language 0\.5 thinking, 3 words, never ended so many words/,
    );
    expect(page).toMatch(
      /<details class="thinking"><summary>thinking, 1 word<\/summary><pre class="thought">easy<\/pre><\/details><pre class="answer">2<\/pre>/,
    );
    expect(page).toContain('what is &lt;b&gt;1 + 1&lt;/b&gt;?');
  });

  it('shows whatever a model, a task or a user wrote as text', async () => {
    const page = await pageOf({
      'recipe.yaml': { ...recipe, name: hostile, task: hostile, stages: { ...recipe.stages, judged: { kind: hostile, note: hostile } } },
      'metrics.jsonl': [1, 2].map((step) => ({ stage: 'zero', step, reward: step, [`rewards/${hostile}/mean`]: step, [hostile]: step })),
      'rollouts/zero-1.jsonl': [
        { prompt: hostile, sample: 0, text: `<think>${hostile}</think>${hostile}`, tokens: 3, rewards: {}, reward: 1 },
      ],
      'finished.json': { judged: { result: { [hostile]: hostile, rows: [{ [hostile]: hostile }] } } },
      'data/judged/report.json': { domains: { [hostile]: { kept: 1, [hostile]: hostile } } },
      ...kept('base', [
        sample('one', 1, hostile),
        sample('two', 0, '', {
          turns: [
            { by: 'environment', text: hostile },
            { by: 'model', text: hostile },
          ],
        }),
      ]),
    });
    expect(page).toContain('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(2)&gt;');
    expect(page).not.toMatch(/<script|<img/);
    expect(page).not.toContain('\u0000');
  });

  it('has curves with their intervals, rewards by name, and whatever else was measured', async () => {
    const metrics = [0, 1, 2].map((step) => ({
      ...{ stage: 'zero', step, reward: step / 2, 'rewards/accuracy/mean': step / 2, 'rewards/format/mean': 1, loss: 0, kl: null },
      ...{
        'eval/sums/pass@1': step / 4,
        'eval/sums/pass@1/low': 0,
        'eval/sums/pass@1/high': 0.6,
        'eval/sums/language': 0.5,
        strange_thing: -step,
      },
    }));
    const page = await pageOf({ 'recipe.yaml': recipe, 'metrics.jsonl': metrics });
    const titles = [...page.matchAll(/<figcaption>([^<]*)/g)].map(([, title]) => title);
    expect(titles).toEqual(['Reward', 'Rewards by name', 'Held-out accuracy, pass@1', 'Held-out: language', 'loss', 'strange thing']);
    expect(page).toContain('aria-label="Held-out accuracy, pass@1, steps 0 to 2. sums: 0 to 0.5"');
    expect(page.match(/<polygon/g)).toHaveLength(1);
  });

  it('tells of each stage what it took, what its data is, and what it says at its end', async () => {
    const text = textOf(
      await pageOf({
        'recipe.yaml': {
          ...recipe,
          stages: { ...recipe.stages, pairs: { kind: 'judge' }, helpful: { kind: 'reward_model', model: '$pairs' } },
        },
        'metrics.jsonl': [
          { stage: 'zero', step: 1, step_time: 100, num_tokens: 1000 },
          { stage: 'zero', step: 2, step_time: 80, num_tokens: 2500 },
          { stage: 'pairs', step: 9, stage_time: 30, num_tokens: 500 },
        ],
        'finished.json': {
          zero: { step: 2, result: { steps: 2 } },
          pairs: { result: {} },
          helpful: { result: { accuracy: { value: 0.71, low: 0.66, high: 0.76 } } },
        },
        'data/pairs/report.json': {
          domains: { sums: { prompts: 100, kept: 40, meanTokens: 52.4 }, all: { prompts: 100, kept: 40, meanTokens: 52.4 } },
          rejected: { wrong: 300, 'long paragraph': 7 },
        },
        'starts.jsonl': [
          {
            at: '2026-01-01T00:00:00Z',
            thinkling: '1.2.3',
            node: 'v20',
            onnxruntime: '1.30.0',
            system: 'linux x64',
            machine: '2 threads',
            memoryBytes: 8e9,
          },
        ],
      }),
    );
    expect(text).toMatch(/zero rl lab:base 2 3 min 2,500 done/);
    expect(text).toMatch(/pairs judge the stage before 9 30 s 500 done/);
    expect(text).toMatch(/all 4 min 3,000/);
    expect(text).toMatch(/domains .*prompts kept mean tokens sums 100 40 52\.4/);
    expect(text).toMatch(/rejected wrong 300 long paragraph 7/);
    expect(text).toMatch(/accuracy 71\.0% \[66\.0%, 76\.0%\]/);
    expect(text).toMatch(/1\.2\.3 .*8 GB/);
  });

  it('tells of the models that one stage trains within it, and of a test of thinking its time', async () => {
    const row = (stage: string, step: number, loss: number) => ({ stage, step, loss, step_time: 10, num_tokens: 100 * step });
    const students = { small: 'lab:tiny', tiny: 'lab:tiny' };
    const page = await pageOf({
      'recipe.yaml': { ...recipe, stages: { students: { kind: 'distill', students }, thinks: { kind: 'thinking_test', models } } },
      'metrics.jsonl': [
        ...[row('students.small', 1, 3), row('students.small', 2, 1), row('students.tiny', 1, 2), row('students.tiny', 3, 0.5)],
        ...[1, 2].map((step) => ({ stage: 'thinks', step, stage_time: 7, num_tokens: 50 })),
      ],
      'finished.json': { 'students.small': { step: 2, result: {} } },
    });
    const text = textOf(page);
    expect(text).toContain('students → thinks: 0 of 2 stages done.');
    // 20 seconds and 200 tokens of the one; 10 + 2 x 10 and 300 of the other, whose step 2 was not logged.
    expect(text).toMatch(
      /students distill 2 models 2 \+ 3 50 s 500 not at its end thinks thinking_test 3 models 2 14 s 100 not at its end all 64 s 600/,
    );
    expect(
      [...page.matchAll(/<h4>(small|tiny)<\/h4><div class="charts"><figure class="chart"><figcaption>([^<]*)/g)].map(([, ...of]) => of),
    ).toEqual([
      ['small', 'Loss'],
      ['tiny', 'Loss'],
    ]);
  });

  it.each<[string, Record<string, string | object>]>([
    ['a recipe alone', { 'recipe.yaml': recipe }],
    ['metrics alone, cut short', { 'metrics.jsonl': '{"stage":"zero","step":1,"reward":0.5}\n{"stage":"zero","st' }],
    ['a damaged recipe', { 'recipe.yaml': '{ name: [', 'metrics.jsonl': '{"stage":"zero","step":1}\n' }],
    ['a recipe that is no map', { 'recipe.yaml': '7' }],
    ['a damaged end', { 'recipe.yaml': recipe, 'finished.json': '{"table": {' }],
    [
      'an end of another shape',
      { 'recipe.yaml': recipe, 'finished.json': { table: { result: [1, null] }, zero: { result: { before: { byDomain: {} } } } } },
    ],
    [
      'damaged samples',
      { 'recipe.yaml': recipe, ...kept('base', []), 'evaluations/table/base-lab/details.jsonl': '{"problem":"one"}\nno json\n' },
    ],
    [
      'samples of another shape',
      {
        'recipe.yaml': recipe,
        ...kept('base', [sample('one', 1, 'two', { measures: { calm: 'very' }, tokens: 'few', turns: 'none', correct: 'yes' })]),
        'evaluations/table/base-lab/problems.jsonl': [{ problem: 'one' }, { problem: 'two', prompt: [null, 3] }],
        'rollouts/zero-1.jsonl': [{ prompt: 1 }, { prompt: null, text: 'x', reward: 'much' }, { text: 'y', turns: [null, 'z'] }],
      },
    ],
    ['empty rollouts', { 'recipe.yaml': recipe, 'rollouts/zero-1.jsonl': '' }],
    [
      'metrics that are not finite',
      { 'recipe.yaml': recipe, 'metrics.jsonl': [1, 2].map((step) => ({ stage: 'zero', step, reward: null, loss: 1e300 * step })) },
    ],
  ])('of %s is a smaller one', async (_, files) => {
    expect(textOf(await pageOf(files))).toContain('How it was computed');
  });

  it('has what is there of a table that is under way', async () => {
    const page = await pageOf({
      'recipe.yaml': recipe,
      ...kept('base', [sample('one', 1, 'two')]),
      'evaluations/table/base-lab/results.json': table.base.lab,
      ...kept('R1-Zero', []),
    });
    expect(textOf(page)).toMatch(/base 20\.0 \[18\.0, 22\.0\]/);
    expect(textOf(page)).toMatch(/table evaluate 3 models – – – not at its end/);
  });

  it('stays below 2 MB where texts are long and models many', async () => {
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`M${i}`, 'x']));
    const long = Array.from({ length: 60 }, (_, i) =>
      sample(`p${i}`, i % 2, `<think>${'<wait> '.repeat(1500)}</think>${'done & '.repeat(1500)}`),
    );
    const problems = long.map(({ problem }) => ({ problem, prompt: 'why? '.repeat(3000) }));
    const page = await pageOf({
      'recipe.yaml': { ...recipe, stages: { table: { kind: 'evaluate', models: many } } },
      ...Object.assign({}, ...Object.keys(many).map((model) => kept(model, long))),
      ...Object.fromEntries(Object.keys(many).map((model) => [`evaluations/table/${model}-lab/problems.jsonl`, problems])),
    });
    expect(page).toContain('more characters');
    expect(page.length).toBeLessThan(2e6);
  });

  it('is written where it is told, and a wrong place is one clear error', async () => {
    const dir = join(root, 'told');
    mkdirSync(dir);
    writeFileSync(join(dir, 'notes.txt'), '');
    await expect(writeReport(join(root, 'nowhere'))).rejects.toThrow(/^there is no run at .*nowhere: give the directory of a run/);
    await expect(writeReport(dir)).rejects.toThrow(/told holds no run: it has no recipe\.yaml/);
    await expect(writeReport(join(dir, 'notes.txt'))).rejects.toThrow(/notes\.txt is a file: give the directory of a run/);
    writeFileSync(join(dir, 'recipe.yaml'), JSON.stringify(recipe));
    expect(await writeReport(dir, join(root, 'elsewhere.html'))).toBe(join(root, 'elsewhere.html'));
  });
});

describe('what stages came to that are no evaluations', () => {
  const thinking = {
    R1: { thinks: figure(0.9), itself: figure(0.7), again: figure(0.69), removed: figure(0.2), another: figure(0.1) },
    tiny: { thinks: figure(0.05) },
  };
  const helpful = {
    ...{ objective: 'pairwise', sees: 'summary', trained: 900, heldOut: 101, lengthOnly: 0.523 },
    before: { accuracy: figure(0.5), loss: 0.69, margin: -0.01, prefersLonger: 0.4 },
    after: { accuracy: figure(0.81), loss: 0.4, margin: 1.2, prefersLonger: 0.55 },
  };
  const stages = {
    helpful: { kind: 'reward_model' },
    harmless: { kind: 'reward_model' },
    thinking: { kind: 'thinking_test' },
    broken: { kind: 'thinking_test' },
  };

  it('have tables of their own, each figure with its interval and what changed', async () => {
    const { margin: _, prefersLonger: __, ...look } = helpful.after;
    const harmless = { ...helpful, objective: 'pointwise', sees: 'response', before: undefined, after: { ...look, auc: 0.987 } };
    const results = { helpful, harmless, thinking, broken: { R1: { thinks: 'often' } } };
    const finished = Object.fromEntries(Object.entries(results).map(([name, result]) => [name, { result }]));
    const text = textOf(await pageOf({ 'recipe.yaml': { ...recipe, stages }, 'finished.json': finished }));
    expect(text).toMatch(
      /thinking: the accuracy of the answer after \.\.\. model its own thinking the same, the answer drawn anew no thinking/,
    );
    expect(text).toMatch(/R1 70\.0 \[68\.0, 72\.0\] 69\.0 \[67\.0, 71\.0\] −1\.0 20\.0 \[18\.0, 22\.0\] ▼ −50\.0 \(intervals apart\)/);
    expect(text).toMatch(/tiny – – – – 5\.0 \[3\.0, 7\.0\]/);
    expect(text).toMatch(
      /helpful: 101 pairs held out measured accuracy loss margin prefers the longer before the first step 50\.0 \[48\.0, 52\.0\] 0\.69/,
    );
    expect(text).toMatch(/after the last 81\.0 \[79\.0, 83\.0\] ▲ \+31\.0 \(intervals apart\) 0\.4 1\.2 55\.0%/);
    expect(text).toContain('the longer one is the better in 52.3%');
    expect(text).toMatch(
      /harmless: 101 labelled responses held out measured accuracy loss AUC before the first step – – – after the last 81\.0/,
    );
    // What is not as the stage writes it is shown as anything else.
    expect(text).toMatch(/broken, at its end .*often/);
  });
});

it('text within a template is read back as it was', () => {
  const unescaped = (text: string): string =>
    text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" })[name as 'amp'] as string);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const { text: made } = html`<p title="${text}">${text}</p>`;
      const [, attribute, body] = /^<p title="([^"<>]*)">([^<>]*)<\/p>$/.exec(made) as RegExpExecArray;
      expect([unescaped(attribute), unescaped(body)]).toEqual([text, text].map((each) => each.replace(/(?![\t\n])\p{Cc}/gu, '\ufffd')));
    }),
  );
});

it('the time of a stage is that of its steps, those that were not logged counted as the next, with looks and saves', () => {
  const rows = [
    { step: 0, 'time/eval': 5 },
    { step: 10, step_time: 2, num_tokens: 100 },
    { step: 20, step_time: 3, num_tokens: 250, 'time/save': 1, 'time/eval': 2 },
  ];
  expect(spent(rows)).toEqual({ seconds: 5 + 20 + 30 + 1, tokens: 250 });
  expect(
    spent([
      { step: 0, stage_time: 4, num_tokens: 10 },
      { step: 1, stage_time: 6, num_tokens: 30 },
    ]),
  ).toEqual({ seconds: 10, tokens: 40 });
  expect(spent([])).toEqual({});
});
