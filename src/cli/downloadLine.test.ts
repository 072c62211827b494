import { afterEach, describe, expect, it, vi } from 'vitest';
import { downloadLine } from './downloadLine.ts';

afterEach(() => vi.unstubAllEnvs());

function watched(isTTY: boolean) {
  vi.stubEnv('CI', '');
  vi.stubEnv('TERM', 'xterm');
  let written = '';
  let at = 0;
  const stream = { isTTY, columns: 60, write: (text: string) => (written += text) } as unknown as NodeJS.WriteStream;
  const line = downloadLine(stream, () => at);
  return {
    line,
    later: (ms: number) => {
      at += ms;
    },
    written: () => written,
  };
}

describe('downloadLine', () => {
  it('draws one line over and over on a terminal, and leaves one that says what came', () => {
    const { line, later, written } = watched(true);
    line.bytes('org/tiny', 0, 200e6);
    later(100);
    line.bytes('org/tiny', 1e6, 200e6);
    later(200);
    line.bytes('org/tiny', 50e6, 200e6);
    line.bytes('org/tiny', 200e6, 200e6);
    line.end();
    const erase = '\r\u001b[K';
    expect(written().split(erase)).toEqual([
      'downloading org/tiny: 0 B of 200 MB (0%)',
      'downloading org/tiny: 50.0 MB of 200 MB (25%)',
      'downloaded org/tiny: 200 MB\n',
    ]);
  });

  it('takes its line away before anything else is said', () => {
    const { line, later, written } = watched(true);
    line.bytes('org/tiny', 0, 10);
    line.note('the connection broke');
    later(1000);
    line.bytes('org/tiny', 5, 10);
    line.end();
    expect(written()).toContain('(0%)\r\u001b[Kthe connection broke\ndownloading ');
  });

  it('writes plain lines now and then elsewhere', () => {
    const { line, later, written } = watched(false);
    for (let s = 0; s <= 25; s++) {
      line.bytes('org/tiny', s * 4e6, 100e6);
      later(1000);
    }
    line.note('note');
    expect(written()).toBe(
      'downloading org/tiny: 0 B of 100 MB (0%)\ndownloading org/tiny: 40.0 MB of 100 MB (40%)\ndownloading org/tiny: 80.0 MB of 100 MB (80%)\ndownloaded org/tiny: 100 MB\nnote\n',
    );
  });
});
