// What a name on the hub comes to: the files that a model is opened from, once; and which names are not looked for there.

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadAdapted, loadSampled, newModel, saveModel } from '../engine/local/model.ts';
import { parseHubModel } from '../formats/hubModel.ts';
import { openModel } from '../formats/modelSource.ts';
import { InputError } from '../platform/errors.ts';
import { parseRecipe } from '../recipe/recipe.ts';
import { closeHub, openHub } from '../testing/hubOfTest.ts';
import type { HubServer } from '../testing/hubServer.ts';
import { tinyNewModel } from '../testing/tinyModel.ts';
import { resolveModel } from './resolveModel.ts';

let hub: HubServer;
let scratch: string;
beforeEach(async () => {
  ({ hub, scratch } = await openHub());
});
afterEach(async () => {
  await closeHub({ hub, scratch });
});

/** The files of a model that works. */
async function modelFiles(): Promise<Record<string, Buffer>> {
  const dir = join(scratch, 'made');
  const model = newModel(tinyNewModel(), 1, 1);
  await saveModel(dir, model, model.store);
  return Object.fromEntries(await Promise.all((await readdir(dir)).map(async (name) => [name, await readFile(join(dir, name))])));
}

describe('resolveModel of a name on the hub', () => {
  it('is a directory that a model opens from, with nothing in it that no model is opened from; asked for once', async () => {
    const others = ['README.md', 'pytorch_model.bin', 'consolidated.safetensors', 'onnx/model.onnx', 'model-00001-of-00002.safetensors'];
    hub.push('org/tiny', { ...(await modelFiles()), ...Object.fromEntries(others.map((name) => [name, 'x'])) });
    const dir = await resolveModel('org/tiny');
    expect((await readdir(dir)).sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json']);
    const source = await openModel(dir);
    const name = 'model.norm.weight';
    expect(await source.read(name)).toEqual(newModel(tinyNewModel(), 1, 1).store.parameters.get(name)?.data);
    await source.close();
    hub.requests.length = 0;
    expect(await resolveModel('org/tiny')).toBe(dir);
    expect(hub.requests).toEqual([]);
  });

  it('takes the shards with their index where the weights are not one file, an adapter with its config, one GGUF file', async () => {
    const contents = (names: string[]) => Object.fromEntries(names.map((name) => [name, name]));
    const push = (id: string, names: string[]) => hub.push(id, contents(names));
    // Whatever the index calls them.
    const shards = ['first.safetensors', 'model-00002-of-00002.safetensors'];
    const index = JSON.stringify({ weight_map: { a: shards[0], b: shards[1], c: shards[1] } });
    const wanted = ['additional_chat_templates/tool_use.jinja', 'chat_template.jinja', 'config.json', 'generation_config.json', ...shards];
    const others = ['x.bin', 'model-00001-of-00002.safetensors', 'additional_chat_templates/x.md'];
    hub.push('org/sharded', { ...contents([...wanted, ...others]), 'model.safetensors.index.json': index });
    const entries = await readdir(await resolveModel('org/sharded'), { recursive: true, withFileTypes: true });
    const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
    expect(names.sort()).toEqual([...wanted.slice(1), 'model.safetensors.index.json', 'tool_use.jinja'].sort());
    hub.push('org/part', { ...contents(['config.json', shards[0]]), 'model.safetensors.index.json': index });
    await expect(resolveModel('org/part')).rejects.toThrow(
      'org/part has no model-00002-of-00002.safetensors, which its model.safetensors.index.json names: its weights are not whole',
    );
    const config = JSON.stringify({ peft_type: 'LORA', r: 1, lora_alpha: 1, target_modules: ['q_proj'], base_model_name_or_path: scratch });
    const files = ['adapter_model.safetensors', 'tokenizer.json', 'training_args.bin'].map((name) => [name, name]);
    hub.push('org/adapter', { 'adapter_config.json': config, ...Object.fromEntries(files) });
    expect(await readdir(await resolveModel('org/adapter'))).toHaveLength(3);
    const commit = push('org/quantised', ['a.Q8_0.gguf', 'b/a.Q4_0.gguf']);
    const file = await resolveModel(`org/quantised@${commit}:b/a.Q4_0.gguf`);
    expect(await readFile(file, 'utf8')).toBe('b/a.Q4_0.gguf');
    await expect(resolveModel('org/quantised')).rejects.toThrow(
      /^model: org\/quantised .*no config\.json, but files in GGUF format; name one: org\/quantised:a\.Q8_0\.gguf or org\/quantised:b\/a\.Q4_0\.gguf/,
    );
    await expect(resolveModel('org/quantised:c.gguf')).rejects.toThrow('has no c.gguf, but files in GGUF format; name one');
    push('org/old', ['config.json', 'pytorch_model.bin']);
    await expect(resolveModel('org/old')).rejects.toThrow(/no weights as model\.safetensors, but pytorch_model\.bin, which cannot be read/);
  });

  it('gives way to what lies at that path', async () => {
    const files = await modelFiles();
    hub.push('org/tiny', files);
    await mkdir(join(scratch, 'org', 'tiny'), { recursive: true });
    await writeFile(join(scratch, 'org', 'tiny', 'config.json'), files['config.json']);
    const cwd = vi.spyOn(process, 'cwd').mockReturnValue(scratch);
    expect(await resolveModel('org/tiny')).toBe(join(scratch, 'org', 'tiny'));
    cwd.mockRestore();
    expect(hub.requests).toEqual([]);
  });

  it('says where else it has looked, and asks again the next time', async () => {
    const attempt = resolveModel('org/late');
    await expect(attempt).rejects.toThrow(InputError);
    await expect(attempt).rejects.toThrow(/^model: org\/late: .*check the spelling.* \(taken for a name .* nothing at .*org.late\)$/);
    hub.push('org/late', await modelFiles());
    expect(await resolveModel('org/late')).toContain('models--org--late');
  });

  it('is not asked for with what can only be a path', async () => {
    for (const name of [
      './org/name',
      '../org/name',
      '/org/name',
      'name',
      'models/name',
      'a/b/c',
      'runs/x/checkpoints/zero-1',
      'C:/x/m.gguf',
    ])
      await expect(resolveModel(name)).rejects.toThrow(/^model: there is nothing at .* \(nor can this be a name on the Hugging Face hub/);
    expect(hub.requests).toEqual([]);
  });
});

describe('an adapter whose base is on the hub', () => {
  const lora = { rank: 2, alpha: 4, targets: ['q_proj', 'down_proj'] };
  const weight = 'model.layers.0.self_attn.q_proj.weight';

  /** An adapter over `base`, away from its start, as an engine writes it. */
  async function adapterOf(base: string, dir: string) {
    const model = await loadAdapted(base, lora, 7, 1);
    for (const { data } of model.store.trainable.values()) for (let i = 0; i < data.length; i++) data[i] = 0.1 + 0.01 * i;
    await saveModel(dir, model, model.store);
    return model;
  }
  const configOf = async (dir: string): Promise<Record<string, unknown>> =>
    JSON.parse(await readFile(join(dir, 'adapter_config.json'), 'utf8'));
  async function changed(dir: string, change: Record<string, unknown>): Promise<void> {
    await writeFile(join(dir, 'adapter_config.json'), JSON.stringify({ ...(await configOf(dir)), ...change }));
  }
  /** A weight as it is in the base, and with the adapter. */
  async function weights(base: string, adapted: string): Promise<Float32Array[]> {
    const sources = [await openModel(base), await openModel(adapted)];
    const read = await Promise.all(sources.map((source) => source.read(weight)));
    for (const source of sources) await source.close();
    return read;
  }

  it('is fetched with it, both by their names, and opens merged', async () => {
    hub.push('org/base', await modelFiles());
    const base = await resolveModel('org/base@main');
    const made = join(scratch, 'adapter');
    await adapterOf(base, made);
    await changed(made, { base_model_name_or_path: 'org/base', revision: null });
    const names = ['adapter_config.json', 'adapter_model.safetensors'];
    hub.push(
      'org/adapter-of-base',
      Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(made, name))]))),
    );
    await rm(join(scratch, 'home'), { recursive: true });
    const dir = await resolveModel('org/adapter-of-base');
    expect(await readdir(dir)).toEqual(names);
    const fetched = (await readdir(join(scratch, 'home', 'hub'))).toSorted();
    expect(fetched).toEqual(['models--org--adapter-of-base', 'models--org--base']);
    const [plain, merged] = await weights(base, dir);
    expect(plain).toEqual(newModel(tinyNewModel(), 1, 1).store.parameters.get(weight)?.data);
    expect(merged.every((value, i) => value > plain[i])).toBe(true);
    // Asked for once.
    hub.requests.length = 0;
    await (await openModel(dir)).close();
    expect(hub.requests).toEqual([]);
  });

  it('is kept in what is written by its name and commit, and shared with a reference', async () => {
    const files = await modelFiles();
    const commit = hub.push('org/trained', files);
    const base = await resolveModel('org/trained');
    const dir = join(scratch, 'checkpoint');
    const model = await adapterOf(base, dir);
    expect(await configOf(dir)).toMatchObject({ base_model_name_or_path: 'org/trained', revision: commit });
    const reference = await loadSampled(dir, [model], 1);
    expect(reference.store.parameters.get(weight)?.data).toBe(model.store.parameters.get(weight)?.data);
    // The branch moves on, to another model; the network is gone.
    hub.push('org/trained', { ...files, 'model.safetensors': 'x' });
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    expect(await resolveModel(dir)).toBe(dir);
    const [plain, merged] = await weights(base, dir);
    expect(merged).not.toEqual(plain);
  });

  it('that is not there is named with the file that asks for it', async () => {
    hub.push('org/there', await modelFiles());
    const dir = join(scratch, 'lonely');
    await adapterOf(await resolveModel('org/there'), dir);
    await changed(dir, { base_model_name_or_path: 'org/nowhere', revision: null });
    const attempt = resolveModel(dir);
    await expect(attempt).rejects.toThrow(InputError);
    await expect(attempt).rejects.toThrow(
      /lonely.adapter_config\.json: the base model 'org\/nowhere' is not here, and cannot be fetched: org\/nowhere: .* no public model/,
    );
  });
});

describe('parseHubModel', () => {
  it.each([
    ['HuggingFaceTB/SmolLM2-135M-Instruct', { name: 'HuggingFaceTB/SmolLM2-135M-Instruct' }],
    ['a/b@refs/pr/1', { name: 'a/b', revision: 'refs/pr/1' }],
    ['a/b:x/y.Q4_0.gguf', { name: 'a/b', gguf: 'x/y.Q4_0.gguf' }],
    ['a/b@v1:y.GGUF', { name: 'a/b', revision: 'v1', gguf: 'y.GGUF' }],
    ['a/b:y.bin', undefined],
    ['a/b@', undefined],
    ['datasets/b', undefined],
  ])('%s', (text, expected) => expect(parseHubModel(text)).toEqual(expected));
});

describe('a recipe', () => {
  it('keeps a name on the hub as it is, unless its folder has such a path', async () => {
    const text = 'name: a\nmodel: org/tiny@v1\ntask: lab\nstages: { zero: { kind: evaluate, model: org/tiny, maxTokens: 4 } }\n';
    const of = (model?: string) => parseRecipe(text, join(scratch, 'r.yaml'), model === undefined ? [] : [`model=${model}`]);
    expect(of()).toMatchObject({ model: 'org/tiny@v1', stages: { zero: { model: 'org/tiny' } } });
    expect(of('org/other').model).toBe('org/other');
    expect(of('./org/other').model).toMatch(/^\/.*org.other$/);
    await mkdir(join(scratch, 'org', 'tiny'), { recursive: true });
    expect(of()).toMatchObject({ model: 'org/tiny@v1', stages: { zero: { model: join(scratch, 'org', 'tiny') } } });
  });
});
