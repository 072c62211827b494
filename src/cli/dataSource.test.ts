import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringifyJson } from '../formats/jsonl.ts';
import { join, remove, temporaryDirectory } from '../platform/files.ts';
import { labTokenizerFiles } from '../tasks/lab/tokenizer.ts';
import { loadTask } from '../tasks/registry.ts';
import { openSource } from './dataSource.ts';
import { plainPaint } from './terminal.ts';
import { tokenLines } from './tokenView.ts';

let dir: string;
beforeAll(async () => {
  dir = await temporaryDirectory('thinkling-data-');
});
afterAll(() => remove(dir));

const rollout = { sample: 0, rewards: { accuracy: 1, format: 1 }, reward: 1.2, version: 1, stopReason: 'stop' };
const response = '<think> try 7 * 7 = 49 , yes . </think> <answer> 7 * 7 </answer>';
const responseTokens = response.split(' ').length + 1;

/** A run's directory as far as looking at its rollouts goes. */
async function runWith(settings: string, rows: object[]): Promise<string> {
  const run = await temporaryDirectory('thinkling-data-run-');
  const model = join(run, 'model');
  await mkdir(join(run, 'rollouts'), { recursive: true });
  await mkdir(model);
  const { tokenizerJson, tokenizerConfig } = labTokenizerFiles();
  const config = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: 8,
    intermediate_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 1,
    vocab_size: 608,
    max_position_embeddings: 64,
    tie_word_embeddings: true,
    eos_token_id: 1,
  };
  const shapes: Record<string, number[]> = {
    'model.embed_tokens.weight': [608, 8],
    'model.norm.weight': [8],
    'model.layers.0.input_layernorm.weight': [8],
    'model.layers.0.post_attention_layernorm.weight': [8],
    ...Object.fromEntries(
      ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj', 'self_attn.o_proj', 'mlp.gate_proj', 'mlp.up_proj', 'mlp.down_proj'].map(
        (name) => [`model.layers.0.${name}.weight`, [8, 8]],
      ),
    ),
  };
  let offset = 0;
  const header = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const start = offset;
      offset += 4 * shape.reduce((a, b) => a * b, 1);
      return [name, { dtype: 'F32', shape, data_offsets: [start, offset] }];
    }),
  );
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  await writeFile(join(model, 'model.safetensors'), Buffer.concat([length, json, Buffer.alloc(offset)]));
  await writeFile(join(model, 'config.json'), JSON.stringify(config));
  await writeFile(join(model, 'tokenizer.json'), JSON.stringify(tokenizerJson));
  await writeFile(join(model, 'tokenizer_config.json'), JSON.stringify(tokenizerConfig));
  await writeFile(
    join(run, 'recipe.yaml'),
    `name: t\nmodel: ./model\ntask: lab-countdown\nseed: 1\nstages:\n  zero: { kind: rl, steps: 2, maxTokens: 40${settings} }\n`,
  );
  await writeFile(join(run, 'rollouts', 'zero-2.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return run;
}

async function firstRow() {
  const task = await loadTask('lab-countdown');
  return (await task.load({ seed: 1 })).train[0];
}

it('a set that is there to measure on shows its held-out problems', async () => {
  const data = join(dir, 'set.jsonl');
  await writeFile(data, `${JSON.stringify({ problem: 'What is it?', answer: '5' })}\n`);
  const { about, items } = await openSource('aime24', { number: 5, from: 0, data });
  expect(about[0]).toMatch(/^aime24: 0 prompts to train on, 1 held-out problems; .* Below: held-out problems\./);
  expect(items.map(({ title }) => title)).toEqual(['aime24/0']);
});

describe('the rollouts of a run', () => {
  it('are marked where the loss falls: on the response with its end token, and nowhere on the prompt', async () => {
    const row = await firstRow();
    const run = await runWith('', [
      { ...rollout, prompt: row.id, text: response, tokens: responseTokens, advantage: 0.5 },
      { ...rollout, prompt: row.id, text: response, tokens: responseTokens, advantage: 0 },
      { ...rollout, prompt: row.id, text: response, tokens: responseTokens - 1, advantage: -1, stopReason: 'length' },
      { ...rollout, prompt: row.id, text: response, tokens: responseTokens, advantage: null, reward: null },
    ]);
    const { items, about } = await openSource(run, { number: 9, from: 0, model: join(run, 'model') });
    await remove(run);
    expect(about[0]).toContain('of step 2 of stage zero');
    const trained = items.map(({ tokens }) => tokens!.filter((token) => token.trained).map(({ text }) => text));
    expect(trained[0]).toEqual([...response.split(' '), '<eos>']);
    expect(
      items[0]
        .tokens!.filter((token) => !token.trained)
        .map(({ text }) => text)
        .join(' '),
    ).toBe(row.prompt);
    expect(trained[1]).toEqual([]);
    expect(items[1].remark).toBe('its advantage is 0: nothing to learn');
    expect(trained[2]).toEqual(response.split(' '));
    expect(trained[3]).toEqual([]);
    expect(items[3].remark).toContain('no reward');
    expect(items[0].title).toMatch(/accuracy 1, format 1, reward 1\.2, advantage 0\.500; \d+ tokens, stop\)$/);
  });

  it('follow the settings of the recipe: overlong responses are filtered, and with a KL term nothing is silent', async () => {
    const row = await firstRow();
    const rows = [
      { ...rollout, prompt: row.id, text: response, tokens: responseTokens - 1, advantage: 1, stopReason: 'length' },
      { ...rollout, prompt: row.id, text: response, tokens: responseTokens, advantage: 0 },
    ];
    const run = await runWith(', overlongFilter: true, beta: 0.01', rows);
    const { items } = await openSource(join(run, 'rollouts', 'zero-2.jsonl'), { number: 2, from: 0, model: join(run, 'model') });
    await remove(run);
    expect(items.map(({ tokens }) => tokens!.filter((token) => token.trained).length)).toEqual([0, responseTokens]);
    expect(items[0].remark).toBe('the recipe leaves it out');
  });

  it('are the very tokens that were sampled, where the file holds them', async () => {
    const row = await firstRow();
    // Text alone would be encoded to one token less, and to the first end token.
    const rows = [
      { ...rollout, prompt: row.id, text: '7 7', tokens: 3, advantage: 1, ids: [20, 20, 2] },
      { ...rollout, prompt: row.id, text: '7 7', tokens: 9, advantage: 1 },
    ];
    const run = await runWith('', rows);
    const { items } = await openSource(run, { number: 2, from: 0, model: join(run, 'model') });
    await remove(run);
    expect(items[0].tokens!.filter(({ trained }) => trained).map(({ id }) => id)).toEqual([20, 20, 2]);
    expect(items[0].remark).toBeUndefined();
    expect(items[1].remark).toBe('encoded anew from the text: the model wrote it with 9 tokens');
  });

  it('are shown as text where nothing is known of their run', async () => {
    const file = join(dir, 'some.jsonl');
    await writeFile(file, `${JSON.stringify({ ...rollout, prompt: 'p', text: response, tokens: 3, advantage: 1 })}\n`);
    const { items } = await openSource(file, { number: 1, from: 0 });
    expect(items[0]).toMatchObject({ prompt: 'p', response });
    expect(items[0].tokens).toBeUndefined();
    await expect(openSource(file, { number: 1, from: 1 })).rejects.toThrow('holds 1 samples');
    await expect(openSource(join(dir, 'none.jsonl'), { number: 1, from: 0 })).rejects.toThrow('there is no file');
    const empty = join(dir, 'empty');
    await mkdir(empty);
    await expect(openSource(empty, { number: 1, from: 0 })).rejects.toThrow('no data in it');
  });
});

describe('rows', () => {
  const chats = [
    {
      messages: [
        { role: 'user', content: 'make 7' },
        { role: 'assistant', content: '7 * 1' },
      ],
    },
    { messages: [{ role: 'user', content: '7' }] },
    {
      messages: [
        { role: 'user', content: '1' },
        { role: 'assistant', content: '2' },
        { role: 'user', content: '3' },
        { role: 'assistant', content: '4' },
      ],
    },
  ];
  const trained = ({ tokens }: { tokens?: { text: string; trained: boolean }[] }) =>
    tokens!.filter((token) => token.trained).map(({ text }) => text);

  it("of an sft stage have the assistant's turns and their ends marked; what is left out is said", async () => {
    const run = await runWith('', []);
    const config = join(run, 'model', 'tokenizer_config.json');
    const template =
      "{% for m in messages %}{{ m.role + ' : ' + m.content + (' <eos> ' if m.role == 'assistant' else ' . ') }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant : ' }}{% endif %}";
    await writeFile(config, JSON.stringify({ ...labTokenizerFiles().tokenizerConfig, chat_template: template }));
    await writeFile(join(run, 'chats.jsonl'), chats.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const recipe = join(run, 'sft.yaml');
    await writeFile(
      recipe,
      'name: s\ntask: lab\nstages:\n  tune: { kind: sft, data: ./chats.jsonl }\n  zero: { kind: rl, model: $tune, steps: 1, maxTokens: 9 }\n',
    );
    const request = { number: 9, from: 0, model: join(run, 'model') };
    const { about, items } = await openSource(recipe, request);
    expect(items.map(trained)).toEqual([
      ['7', '*', '1', '<eos>'],
      ['2', '<eos>', '4', '<eos>'],
    ]);
    expect(items.map(({ title }) => title.replace(/.*[/\\]/, ''))).toEqual(['chats.jsonl:1', 'chats.jsonl:3']);
    expect(about.join()).toContain('2 rows to learn from, 0 held out');
    expect(about.join()).toContain('1 of 3 rows have nothing to learn');
    expect((await openSource(recipe, { ...request, stage: 'zero' })).about[0]).toContain('prompts to train on');
    await expect(openSource(recipe, { ...request, stage: 'tuna' })).rejects.toThrow('did you mean "tune"?');
    // As for run.
    const overridden = {
      number: 9,
      from: 0,
      overrides: [`model=${request.model}`, 'stages.tune.maxLength=11', 'stages.tune.longSequences=drop'],
    };
    expect((await openSource(recipe, overridden)).items.map(trained)).toEqual([['7', '*', '1', '<eos>']]);
    await expect(openSource(recipe, { ...request, overrides: ['stages.tune.maxLenght=9'] })).rejects.toThrow('did you mean "maxLength"?');
    await expect(openSource('lab', { ...request, overrides: ['seed=2'] })).rejects.toThrow('override seed=2: lab is no recipe (.yaml)');
    await expect(openSource(recipe, { ...request, from: 2 })).rejects.toThrow('has 2 rows to learn from, counted from 0');
    expect((await openSource(join(run, 'chats.jsonl'), { ...request, number: 1 })).items.map(trained)).toEqual([['7', '*', '1', '<eos>']]);
    // Of rows alone, too, what is not learnt is not passed over in silence.
    const rows = join(run, 'rows.jsonl');
    await writeFile(rows, '{"prompt":"7","completion":""}\n{"prompt":"7","completion":" 1"}\n');
    const seen = (await openSource(rows, request)).items;
    expect(seen.map(({ title, remark }) => [title.replace(/.*[/\\]/, ''), remark])).toEqual([
      ['rows.jsonl:1', 'nothing to learn: SFT leaves it out'],
      ['rows.jsonl:2', undefined],
    ]);
    await expect(openSource(rows, { ...request, from: 2 })).rejects.toThrow('has 2 rows, counted from 0');
    await remove(run);
  });

  // R64
  it('of a data file are shown as they are, integers beyond 2^53 too, also as JSON', async () => {
    const { items } = await openSource('src/datasets/golden/hard.snappy.parquet', { number: 1, from: 1 });
    expect(items[0].title).toContain('hard.snappy.parquet: row 2');
    expect(items[0].prompt).toContain('big: 9007199254740993\nunsigned: 18446744073709551614\n');
    expect(stringifyJson(items[0])).toContain('"big":9007199254740993,');
    await expect(openSource('src/datasets/golden/hard.snappy.parquet', { number: 1, from: 100 })).rejects.toThrow('has 100 rows');
  });
});

describe('a corpus', () => {
  it('is learnt whole but for its first token', async () => {
    const { items } = await openSource('recipes/lab-base.yaml', { number: 2, from: 5 });
    expect(items.map(({ title }) => title)).toEqual(['document 5', 'document 6']);
    const [{ tokens }] = items;
    expect(tokens!.map(({ trained }) => trained)).toEqual(tokens!.map((_, i) => i > 0));
    expect(tokens!.at(-1)!.text).toBe('<eos>');
  });
});

describe('tokens in lines', () => {
  it('mark what is trained on, part the others, and make blanks and broken characters visible', () => {
    const token = (text: string, trained: boolean, id = 7) => ({ id, text, trained });
    expect(
      tokenLines(
        [token('a', false), token(' b', false), token('c\n', true), token('\ufffd', true, 200), token('d', false)],
        80,
        plainPaint,
      ),
    ).toEqual(['a|·b[c⏎][#200]d']);
    expect(tokenLines([token('aaaa', true), token('bbbb', true), token('cccc', false)], 12, plainPaint)).toEqual(['[aaaa][bbbb]', 'cccc']);
  });
});
