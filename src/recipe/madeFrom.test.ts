// What counts as a change of a stage. The settings of a judge or a writer behind an endpoint are the ones that are changed in the midst of a
// stage: where it answers too slowly, refuses so many requests, or is served elsewhere now, what it has answered is not to be asked again.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stageSchemas } from '../stages/settings.ts';
import { Contents } from './contents.ts';
import { changesBetween, fingerprintOf, type MadeFrom, madeFrom } from './madeFrom.ts';
import { parseRecipe } from './recipe.ts';
import { wire } from './wiring.ts';

const rejection = (more: object, ofJudge: object = {}, ofWriter: object = {}): MadeFrom => {
  const judge = { url: 'http://one/v1', model: 'large', ...ofJudge };
  const rewrite = { url: 'http://one/v1', model: 'large', ...ofWriter };
  const settings = stageSchemas.rejection.parse({ kind: 'rejection', model: '$zero', maxTokens: 64, judge, rewrite, ...more });
  return { settings, seed: 1, inputs: { model: { name: '$zero', content: 'a' } } };
};
const pairs = (ofHarm: object): MadeFrom => ({
  settings: stageSchemas.judge.parse({ kind: 'judge', maxTokens: 64, harm: { url: 'http://one/v1', model: 'large', ...ofHarm } }),
  ...{ seed: 1, inputs: {} },
});

const reached = { url: 'http://two:8000/v1', keyEnv: 'OTHER', concurrency: 1, timeout: 5 };

it.each<[string, MadeFrom, MadeFrom]>([
  ['a judge', rejection({}), rejection({}, reached)],
  ['a writer', rejection({}), rejection({}, {}, reached)],
  ['a judge of harm', pairs({}), pairs(reached)],
])('how the endpoint of %s is reached is free to change', (_, before, now) => {
  expect(changesBetween(before, now)).toEqual({ own: [], from: [] });
  expect(fingerprintOf(now)).toBe(fingerprintOf(before));
});

it('what it is and what it is asked is not', () => {
  const before = rejection({});
  expect(changesBetween(before, rejection({}, { model: 'small' })).own).toEqual(['judge.model was large and is now small']);
  expect(changesBetween(before, rejection({}, {}, { maxTokens: 9 })).own).toEqual(['rewrite.maxTokens was 8192 and is now 9']);
  expect(fingerprintOf(rejection({}, { model: 'small' }))).not.toBe(fingerprintOf(before));
});

it('a task in a file counts by its text wherever it lies, also as one of several', async () => {
  const root = mkdtempSync(join(tmpdir(), 'thinkling-made-from-'));
  mkdirSync(join(root, 'here'));
  writeFileSync(join(root, 'here', 'task.ts'), 'export default {};\n');
  cpSync(join(root, 'here'), join(root, 'there'), { recursive: true });
  const made = (dir: string): Promise<MadeFrom> => {
    const tasks = `{ lab: { task: lab, weight: 1 }, own: { task: ${join(root, dir, 'task.ts')}, weight: 1 } }`;
    const recipe = parseRecipe(
      `{ name: r, model: lab:base, stages: { zero: { kind: rl, steps: 1, maxTokens: 9, tasks: ${tasks} } } }`,
      'r.yaml',
    );
    return madeFrom(wire(recipe)[0], {}, new Contents());
  };
  const [here, there] = [await made('here'), await made('there')];
  expect(changesBetween(here, there)).toEqual({ own: [], from: [] });
  expect(fingerprintOf(there)).toBe(fingerprintOf(here));
  writeFileSync(join(root, 'there', 'task.ts'), 'export default { other: 1 };\n');
  expect(fingerprintOf(await made('there'))).not.toBe(fingerprintOf(here));
  rmSync(root, { recursive: true });
});
