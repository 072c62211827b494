import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { stageSchemas } from '../stages/settings.ts';
import { formatRecipe, loadRecipe, parseRecipe } from './recipe.ts';
import { recipeJsonSchema } from './schema.ts';

const good = `name: mine
model: lab:base
task: lab-countdown
stages:
  zero:
    kind: rl
    steps: 20
    maxTokens: 64
    learningRate: 3e-4
  score: { kind: evaluate, model: $zero, samples: 4, maxTokens: 64 }
`;

/** The message of the InputError that parsing raises; anything else fails the test. */
function complaint(text: string, overrides: string[] = []): string {
  try {
    parseRecipe(text, 'r.yaml', overrides);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  }
  throw new Error('the recipe was accepted');
}

describe('parseRecipe', () => {
  it('reads a recipe and completes it with defaults, stages in their order', () => {
    const recipe = parseRecipe(good, 'r.yaml');
    expect(recipe).toMatchObject({ name: 'mine', model: 'lab:base', task: 'lab-countdown', seed: 0 });
    expect(Object.keys(recipe.stages)).toEqual(['zero', 'score']);
    expect(recipe.stages.zero).toMatchObject({
      kind: 'rl',
      steps: 20,
      groupSize: 16,
      loss: 'ppo',
      clip: { low: 0.2, high: 0.2 },
      learningRate: { peak: 3e-4, schedule: 'constant', warmup: 0 },
    });
    expect(recipe.stages.score).toMatchObject({ temperature: 0.6, topP: 0.95, ks: [1, 4] });
  });

  it('names key, line, column and the nearest valid key of a misspelt field', () => {
    expect(complaint(good.replace('learningRate', 'lerningRate'))).toBe(
      'r.yaml:9:5: unknown key "lerningRate"; did you mean "learningRate"?',
    );
    expect(complaint(good.replace('learningRate', 'lr'))).toContain('did you mean "learningRate"?');
    expect(complaint(good.replace('model: lab:base', 'modle: lab:base'))).toBe('r.yaml:2:1: unknown key "modle"; did you mean "model"?');
    expect(complaint(good.replace('learningRate: 3e-4', 'learningRate: { peek: 3e-4 }'))).toMatch(
      /^r.yaml:9:5: stages.zero.learningRate.peak is missing\nr.yaml:9:21: unknown key "peek"; did you mean "peak"\?$/,
    );
  });

  it('says where a key that is under the wrong stage belongs', () => {
    expect(complaint(good.replace('    maxTokens: 64\n', '    maxTokens: 64\n    rowTokens: 512\n'))).toContain(
      'r.yaml:9:5: "rowTokens" is a setting of pretrain, this stage is rl',
    );
    expect(complaint(good.replace('samples: 4', 'samples: 4, groupSize: 8'))).toContain(
      '"groupSize" is a setting of rl, this stage is evaluate',
    );
    expect(complaint(`steps: 3\n${good}`)).toBe('r.yaml:1:1: "steps" is a setting of a stage (rl): move it under stages');
  });

  it('refuses a number that is given as text, whether the key is right or not', () => {
    expect(complaint(good.replace('3e-4', '"3e-4"'))).toBe(
      'r.yaml:9:19: stages.zero.learningRate must be a number, not the text "3e-4": take off the quotes',
    );
    expect(complaint(good.replace('steps: 20', 'steps: "20"'))).toContain(
      'r.yaml:7:12: stages.zero.steps must be a number, not the text "20": take off the quotes',
    );
    expect(complaint(good.replace('learningRate: 3e-4', 'lr: "3e-4"'))).toContain(
      'r.yaml:9:5: unknown key "lr"; did you mean "learningRate"?',
    );
  });

  it('of a map where a word may stand, too, tells what is wrong within it', () => {
    const judge = (value: string): string =>
      complaint(good.replace(/\n {2}zero:/, `\n  pairs: { kind: judge, maxTokens: 9, judge: ${value} }\n  zero:`));
    expect(judge('{ url: http://localhost/v1, model: m, timout: 3 }')).toMatch(/unknown key "timout"; did you mean "timeout"\?$/);
    expect(judge('tsak')).toContain('stages.pairs.judge must be task, not the text "tsak"');
  });

  it('refuses values of another type or out of range, each with its place', () => {
    expect(complaint(good.replace('steps: 20', 'steps: 2.5'))).toContain('stages.zero.steps must be a whole number, not 2.5');
    expect(complaint(good.replace('steps: 20', 'steps: 0'))).toContain('r.yaml:7:12: stages.zero.steps must be at least 1, not 0');
    expect(complaint(good.replace('steps: 20', 'steps: .nan'))).toContain('stages.zero.steps must be');
    expect(complaint(good.replace('steps: 20', 'steps:'))).toContain('stages.zero.steps must be a number, not empty');
    expect(complaint(good.replace('steps: 20', 'groupSize: 1'))).toContain(
      'stages.zero.groupSize must be at least 2: a response is judged against the others of its group',
    );
    expect(complaint(good.replace('    steps: 20\n', ''))).toBe('r.yaml:5:3: stages.zero.steps is missing');
    expect(complaint(good.replace('name: mine', 'name: ../evil'))).toContain('r.yaml:1:7: name must be letters');
    expect(complaint(good.replace('name: mine', 'name: 1'))).toContain('name must be text, not 1: put it in quotes');
    expect(complaint(good.replace('name: mine', 'name: mine\nseed: 9007199254740993'))).toContain('seed must be');
    expect(complaint(good.replace('3e-4', '3e-4\n    loss: popo'))).toContain(
      'stages.zero.loss must be one of ppo, gspo, cispo, not the text "popo"; did you mean "ppo"?',
    );
    expect(complaint(good.replace('3e-4', '3e-4\n    overlongFilter: yes'))).toContain(
      'must be true or false, not the text "yes": write true',
    );
    expect(complaint(good.replace('kind: rl', 'kind: lr'))).toBe(
      'r.yaml:6:11: stage zero: unknown kind "lr"; there are pretrain, sft, select, rejection, rl, distill, on_policy_distill, evaluate, thinking_test, judge, reward_model, dpo',
    );
    expect(complaint(good.replace('kind: rl', 'kind: pretrian'))).toContain('unknown kind "pretrian"; did you mean "pretrain"?');
    expect(complaint(good.replace('    kind: rl\n', ''))).toContain(
      'stage zero has no kind: one of pretrain, sft, select, rejection, rl, distill, ',
    );
    expect(complaint(good.replace('  zero:', '  1:'))).toContain('the name of stage "1" must start with a letter');
    expect(complaint(good.replace('maxTokens: 64', 'maxTokens: [{from: 5, value: 3}]'))).toContain(
      'stages.zero.maxTokens.0.from must be 0',
    );
    expect(complaint(good.replace('maxTokens: 64', 'maxTokens: [{from: 0, value: 3}, {from: 0, value: 9}]'))).toContain(
      'stages.zero.maxTokens.1.from must be greater than 0',
    );
  });

  it('lists every problem at once, in the order of the lines', () => {
    const lines = complaint(good.replace('steps: 20', 'stepps: 20').replace('samples: 4', 'samples: 0')).split('\n');
    expect(lines.map((l) => l.split(': ')[0])).toEqual(['r.yaml:5:3', 'r.yaml:7:5', 'r.yaml:10:51']);
  });

  it('refuses settings that would have no effect or make no sense', () => {
    const zero = (line: string) => complaint(good.replace('maxTokens: 64\n', `maxTokens: 64\n    ${line}\n`));
    expect(zero('klRefreshEvery: 400')).toContain('klRefreshEvery has no effect where beta is 0');
    expect(zero('topP: 0.9')).toContain('training on top-p samples is refused');
    // k3 is the only estimate of the KL in the loss: the gradient of k1 is 0 on average.
    for (const key of ['klEstimator', 'kl_estimator', 'kl_loss_type'])
      expect(zero(`beta: 0.1\n    ${key}: k1`)).toContain(`unknown key "${key}"`);
    expect(zero('overlongPenalty: { cache: 65 }')).toContain('overlongPenalty.cache 65 is more than maxTokens (64)');
    expect(zero('loss: cispo\n    clip: { low: 0.2 }')).toContain('clip.low has no effect with loss cispo');
    expect(complaint(good.replace('3e-4', '{ peak: 1e-3, final: 1e-4, schedule: constant }'))).toContain(
      'final has no effect where the schedule is constant',
    );
    expect(complaint(good.replace('samples: 4', 'samples: 4, ks: [8]'))).toContain('pass@8 needs 8 samples of each problem, samples is 4');
    expect(complaint(good.replace('samples: 4', 'samples: 4, temperature: 0'))).toContain('greedy answers are all the same');
  });

  it('names the place in broken YAML, and a key that is there twice', () => {
    expect(complaint('name: mine\nstages:\n  zero: {kind: rl\n')).toMatch(/^r.yaml:\d+:\d+: this is not YAML: /);
    expect(complaint('name: a\nname: b\n')).toMatch(/^r.yaml:2:1: this is not YAML: Map keys must be unique/);
    expect(complaint(good.replace('name: mine', 'name: *mine'))).toContain('this is not YAML: Unresolved alias');
    expect(complaint('[a]: 1\n')).toContain('this is not YAML');
    expect(complaint('')).toContain('a recipe is a map');
    expect(complaint('- a\n- b\n')).toContain('a recipe is a map');
    expect(complaint(good.replace('name: mine', 'name: !wat mine'))).toMatch(/^r.yaml:1:7: this is not YAML/);
  });

  it("$model is the recipe's own model wherever a stage may name one; a stage of that name goes before it", () => {
    const stages = `task: t
stages:
  zero: { kind: rl, steps: 1, maxTokens: 4 }
  tune: { kind: sft, model: $model, data: ./d.jsonl }
  score: { kind: evaluate, maxTokens: 4, models: { base: $model, zero: $zero } }
`;
    const { tune, score } = parseRecipe(`name: a\nmodel: lab:base\n${stages}`, 'r.yaml').stages;
    expect([tune, score]).toMatchObject([{ model: 'lab:base' }, { models: { base: 'lab:base', zero: '$zero' } }]);
    const other = parseRecipe(`name: a\nmodel: lab:base\n${stages}`, 'r.yaml', ['model=./mine']).stages.tune;
    expect(other).toMatchObject({ model: resolve('mine') });
    expect(complaint(`name: a\n${stages.replace('kind: rl,', 'kind: rl, model: lab:base,')}`)).toContain(
      "stages.tune.model: it is the recipe's own model, and there is none: add model, or model=MODEL on the command line",
    );
    const named = parseRecipe(`name: a\nmodel: lab:base\n${stages.replace('zero:', 'model:').replace('$zero', '$model')}`, 'r.yaml');
    expect(named.stages.tune).toMatchObject({ model: '$model' });
  });

  it('checks $name: an earlier stage that makes a model', () => {
    expect(complaint(good.replace('$zero', '$zeor'))).toBe(
      'r.yaml:10:35: stages.score.model: there is no stage "zeor"; did you mean "zero"?',
    );
    const swapped = `name: a\nmodel: lab:base\ntask: t\nstages:\n  score: { kind: evaluate, maxTokens: 4 }\n  zero: { kind: rl, model: $score, steps: 1, maxTokens: 4 }\n`;
    expect(complaint(swapped)).toBe(
      'r.yaml:6:28: stages.zero.model: stage "score" (evaluate) makes nothing that others can use, not a model',
    );
    const later =
      'name: a\nmodel: lab:base\ntask: t\nstages:\n  score: { kind: evaluate, model: $zero, maxTokens: 4 }\n  zero: { kind: rl, steps: 1, maxTokens: 4 }\n';
    expect(complaint(later)).toBe('r.yaml:5:35: stages.score.model: stage "zero" does not come before this one: move it up');
    expect(complaint(good.replace('$zero', '$zero.small'))).toContain(
      'stages.score.model: stage "zero" makes a model, without parts: write $zero',
    );
    expect(complaint(`data: $zero\n${good}`)).toContain(
      "data: $zero is the name of a stage; the recipe's own data come before every stage",
    );
    // Data is what sft learns from, and a model is none.
    const sft =
      'name: a\nmodel: lab:base\ntask: t\nstages:\n  zero: { kind: rl, steps: 1, maxTokens: 4 }\n  tune: { kind: sft, data: $zero }\n';
    expect(complaint(sft)).toBe('r.yaml:6:28: stages.tune.data: stage "zero" (rl) makes a model, not data');
  });

  it('tells stages that need each other, each circle once', () => {
    expect(complaint(good.replace('$zero', '$score'))).toBe('r.yaml:10:35: stages.score.model: stage "score" refers to itself');
    const rl = (name: string, model: string) => `  ${name}: { kind: rl, model: ${model}, steps: 1, maxTokens: 4 }\n`;
    const head = 'name: a\nmodel: lab:base\ntask: t\nstages:\n';
    expect(complaint(`${head}${rl('a', '$c')}${rl('b', '$a')}${rl('c', '$b')}${rl('d', '$c')}`)).toBe(
      'r.yaml:5:25: stages.a.model: a cycle: a needs c needs b needs a; none of them can be the first',
    );
    // A stage that only leads into a circle is none of it.
    expect(complaint(`${head}${rl('x', '$a')}${rl('a', '$b')}${rl('b', '$a')}`)).toBe(
      [
        'r.yaml:5:25: stages.x.model: stage "a" does not come before this one: move it up',
        'r.yaml:6:25: stages.a.model: a cycle: a needs b needs a; none of them can be the first',
      ].join('\n'),
    );
  });

  it('refuses prompts that no earlier stage selects', () => {
    const of = (prompts: string, model = 'lab:base') =>
      `name: a\nmodel: lab:base\ntask: t\nstages:\n  choose: { kind: select, maxTokens: 4 }\n  zero: { kind: rl, prompts: ${prompts}, model: ${model}, steps: 1, maxTokens: 4 }\n  more: { kind: rl, prompts: $zero, steps: 1, maxTokens: 4 }\n`;
    expect(complaint(of('$choose'))).toBe('r.yaml:7:30: stages.more.prompts: stage "zero" (rl) makes a model, not prompts');
    expect(complaint(of('$chose'))).toContain('stages.zero.prompts: there is no stage "chose"; did you mean "choose"?');
    expect(complaint(of('$more'))).toContain('stages.zero.prompts: a cycle: zero needs more needs zero');
    expect(complaint(of('choose'))).toContain('must be $stage');
    expect(complaint(of('$choose', '$choose'))).toContain('stages.zero.model: stage "choose" (select) makes prompts, not a model');
  });

  it('refuses a reward model that is to judge by something else than it has learnt to judge by', () => {
    const of = (use: string) =>
      `name: r\nmodel: lab:base\ntask: lab\nstages:\n  good: { kind: reward_model, data: pairs.jsonl, sees: summary }\n  use: { model: lab:base, maxTokens: 9, ${use} }\n`;
    const rl = (sees: string) => of(`kind: rl, steps: 1, rewards: { good: { model: $good, weight: 1, sees: ${sees} } }`);
    expect(complaint(rl('response'))).toContain(
      'stages.use.rewards.good.sees: $good learns to judge by the summary (stages.good.sees), not by the response: let both say the same',
    );
    const rejection = of('kind: rejection, samples: 2, judge: { rewardModel: $good, above: 0, sees: response }');
    expect(complaint(rejection)).toContain('stages.use.judge.sees: $good learns to judge by the summary');
    expect(Object.keys(parseRecipe(rl('summary'), 'r.yaml').stages)).toEqual(['good', 'use']);
  });

  it('gives a stage its own task, data and columns, from the folder of the recipe', () => {
    const own = good.replace('model: $zero,', 'model: $zero, task: ./t.ts, data: d.jsonl, columns: { question: q },');
    const { stages } = parseRecipe(own, '/some/where/r.yaml');
    expect(stages.score).toMatchObject({
      task: resolve('/some/where/t.ts'),
      data: resolve('/some/where/d.jsonl'),
      columns: { question: 'q' },
    });
    const other = good.replace('task: lab-countdown\n', '');
    expect(complaint(other)).toContain('task is missing: stage zero needs one');
    expect(complaint(other.replace('kind: rl', 'kind: rl\n    task: lab'))).toContain('task is missing: stage score needs one');
  });

  it('takes lab:general where it can be learnt from, and refuses it elsewhere', async () => {
    const of = (stage: string, top = '') => `name: a\nmodel: lab:base\ntask: lab\n${top}stages:\n  one: { ${stage} }\n`;
    const file = join(await mkdtemp(join(tmpdir(), 'thinkling-general-')), 'r.yaml');
    for (const stage of ['kind: sft, data: lab:general', 'kind: distill, data: lab:general, students: { t: lab:tiny }']) {
      await writeFile(file, of(stage));
      expect((await loadRecipe(file)).stages.one).toMatchObject({ data: 'lab:general' });
    }
    expect(parseRecipe(of('kind: rejection, maxTokens: 4, plus: [lab:general]'), 'r.yaml').stages.one).toMatchObject({
      plus: [{ data: 'lab:general' }],
    });
    const refusal =
      'lab:general holds examples to learn from: it can be `data` of an sft or distill stage, or stand in `plus` of a rejection stage';
    for (const [stage, at] of [
      ['kind: rl, steps: 1, maxTokens: 4, data: lab:general', 'data'],
      ['kind: rejection, candidates: lab:general', 'candidates'],
      ['kind: reward_model, data: lab:general', 'data'],
      ['kind: rl, steps: 1, maxTokens: 4, tasks: { lab: { weight: 1, data: lab:general } }', 'tasks.lab.data'],
    ])
      expect(complaint(of(stage))).toMatch(new RegExp(`^r\\.yaml:5:.*: stages\\.one\\.${at}: ${refusal}$`));
    expect(complaint(of('kind: rl, steps: 1, maxTokens: 4', 'data: lab:general\n'))).toContain(refusal);
  });

  it('says what a stage lacks and how to give it', () => {
    expect(complaint(good.replace('model: lab:base\n', ''))).toContain(
      'model is missing: stage zero needs one. Write it in the recipe, or give it on the command line: model=PATH',
    );
    expect(complaint(good.replace('task: lab-countdown\n', ''))).toContain('task is missing');
    expect(complaint('name: a\nstages: {}\n')).toContain('stages is empty');
    expect(complaint('name: a\n')).toBe('r.yaml:1:1: stages is missing');
  });

  it("an sft stage needs data, its own or the recipe's, and no task", () => {
    const sft = 'name: a\nmodel: lab:base\nstages:\n  tune: { kind: sft, columns: { prompt: q, completion: a } }\n';
    expect(complaint(sft)).toBe(
      'r.yaml:4:3: data is missing: stage tune needs some. Write it in the stage, or give it on the command line: data=PATH',
    );
    expect(parseRecipe(sft, 'r.yaml', ['data=chats.jsonl']).data).toBe(resolve('chats.jsonl'));
    const own = parseRecipe(sft.replace('kind: sft', 'kind: sft, data: ../d.parquet'), '/some/where/r.yaml');
    expect(own.stages.tune).toMatchObject({ data: resolve('/some/d.parquet') });
    expect(parseRecipe(sft, '/some/where/r.yaml', ['stages.tune.data=d']).stages.tune).toMatchObject({ data: resolve('d') });
    expect(complaint(sft.replace('prompt: q', 'prompts: q'), ['data=d'])).toContain('unknown key "prompts"; did you mean "prompt"?');
    expect(complaint(sft.replace('kind: sft', 'kind: sft, packing: true'), ['data=d'])).toContain('sequences are always packed');
    expect(complaint(sft.replace('kind: sft', 'kind: sft, num_train_epochs: 3'), ['data=d'])).toContain('did you mean "epochs"?');
  });

  it("columns beside data are a task's: where no stage works on one they are refused, and said where they belong", () => {
    const sft = 'name: a\nmodel: lab:base\ndata: d.jsonl\ncolumns: { prompt: q, completion: a }\nstages:\n  tune: { kind: sft }\n';
    expect(complaint(sft)).toBe(
      'r.yaml:4:1: columns are those that a task asks for, and no stage works on one; those of examples belong in the stage: stages.tune.columns',
    );
    expect(parseRecipe(`${sft}  zero: { kind: rl, task: gsm8k, steps: 1, maxTokens: 9 }\n`, 'r.yaml').columns).toBeDefined();
  });

  it('applies overrides with the same checks, and names the override', () => {
    expect(
      parseRecipe(good, 'r.yaml', [
        'stages.zero.steps=7',
        'stages.zero.clip.high=0.28',
        'seed=0',
        'stages.zero.maxTokens=[{from: 0, value: 9}]',
        'stages.zero.maxTokens.0.value=10',
      ]),
    ).toMatchObject({
      seed: 0,
      stages: { zero: { steps: 7, clip: { low: 0.2, high: 0.28 }, maxTokens: [{ from: 0, value: 10 }] } },
    });
    expect(complaint(good, ['stages.zero.klBeta=x'])).toBe('override stages.zero.klBeta=x: unknown key "klBeta"; did you mean "beta"?');
    expect(complaint(good, ['stages.zero.beta=x'])).toBe(
      'override stages.zero.beta=x: stages.zero.beta must be a number, not the text "x"',
    );
    expect(complaint(good, ['stages.zeor.beta=1'])).toBe(
      'override stages.zeor.beta=1: the recipe has no stage "zeor"; did you mean "zero"?',
    );
    expect(complaint(good, ['stages.zero.steps.x=1'])).toContain('stages.zero.steps is 20 and has no fields');
    expect(complaint(good, ['stages.zero.maxTokens.0=1'])).toContain('has no fields');
    expect(complaint(good, ['stepps=1'])).toContain('override stepps=1: unknown key "stepps"');
    expect(complaint(good, ['seed='])).toBe('override seed=: no value after "="');
    expect(complaint(good, ['a..b=1'])).toContain('must be path.to.field=value');
    expect(complaint(good, ['seed={'])).toContain('override seed={: the value is not YAML');
    expect(complaint(good, ['__proto__.polluted=1'])).toContain('unknown key "__proto__"');
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('takes paths in the file from its folder, on the command line from the working directory, and texts as they are', () => {
    const text = good.replace('lab:base', '../models/m').replace('lab-countdown', './task.ts');
    const recipe = parseRecipe(text, '/some/where/r.yaml', ['data=odd: [name.jsonl']);
    expect(recipe.model).toBe(resolve('/some/models/m'));
    expect(recipe.task).toBe(resolve('/some/where/task.ts'));
    expect(recipe.data).toBe(resolve('odd: [name.jsonl'));
    expect(parseRecipe(text, '/some/where/r.yaml', ['model=7']).model).toBe(resolve('7'));
  });

  it('is the same recipe after formatRecipe, so that the copy in a run can be run', () => {
    for (const file of recipeFiles()) {
      // Some take model or data from the command line.
      const recipe = parseRecipe(readFileSync(new URL(`../../recipes/${file}`, import.meta.url), 'utf8'), 'r.yaml', [
        'model=m.gguf',
        'data=d',
      ]);
      expect(parseRecipe(formatRecipe(recipe), '/elsewhere/recipe.yaml')).toEqual(recipe);
    }
    const odd = parseRecipe(
      good.replace('3e-4', '{ peak: 1, final: 0, warmup: 2 }\n    loss: cispo\n    rewards: { "null": 0, yes: 1 }'),
      'r.yaml',
      ['data=./a b: #c'],
    );
    expect(parseRecipe(formatRecipe(odd), '/elsewhere/recipe.yaml')).toEqual(odd);
  });

  it('never throws anything but an InputError, whatever the text', () => {
    const snippet = fc.constantFrom(
      ...good.split('\n'),
      'a: &x [*x]',
      '? {a: b} : c',
      '<<: *y',
      '  zero: 3',
      'stages: [1]',
      'stages: 1',
      '[]: 1',
      'null: 2',
      '__proto__: {a: 1}',
      '  constructor: {kind: rl}',
      '    maxTokens: [[]]',
      '    clip: 1',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(snippet, fc.string()), { maxLength: 8 }), (lines) => {
        try {
          parseRecipe(lines.join('\n'), 'r.yaml');
        } catch (error) {
          expect(error, String((error as Error).stack)).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('loadRecipe', () => {
  it('names paths that are not there', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'recipe-'));
    const file = join(dir, 'r.yaml');
    await expect(loadRecipe(join(dir, 'none.yaml'))).rejects.toThrow(`there is no recipe ${join(dir, 'none.yaml')}`);
    await expect(loadRecipe(dir)).rejects.toThrow('is a directory');
    await writeFile(file, good.replace('lab:base', './nothing'));
    await expect(loadRecipe(file)).rejects.toThrow(`model: there is nothing at ${join(dir, 'nothing')}`);
    await expect(loadRecipe(file, ['model=lab:bas'])).rejects.toThrow('did you mean "lab:base"?');
    await writeFile(join(dir, 'm.gguf'), '');
    await expect(loadRecipe(file, [`model=${join(dir, 'm.gguf')}`, 'data=no/such.jsonl'])).rejects.toThrow(
      `data: there is nothing at ${resolve('no/such.jsonl')}`,
    );
    await expect(loadRecipe(file, [`model=${join(dir, 'm.gguf')}`, 'task=./mytask.ts'])).rejects.toThrow(
      `task: there is no file ${resolve('mytask.ts')}`,
    );
    await expect(loadRecipe(file, [`model=${dir}`])).rejects.toThrow('did you mean the file in it');
    expect((await loadRecipe(file, [`model=${join(dir, 'm.gguf')}`])).model).toBe(join(dir, 'm.gguf'));
  });
});

/** The recipes that ship with the program. */
function recipeFiles(): string[] {
  return readdirSync(new URL('../../recipes/', import.meta.url)).filter((name) => name.endsWith('.yaml'));
}

describe('recipeJsonSchema', () => {
  const shipped = (name: string) => readFileSync(new URL(`../../recipes/${name}`, import.meta.url), 'utf8');

  it('is what ships as recipes/recipe.schema.json: npm run schema writes it', () => {
    expect(JSON.parse(shipped('recipe.schema.json'))).toEqual(JSON.parse(JSON.stringify(recipeJsonSchema())));
  });

  it('knows every kind of stage, refuses unknown keys, and says what each key is', () => {
    const { properties } = recipeJsonSchema() as { properties: { stages: { additionalProperties: { anyOf: Stage[] } } } };
    type Stage = { properties: Record<string, { const?: string; description?: string }>; additionalProperties: boolean };
    const stages = properties.stages.additionalProperties.anyOf;
    expect(stages.map((stage) => stage.properties.kind.const)).toEqual(Object.keys(stageSchemas));
    for (const { properties: settings, additionalProperties } of stages) {
      expect(additionalProperties).toBe(false);
      const silent = Object.entries(settings).filter(([key, { description }]) => key !== 'kind' && description === undefined);
      expect(
        silent.map(([key]) => key).filter((key) => !['architecture', 'learningRate', 'maxTokens', 'beta1', 'beta2'].includes(key)),
      ).toEqual([]);
    }
  });

  it('is named by every recipe that ships, in its first line', () => {
    for (const file of recipeFiles())
      expect(shipped(file).split('\n')[0], file).toBe('# yaml-language-server: $schema=./recipe.schema.json');
  });
});
