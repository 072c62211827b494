// What counts as a change of a stage. The settings of a judge or a writer behind an endpoint are the ones that are changed in the midst of a
// stage: where it answers too slowly, refuses so many requests, or is served elsewhere now, what it has answered is not to be asked again.
import { expect, it } from 'vitest';
import { stageSchemas } from '../stages/settings.ts';
import { changesBetween, fingerprintOf, type MadeFrom } from './madeFrom.ts';

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
