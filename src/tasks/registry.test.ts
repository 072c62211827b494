import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { join, pathOf, remove, temporaryDirectory, writeTextAtomic } from '../platform/files.ts';
import { scoreCompletions } from '../rewards/mix.ts';
import { loadTask, prepareRewards, taskNames } from './registry.ts';

let dir: string;
beforeAll(async () => {
  dir = await temporaryDirectory('thinkling-tasks-');
});
afterAll(() => remove(dir));

let files = 0;
async function user(code: string): Promise<string> {
  // A name of its own each time: modules are cached by their path.
  const path = join(dir, `task${files++}.mjs`);
  await writeTextAtomic(path, code);
  return path;
}

const whole = (load: string) =>
  `export default { name: 'mine', rewards: { good: () => [1] }, weights: { good: 1 }, accuracy: 'good', load: () => (${load}) };`;

describe('loadTask', () => {
  it.each([...taskNames])('knows %s, whose weights and accuracy name rewards it has', async (name) => {
    const task = await loadTask(name);
    expect(task.name).toBe(name);
    // No rule knows what is right of general prompts.
    const accuracy = name === 'prompts' ? [] : [task.accuracy];
    expect(Object.keys(task.rewards)).toEqual(expect.arrayContaining([...Object.keys(task.weights), ...accuracy]));
  });

  it('makes rows without what judging them takes; that is prepared by itself, and told', async () => {
    const reward = "Object.assign(() => [1], { prepare: async () => { throw new Error('no sandbox here'); } })";
    const task = await loadTask(
      await user(
        `export default { name: 'mine', rewards: { good: ${reward} }, weights: { good: 1 }, accuracy: 'good', load: () => ({ train: [{ id: 'a', prompt: 'p' }], heldOut: [] }) };`,
      ),
    );
    expect((await task.load({ seed: 0 })).train).toHaveLength(1);
    await expect(prepareRewards(task)).rejects.toThrow('no sandbox here');
  });

  it('says what an unknown name may have meant', async () => {
    await expect(loadTask('gsm8')).rejects.toThrow(/no task "gsm8"; did you mean "gsm8k"\?/);
    await expect(loadTask('constructor')).rejects.toThrow(InputError);
  });

  it('runs the example: a task in one file that imports from thinkling', async () => {
    const task = await loadTask(pathOf(new URL('../../examples/reverse-task.ts', import.meta.url)));
    const { train, heldOut } = await task.load({ seed: 3 });
    expect([train.length, heldOut.length]).toEqual([900, 100]);
    const rows = [train[0], train[0], train[0]];
    const reversed = String(rows[0].reversed);
    const completions = [`<answer> ${reversed} </answer>`, reversed, `<answer> ${reversed.replace(/\d$/, '77')} </answer>`];
    const { total } = await scoreCompletions(task, task.weights, { prompts: rows.map((row) => row.prompt), completions, rows });
    expect(total).toEqual([1.5, 0, (0.5 * 2) / 3]);
  });

  it.each([
    ['export const task = 1;', 'its default export is not a task'],
    ['export default { load() {} };', '`name` must be a text'],
    ["export default { name: 'a', rewards: {} };", '`load` must be a function'],
    ["export default { name: 'a', load() {}, rewards: {} };", '`rewards` must be functions'],
    ["export default { name: 'a', load() {}, rewards: { r: 1 } };", 'the reward "r" is not a function'],
    ["export default { name: 'a', load() {}, rewards: { r() {} }, weights: { r: '1' } };", 'the weight of "r" must be a number'],
    ["export default { name: 'a', load() {}, rewards: { r() {} }, weights: { r: 1 }, accuracy: 1 };", '`accuracy` must be the name'],
    ["export default { name: 'a', load() {}, rewards: { r() {} }, weights: { s: 1 }, accuracy: 'r' };", 'weights name the reward "s"'],
    [whole('{}').replace('name:', 'answers: () => null, name:'), "the task's `answers` must be { of, same? }"],
    [whole('{}').replace('name:', 'answers: { of() {}, same: 1 }, name:'), '`answers.same` must be a function'],
    ["throw new Error('broken inside');", 'broken inside'],
  ])('refuses %j', async (code, words) => {
    const path = await user(code);
    const error = await loadTask(path).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(path);
    expect(error.message).toContain(words);
  });

  it.each([
    ['undefined', 'train is not a list'],
    ["(() => { throw new TypeError('x is not iterable'); })()", '.mjs: load() threw: x is not iterable'],
    ['{ train: [] }', 'heldOut is not a list'],
    ['{ train: [], heldOut: [] }', 'returned no rows'],
    ["{ train: [{ prompt: 'a' }], heldOut: [] }", 'train[0] has no id'],
    ["{ train: [{ id: '1' }], heldOut: [] }", 'train[0] (1) has no prompt'],
    ["{ train: [{ id: '1', prompt: 'a' }], heldOut: [{ id: '1', prompt: 'a' }] }", 'heldOut[0] has the id "1", and so has train[0]'],
  ])('refuses the rows %s', async (rows, words) => {
    const task = await loadTask(await user(whole(rows)));
    const error = await Promise.resolve(task.load({ seed: 0 })).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(words);
  });

  it('names a file that is not there', async () => {
    await expect(loadTask('./no-such-task.ts')).rejects.toThrow(/no-such-task\.ts: there is no such file/);
  });
});
