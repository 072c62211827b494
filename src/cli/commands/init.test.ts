// thinkling init: what it writes can be run as it is, says on every line what it does, and takes no file's place.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { InputError } from '../../platform/errors.ts';
import { loadRecipe } from '../../recipe/recipe.ts';
import { initCommand } from './init.ts';

const root = mkdtempSync(join(tmpdir(), 'thinkling-init-'));
const rows = join(root, 'rows.jsonl');
writeFileSync(rows, '{"prompt":"a","completion":"b"}\n');
mkdirSync(join(root, 'deep'));
beforeEach(() => void vi.spyOn(process.stdout, 'write').mockReturnValue(true));
afterAll(() => rmSync(root, { recursive: true }));

const init = (...args: string[]) => initCommand().exitOverride().parseAsync(args, { from: 'user' });

describe.each([
  ['zero', []],
  ['sft', ['--data', rows]],
  ['r1', ['--data', rows]],
])('--kind %s', (kind, more) => {
  const file = join(root, 'deep', `${kind}.yaml`);

  it('writes a recipe that can be run, with a comment on every line', async () => {
    await init(file, '--kind', kind, ...more);
    const recipe = await loadRecipe(file);
    expect(recipe).toMatchObject({ name: kind, model: 'lab:base', seed: 1 });
    expect(Object.keys(recipe.stages)).toEqual({ zero: ['zero', 'score'], sft: ['tune'], r1: ['coldStart', 'reasoning', 'score'] }[kind]);
    if (more.length > 0) expect(recipe.data).toBe(rows);
    const [schema, , ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
    const named = /^# yaml-language-server: \$schema=(.+)$/.exec(schema)?.[1] ?? '';
    expect(JSON.parse(readFileSync(resolve(join(root, 'deep'), named), 'utf8')).title).toBe('A recipe of Thinkling');
    for (const line of lines) expect(line).toMatch(/^ *[\w]+:.* # \S/);
  });
});

it('takes no place of a file, and checks model, task and data', async () => {
  const file = join(root, 'taken.yaml');
  writeFileSync(file, 'mine');
  const refused = async (message: string, ...args: string[]) => {
    const attempt = init(...args);
    await expect(attempt).rejects.toThrow(InputError);
    await expect(attempt).rejects.toThrow(message);
  };
  await refused('is there already, and is not overwritten', file);
  expect(readFileSync(file, 'utf8')).toBe('mine');
  const other = join(root, 'other.yaml');
  await refused('did you mean "lab:base"?', other, '--model', 'lab:bas');
  await refused('there is no task "countdwn"; did you mean "countdown"?', other, '--task', 'countdwn');
  await refused('--kind sft learns from examples: name them with --data', other, '--kind', 'sft');
  await refused('--data: there is nothing at', other, '--kind', 'sft', '--data', './none.jsonl');
  await refused('a recipe is a .yaml file', join(root, 'other'));
  await refused('there is no directory', join(root, 'none', 'r.yaml'));
});
