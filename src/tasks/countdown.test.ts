import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { join, remove, temporaryDirectory, writeTextAtomic } from '../platform/files.ts';
import { countdownScore, countdownTask } from './countdown.ts';
import type { TaskRow } from './task.ts';

const task = countdownTask({ name: 'countdown', template: 'chat' });
const problemsOf = (rows: readonly TaskRow[]) => rows.map(({ problem }) => problem as { numbers: number[]; target: number });

/** Every value that the numbers can make, each used once: an independent search, in floating point. */
function reachable(values: number[]): number[] {
  if (values.length === 1) return values;
  return values.flatMap((a, i) =>
    values.flatMap((b, j) => {
      if (i === j) return [];
      const rest = values.filter((_, k) => k !== i && k !== j);
      return [a + b, a - b, a * b, a / b].flatMap((value) => reachable([...rest, value]));
    }),
  );
}

describe('countdown', () => {
  it('makes problems that have a solution, of three and of four numbers, the same from the same seed', async () => {
    const { train, heldOut } = await task.load({ seed: 1 });
    expect(heldOut.length).toBe(Math.min(1024, Math.ceil((train.length + heldOut.length) / 10)));
    expect(train.length).toBeGreaterThan(9000);
    const some = problemsOf(train.slice(0, 60));
    expect(new Set(some.map(({ numbers }) => numbers.length))).toEqual(new Set([3, 4]));
    for (const { numbers, target } of some) expect(reachable(numbers).some((value) => Math.abs(value - target) < 1e-9)).toBe(true);
    expect(await task.load({ seed: 1 })).toEqual({ train, heldOut });
    expect((await task.load({ seed: 2 })).heldOut).not.toEqual(heldOut);
    const key = ({ numbers, target }: { numbers: number[]; target: number }) => `${[...numbers].sort()} ${target}`;
    const trained = new Set(problemsOf(train).map(key));
    expect(problemsOf(heldOut).filter((problem) => trained.has(key(problem)))).toEqual([]);
  });

  it("asks in TinyZero's words", async () => {
    const [{ prompt, problem }] = (await countdownTask({ name: 'x', template: 'r1-zero' }).load({ seed: 0 })).train;
    const { numbers, target } = problem as { numbers: number[]; target: number };
    expect(prompt).toContain(`User: Using the numbers [${numbers.join(', ')}], create an equation that equals ${target}. You can use`);
    expect(`${prompt}${task.prefill}`).toMatch(/\nAssistant: Let me solve this step by step\.\n<think>$/);
    const [chat] = (await task.load({ seed: 0 })).train;
    expect(chat.prompt).toEqual([
      { role: 'system', content: expect.any(String) },
      { role: 'user', content: expect.stringContaining('Using') },
    ]);
  });

  describe('from data', () => {
    let dir: string;
    beforeEach(async () => {
      dir = await temporaryDirectory('thinkling-countdown-');
    });
    afterEach(() => remove(dir));
    const file = async (...rows: object[]): Promise<string> => {
      await writeTextAtomic(join(dir, 'c.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      return join(dir, 'c.jsonl');
    };

    it('takes nums and target, the same problem once', async () => {
      const data = await file({ nums: [44, 19, 35], target: 98 }, { nums: [19, 44, 35], target: 98 }, { nums: [1, 2, 3], target: 6 });
      const { train, heldOut } = await task.load({ data, seed: 0 });
      expect(
        problemsOf([...train, ...heldOut])
          .map(({ target }) => target)
          .sort(),
      ).toEqual([6, 98]);
      expect(heldOut).toHaveLength(1);
    });

    it('says which row is none', async () => {
      const row = { nums: [1, 2], target: 3 };
      await expect(task.load({ data: await file(row, { nums: [1, 2.5], target: 3 }), seed: 0 })).rejects.toThrow(
        /c\.jsonl:2: "nums" must be two or more whole numbers and "target" one, none beyond 2\^53; found \[1,2\.5\] and 3/,
      );
      await writeTextAtomic(join(dir, 'c.jsonl'), '{"nums":[9007199254740993,1],"target":9007199254740994}\n{"nums":[1,2],"target":3}\n');
      await expect(task.load({ data: join(dir, 'c.jsonl'), seed: 0 })).rejects.toThrow(
        /c\.jsonl:1: .* none beyond 2\^53; found \[9007199254740993,1\] and 9007199254740994/,
      );
      await expect(task.load({ data: await file(row, { nums: '1 2', target: 3 }), seed: 0 })).rejects.toThrow(
        /c\.jsonl:2: .*found "1 2" and 3/,
      );
      await expect(task.load({ data: await file(row, { numbers: [1], target: 3 }), seed: 0 })).rejects.toThrow(/column "nums" is missing/);
      await expect(task.load({ data: await file(row), seed: 0 })).rejects.toThrow(/one problem in it/);
    });
  });
});

describe("TinyZero's score", () => {
  const row = { id: '1', prompt: 'p', problem: { numbers: [44, 19, 35], target: 98 } };
  const judge = async (text: string, reward = countdownScore) => (await reward({ prompts: ['p'], completions: [text], rows: [row] }))[0];
  it.each([
    ['Let me solve this step by step.\n<think>44 + 35 is 79</think>\n<answer>44 + 19 + 35</answer>', 1],
    ['<think>x</think><answer>(35 + 44) + 19 = 98</answer>', 1],
    ['<think>x</think><answer>44 + 35</answer>', 0.1],
    ['<think>x</think><answer>44 + 19 + 35 + 0</answer>', 0.1],
    ['<think>x</think><answer>98</answer>', 0.1],
    ['<think>x</think><answer></answer>', 0.1],
    ['<think>x</think><answer>process.exit()</answer>', 0.1],
    ['<think>x</think> 44 + 19 + 35', 0],
    ['<think>x <answer>44 + 19 + 35</answer>', 0],
    ['<think>x</think><answer>44 + 19 + 35</answer> or <answer>44 + 35</answer>', 0.1],
    ['', 0],
  ])('%j scores %d', async (text, score) => {
    expect(await judge(text)).toBe(score);
    expect(await judge(text, task.rewards.accuracy)).toBe(score === 1 ? 1 : 0);
  });

  it('is one of three for whatever is written', () =>
    fc.assert(
      fc.asyncProperty(fc.string(), fc.boolean(), async (text, tagged) => {
        expect([0, 0.1, 1]).toContain(await judge(tagged ? `<think>a</think><answer>${text}</answer>` : text));
      }),
    ));
});
