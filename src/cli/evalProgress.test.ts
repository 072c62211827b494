import { describe, expect, it, vi } from 'vitest';
import { evalProgress } from './evalProgress.ts';

function shown(stream: Partial<NodeJS.WriteStream>) {
  let out = '';
  let at = 0;
  const write = (text: string): boolean => {
    out += text;
    return true;
  };
  const progress = evalProgress({ ...stream, write } as NodeJS.WriteStream, () => at);
  return {
    progress,
    out: () => out,
    pass: (ms: number) => {
      at += ms;
    },
  };
}
const at = (done: number) => ({ done, of: 40, right: done, judged: 2 * done });

describe('the progress of an evaluation', () => {
  it('is a line a minute in a log', () => {
    const { progress, out, pass } = shown({ isTTY: undefined as unknown as boolean });
    for (let i = 0; i <= 12; i++) {
      progress.tokens(300);
      progress.problems(at(i));
      pass(10_000);
    }
    progress.clear();
    expect(out()).toBe('5 of 40 problems, 50.0% right so far, 35 tokens/s\n11 of 40 problems, 50.0% right so far, 33 tokens/s\n');
  });

  it('is one line on a terminal, no wider than that, and is taken away', () => {
    vi.stubEnv('CI', '');
    vi.stubEnv('TERM', 'xterm');
    const { progress, out, pass } = shown({ isTTY: true, columns: 30 });
    progress.problems(at(0));
    pass(300);
    progress.problems(at(0));
    pass(100);
    progress.problems(at(1));
    pass(200);
    progress.problems(at(2));
    progress.clear();
    vi.unstubAllEnvs();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what takes a line away
    const lines = out().split(/\r\u001b\[K/);
    expect(lines).toEqual(['0 of 40 problems', '2 of 40 problems, 50.0% righ…', '']);
  });
});
