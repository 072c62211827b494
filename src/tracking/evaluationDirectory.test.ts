import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../platform/errors.ts';
import { join, remove, size, temporaryDirectory } from '../platform/files.ts';
import { EvaluationDirectory, type SampleRow } from './evaluationDirectory.ts';

let root: string;
let dir: string;
beforeEach(async () => {
  root = await temporaryDirectory('thinkling-evaluation-');
  dir = join(root, 'e');
});
afterEach(() => remove(root));

const rows = (problem: string, completion = 'é\n5'): SampleRow[] =>
  [0, 1].map((sample) => ({ problem, sample, completion, tokens: 3, stopReason: 'stop', answer: '5', correct: 1, class: 0 }));
const settings = { task: 't', model: 'a', seed: 0 };
const open = async (given: Record<string, string | number> = settings) => {
  const found: SampleRow[][] = [];
  const directory = await EvaluationDirectory.open(dir, given, 2, (done) => found.push(done));
  return { directory, found };
};
const details = (): string => join(dir, 'details.jsonl');

describe("an evaluation's directory", () => {
  it('gives back the problems that were written, and goes on after them', async () => {
    const first = await open();
    await Promise.all(['a', 'b'].map((problem) => first.directory.append(rows(problem))));
    await first.directory.close();
    const second = await open();
    expect(second.found).toEqual([rows('a'), rows('b')]);
    await second.directory.append(rows('c'));
    await second.directory.finish({ value: 1 });
    await second.directory.close();
    const third = await open();
    expect(third.found.map(([{ problem }]) => problem)).toEqual(['a', 'b', 'c']);
    await third.directory.close();
    expect(JSON.parse(readFileSync(join(dir, 'results.json'), 'utf8'))).toEqual({ value: 1 });
  });

  it('cuts off what a kill left of a problem, at any byte of it', async () => {
    const first = await open();
    await first.directory.append(rows('a'));
    const whole = await size(details());
    await first.directory.append(rows('b'));
    await first.directory.close();
    const all = await size(details());
    for (let bytes = all - 1; bytes >= whole; bytes -= 7) {
      truncateSync(details(), bytes);
      const again = await open();
      expect(again.found).toEqual([rows('a')]);
      expect(await size(details())).toBe(whole);
      await again.directory.append(rows('b'));
      await again.directory.close();
      expect(await size(details())).toBe(all);
    }
  });

  it('reads lines that lie across chunks', async () => {
    const long = rows('a', 'x'.repeat(3 << 20));
    const first = await open();
    await first.directory.append(long);
    await first.directory.append(rows('b'));
    await first.directory.close();
    const second = await open();
    expect(second.found).toEqual([long, rows('b')]);
    await second.directory.close();
  });

  it.each<[Record<string, string | number>, RegExp]>([
    [{ ...settings, model: 'b' }, /holds an evaluation with another model: a, and here it is b\. .*--out/],
    [{ ...settings, seed: 1 }, /another seed: 0, and here it is 1/],
    [{ ...settings, 'top-p': 1 }, /another top-p: none, and here it is 1/],
  ])('refuses other settings: %j', async (other, words) => {
    await (await open()).directory.close();
    const error = await open(other).catch((e) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(words);
  });

  it('refuses a damaged line, another use of the directory, and a second process', async () => {
    const first = await open();
    await expect(open()).rejects.toThrow(/is in use by process/);
    await first.directory.append(rows('a'));
    await first.directory.close();
    const good = readFileSync(details());
    appendFileSync(details(), 'nonsense\n');
    await expect(open()).rejects.toThrow(/details\.jsonl:3 is damaged/);
    writeFileSync(details(), good.subarray(good.indexOf(10) + 1));
    await expect(open()).rejects.toThrow(/details\.jsonl:1 is damaged: it is not sample 0/);
    const other = join(root, 'other');
    await EvaluationDirectory.open(other, settings, 2, () => {}).then((directory) => directory.close());
    await remove(join(other, 'evaluation.json'));
    await expect(EvaluationDirectory.open(other, settings, 2, () => {})).rejects.toThrow(/holds something else \(details\.jsonl\)/);
  });
});
