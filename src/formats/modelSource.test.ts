import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { join, mkdir, openForWriting, readBytes, remove, temporaryDirectory, writeTextAtomic } from '../platform/files.ts';
import { type GgufTensorBytes, ggufBytes, ggufNameOf } from '../testing/ggufBytes.ts';
import { parameterShapes, readModelConfig } from './modelConfig.ts';
import { openModel } from './modelSource.ts';
import { type TensorEntry, writeSafetensors } from './safetensors.ts';
import { Tokenizer } from './tokenizer.ts';
import { wordTokenizerConfig, wordTokenizerJson } from './wordTokenizer.ts';

let dir: string;
beforeAll(async () => {
  dir = await temporaryDirectory('thinkling-model-');
});
afterAll(() => remove(dir));

const base = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 12,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  max_position_embeddings: 64,
  tie_word_embeddings: true,
  bos_token_id: 0,
  eos_token_id: [0, 2],
};

const words = ['zero', 'one', 'two'];
const specials = { unk: '<unk>', eos: '<eos>' };

// A tensor's value says where in it it lies.
function entries(config: Record<string, unknown>): TensorEntry[] {
  return [...parameterShapes(readModelConfig(config, 'test'))].map(([name, shape], k) => {
    const length = shape.reduce((a, b) => a * b, 1);
    return { name, shape, dtype: 'F32', data: Float32Array.from({ length }, (_, i) => k * 1000 + i) };
  });
}

let count = 0;
interface Parts {
  config?: Record<string, unknown>;
  tensors?: TensorEntry[];
  without?: string;
  extra?: Record<string, string>;
}
async function directory({ config = base, tensors = entries(base), without, extra = {} }: Parts = {}): Promise<string> {
  const path = join(dir, `model${count++}`);
  await mkdir(path);
  const files: Record<string, string> = {
    'config.json': JSON.stringify(config),
    'tokenizer.json': JSON.stringify(wordTokenizerJson(words, specials)),
    'tokenizer_config.json': JSON.stringify(wordTokenizerConfig(specials, 'old')),
    ...extra,
  };
  for (const [name, text] of Object.entries(files)) if (name !== without) await writeTextAtomic(join(path, name), text);
  if (without !== 'model.safetensors') await writeSafetensors(join(path, 'model.safetensors'), tensors);
  return path;
}

describe('a Hugging Face directory', () => {
  it('opens with config, tensors and tokenizer', async () => {
    const extra = { 'chat_template.jinja': '{{ messages[0].content }}', 'generation_config.json': '{"eos_token_id": 7}' };
    const model = await openModel(await directory({ extra }));
    expect(model.config).toMatchObject({ hiddenSize: 16, heads: 4, kvHeads: 2, headDim: 4, bosTokenId: 0, eosTokenIds: [0, 2], raw: base });
    expect(model.shapes.get('model.layers.1.self_attn.k_proj.weight')).toEqual([8, 16]);
    for (const { name, data } of entries(base)) expect(await model.read(name)).toEqual(data);
    const tokenizer = Tokenizer.fromFiles(model.tokenizerFiles, model.config);
    expect(tokenizer.stopIds).toEqual([0, 1, 2, 7]);
    expect(tokenizer.renderChat([{ role: 'user', content: 'one two' }])).toEqual([3, 4]);
    await model.close();
  });

  const refused: [string, Parts, RegExp][] = [
    ...['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'].map((name): [string, Parts, RegExp] => [
      `without ${name}`,
      { without: name },
      new RegExp(`model\\d+: ${name.replace('.', '\\.')} is missing`),
    ]),
    [
      'of another architecture',
      { config: { ...base, model_type: 'mamba', architectures: ['MambaForCausalLM'] } },
      /config\.json: the architecture \(model_type 'mamba', MambaForCausalLM\) is not supported; supported: model_type llama/,
    ],
    [
      'whose config contradicts the weights',
      { config: { ...base, num_key_value_heads: 1 } },
      /tensor 'model\.layers\.0\.self_attn\.k_proj\.weight' is \[8, 16\]; the config asks for \[4, 16\]/,
    ],
    ['that lacks a tensor', { tensors: entries(base).slice(0, -1) }, /tensor 'model\.norm\.weight' is missing; the config asks for \[16\]/],
    [
      'with a bias that we would leave out',
      { tensors: [...entries(base), { name: 'model.layers.0.self_attn.q_proj.bias', shape: [1], dtype: 'F32', data: Float32Array.of(1) }] },
      /tensor 'model\.layers\.0\.self_attn\.q_proj\.bias' is not part of a llama model/,
    ],
    [
      'whose weights are pickled',
      { without: 'model.safetensors', extra: { 'pytorch_model.bin': '' } },
      /model\.safetensors is missing.*pytorch_model\.bin is not read.*save the model as safetensors/,
    ],
    [
      'without the head that an untied config asks for',
      { config: { ...base, tie_word_embeddings: false } },
      /tensor 'lm_head\.weight' is missing; the config asks for \[12, 16\] \(where the embeddings serve as the head, .*tie_word_embeddings: true/,
    ],
    [
      'whose index lies',
      { without: 'model.safetensors', extra: { 'model.safetensors.index.json': '{"weight_map": {"a": "../b.safetensors"}}' } },
      /index\.json: tensor 'a' is placed in "\.\.\/b\.safetensors"/,
    ],
    [
      'whose tokenizer has more tokens than the model',
      { extra: { 'tokenizer.json': JSON.stringify(wordTokenizerJson([...words, ...'abcdefghij'], specials)) } },
      /model\d+: the token 'j' has the id 14, but the model's vocabulary ends at 11 \(vocab_size 12\)/,
    ],
    ['with broken JSON', { extra: { 'config.json': '{"a": ' } }, /config\.json: not valid JSON/],
    ['with a list for JSON', { extra: { 'tokenizer.json': '[]' } }, /tokenizer\.json: expected a JSON object/],
  ];
  it.each(refused)('%s is refused', async (_, parts, message) => {
    const error = await openModel(await directory(parts)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(message);
  });

  it('that is not there is refused', async () => {
    await expect(openModel(join(dir, 'nowhere'))).rejects.toThrow(/there is no such model/);
    await expect(openModel(join(dir, 'nowhere.gguf'))).rejects.toThrow(/nowhere\.gguf: there is no such file/);
  });

  it('may have its weights in shards', async () => {
    const path = await directory({ without: 'model.safetensors' });
    const all = entries(base);
    const files = { 'model-00001-of-00002.safetensors': all.slice(0, 9), 'model-00002-of-00002.safetensors': all.slice(9) };
    const map = Object.entries(files).flatMap(([file, list]) => list.map(({ name }) => [name, file]));
    await writeTextAtomic(join(path, 'model.safetensors.index.json'), JSON.stringify({ weight_map: Object.fromEntries(map) }));
    for (const [file, list] of Object.entries(files)) await writeSafetensors(join(path, file), list);
    const model = await openModel(path);
    for (const { name, data } of all) expect(await model.read(name)).toEqual(data);
    await model.close();
  });

  it('with weights of a type that cannot be read is refused when it is opened', async () => {
    const path = await directory();
    const bytes = Buffer.from(await readBytes(join(path, 'model.safetensors')));
    const at = bytes.indexOf('"dtype":"F32"', bytes.indexOf('"model.norm.weight"'));
    bytes.write('"dtype":"I32"', at);
    await writeFile(join(path, 'model.safetensors'), bytes);
    await expect(openModel(path)).rejects.toThrow(
      /tensor 'model\.norm\.weight' is of type I32, which is not supported; supported: F32, BF16, F16/,
    );
  });

  it('may carry a tied head and old buffers, which change nothing', async () => {
    const more = ['lm_head.weight', 'model.layers.0.self_attn.rotary_emb.inv_freq'];
    const tensors = [...entries(base), ...more.map((name): TensorEntry => ({ name, shape: [2], dtype: 'F32', data: new Float32Array(2) }))];
    const model = await openModel(await directory({ tensors }));
    expect([...model.shapes.keys()]).toEqual(entries(base).map(({ name }) => name));
    await model.close();
  });
});

// As convert_hf_to_gguf.py writes q and k of llama: reshape(heads, 2, headDim / 2, in).swapaxes(1, 2).
function permute(data: Float32Array, heads: number, headDim: number, width: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let h = 0; h < heads; h++) {
    for (let s = 0; s < 2; s++) {
      for (let j = 0; j < headDim / 2; j++) {
        for (let c = 0; c < width; c++)
          out[(h * headDim + j * 2 + s) * width + c] = data[(h * headDim + s * (headDim / 2) + j) * width + c];
      }
    }
  }
  return out;
}

const vocabulary = ['<|end|>', '<|start|>', '<tool>', 'a', 'b', 'c', 'ab', 'abc', '1', '2', 'Ġ', 'Ġa'];

type Metadata = Parameters<typeof ggufBytes>[0];
const u32 = (value: number) => ({ type: 'UINT32', value }) as const;
const strings = (value: string[]) => ({ type: 'ARRAY' as const, of: 'STRING' as const, value });

function llamaMetadata(more: Metadata = {}, drop: string[] = []): Metadata {
  const all: Metadata = {
    'general.architecture': { type: 'STRING', value: 'llama' },
    'llama.block_count': u32(2),
    'llama.context_length': u32(64),
    'llama.embedding_length': u32(16),
    'llama.feed_forward_length': u32(24),
    'llama.attention.head_count': u32(4),
    'llama.attention.head_count_kv': u32(2),
    'llama.attention.layer_norm_rms_epsilon': { type: 'FLOAT32', value: 1e-5 },
    'llama.rope.freq_base': { type: 'FLOAT32', value: 10000 },
    'llama.rope.dimension_count': u32(4),
    'tokenizer.ggml.model': { type: 'STRING', value: 'gpt2' },
    'tokenizer.ggml.pre': { type: 'STRING', value: 'smollm' },
    'tokenizer.ggml.tokens': strings(vocabulary),
    'tokenizer.ggml.token_type': { type: 'ARRAY', of: 'INT32', value: vocabulary.map((_, i) => (i < 2 ? 3 : i === 2 ? 4 : 1)) },
    'tokenizer.ggml.merges': strings(['a b', 'ab c', 'Ġ a']),
    'tokenizer.ggml.bos_token_id': u32(1),
    'tokenizer.ggml.eos_token_id': u32(0),
    'tokenizer.chat_template': { type: 'STRING', value: "{{ '<|start|>' + messages[0].content + '<|end|>' }}" },
    ...more,
  };
  return Object.fromEntries(Object.entries(all).filter(([key]) => !drop.includes(key)));
}

function llamaTensors(tied = true): GgufTensorBytes[] {
  return entries({ ...base, tie_word_embeddings: tied }).map(({ name, shape, data }) => {
    const heads = name.includes('q_proj') ? 4 : name.includes('k_proj') ? 2 : 0;
    const stored = heads > 0 ? permute(data, heads, 4, 16) : data;
    return { name: ggufNameOf(name), dimensions: [...shape].reverse(), type: 0, data: new Uint8Array(stored.slice().buffer) };
  });
}

async function ggufFile(metadata: Metadata, tensors = llamaTensors()): Promise<string> {
  const path = join(dir, `model${count++}.gguf`);
  const file = await openForWriting(path);
  await file.write(ggufBytes(metadata, tensors));
  await file.close();
  return path;
}

describe('a llama GGUF', () => {
  it.each([true, false])(
    'is the model it was made of (tied: %s): names, config, and q and k with their own head counts (R32)',
    async (tied) => {
      const model = await openModel(await ggufFile(llamaMetadata(), llamaTensors(tied)));
      const expected = { ...base, tie_word_embeddings: tied };
      expect(model.config).toMatchObject({
        heads: 4,
        kvHeads: 2,
        headDim: 4,
        rmsNormEps: 1e-5,
        ropeTheta: 10000,
        vocabSize: 12,
        tiedEmbeddings: tied,
      });
      expect(model.config).toMatchObject({ eosTokenIds: [0], bosTokenId: 1 });
      for (const { name, shape, data } of entries(expected)) {
        expect(model.shapes.get(name)).toEqual(shape);
        expect(await model.read(name), name).toEqual(data);
      }
      // What would be written as config.json says the same.
      expect({ ...readModelConfig(model.config.raw, 'again'), raw: 0 }).toEqual({ ...model.config, raw: 0 });
      await model.close();
    },
  );

  it('brings its tokenizer: digits apart, control and user tokens, id 0 as the end', async () => {
    const model = await openModel(await ggufFile(llamaMetadata()));
    const tokenizer = Tokenizer.fromFiles(model.tokenizerFiles, model.config);
    await model.close();
    expect(tokenizer.encode('abc12 a')).toEqual([7, 8, 9, 11]);
    expect(tokenizer.encode('<tool>')).toEqual([2]);
    expect(tokenizer.encode('<|end|>a', { allowControl: true })).toEqual([0, 3]);
    expect(tokenizer.stopIds).toEqual([0]);
    expect(tokenizer.bosId).toBe(1);
    expect([0, 1, 2].map((id) => tokenizer.isSpecial(id))).toEqual([true, true, false]);
    expect(tokenizer.renderChat([{ role: 'user', content: 'ab' }])).toEqual([1, 6, 0]);
  });

  it('begins texts as add_bos_token says, and without the key not at all (R20)', async () => {
    for (const [flag, begun] of [
      [true, [1, 3]],
      [false, [3]],
      [undefined, [3]],
    ] as const) {
      const more: Metadata = flag === undefined ? {} : { 'tokenizer.ggml.add_bos_token': { type: 'BOOL', value: flag } };
      const model = await openModel(await ggufFile(llamaMetadata(more)));
      await model.close();
      expect(Tokenizer.fromFiles(model.tokenizerFiles, model.config).encode('a', { special: true })).toEqual(begun);
    }
  });

  const refused: [string, Metadata, RegExp][] = [
    [
      'another architecture',
      llamaMetadata({ 'general.architecture': { type: 'STRING', value: 'qwen3moe' } }),
      /architecture 'qwen3moe' is not supported/,
    ],
    ['a size missing', llamaMetadata({}, ['llama.embedding_length']), /'llama\.embedding_length' is missing/],
    [
      'a size that is text',
      llamaMetadata({ 'llama.block_count': { type: 'STRING', value: 'two' } }),
      /'llama\.block_count' is the text 'two'/,
    ],
    [
      'rope scaling',
      llamaMetadata({ 'llama.rope.scaling.type': { type: 'STRING', value: 'yarn' } }),
      /rope_scaling\.factor is missing; rope_type 'yarn' needs it/,
    ],
    [
      'a vocabulary not that of the embedding',
      llamaMetadata({ 'tokenizer.ggml.tokens': strings(['a', 'b']) }),
      /has 2 tokens.*has 12 rows/,
    ],
    [
      'sizes that contradict the tensors',
      llamaMetadata({ 'llama.feed_forward_length': u32(25) }),
      /'model\.layers\.0\.mlp\.gate_proj\.weight' is \[24, 16\].*\[25, 16\]/,
    ],
    [
      'another tokenizer',
      llamaMetadata({ 'tokenizer.ggml.model': { type: 'STRING', value: 'bert' } }),
      /tokenizer model 'bert' is not supported/,
    ],
    [
      'another pre-tokenizer',
      llamaMetadata({ 'tokenizer.ggml.pre': { type: 'STRING', value: 'tekken' } }),
      /pre-tokenizer 'tekken'.*supported: gpt-2, smollm/,
    ],
    [
      'an end beyond the vocabulary',
      llamaMetadata({ 'tokenizer.ggml.eos_token_id': u32(12) }),
      /'tokenizer\.ggml\.eos_token_id' is 12, but there are 12 tokens/,
    ],
    ['a broken merge', llamaMetadata({ 'tokenizer.ggml.merges': strings(['a c']) }), /the merge 'a c'/],
    [
      'a short list of types',
      llamaMetadata({ 'tokenizer.ggml.token_type': { type: 'ARRAY', of: 'INT32', value: [1] } }),
      /one entry for each of the 12 tokens/,
    ],
  ];
  it('with weights of a type that cannot be read is refused when it is opened', async () => {
    const tensors = llamaTensors().map((tensor) => (tensor.name === 'output_norm.weight' ? { ...tensor, type: 27 } : tensor));
    await expect(openModel(await ggufFile(llamaMetadata(), tensors))).rejects.toThrow(
      /tensor 'output_norm\.weight' is of type I64, which is not supported; supported: F32, F16, BF16, Q4_0/,
    );
  });

  it.each(refused)('with %s is refused', async (_, metadata, message) => {
    const error = await openModel(await ggufFile(metadata)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(message);
  });
});
