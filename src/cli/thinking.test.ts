import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayWidth, type Paint, plainPaint } from './terminal.ts';
import { responseLines, ThoughtPainter, thoughtRanges } from './thinking.ts';

const marked: Paint = (_, text) => (text === '' ? '' : `{${text}}`);
const unmarked = (text: string): string => text.replaceAll('}{', '');
const whole = (text: string): string => {
  let shown = '';
  let at = 0;
  for (const [start, end] of thoughtRanges(text)) {
    shown += text.slice(at, start) + marked('dim', text.slice(start, end));
    at = end;
  }
  return shown + text.slice(at);
};

describe('thoughts', () => {
  it('are found with their tags, cut short too, and where the prompt began them', () => {
    expect(whole('<think> a </think> b')).toBe('{<think> a </think>} b');
    expect(whole('a <think> b')).toBe('a {<think> b}');
    expect(whole('a </think> b <think> c </think>')).toBe('{a </think>} b {<think> c </think>}');
    expect(whole('no tags < think >')).toBe('no tags < think >');
  });

  it('are dimmed alike whether the text comes whole or in pieces', () => {
    const piece = fc.constantFrom('<think>', '</think>', '<th', 'ink>', '<', '</', 'think>', ' a ', 'b');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const painter = new ThoughtPainter(marked);
        const shown = pieces.map((text) => painter.push(text)).join('') + painter.end();
        const one = new ThoughtPainter(marked);
        expect(unmarked(shown)).toBe(unmarked(one.push(pieces.join('')) + one.end()));
        expect(shown.replaceAll(/[{}]/g, '')).toBe(pieces.join(''));
      }),
    );
    const painter = new ThoughtPainter(marked);
    expect(unmarked(painter.push('x <thi') + painter.push('nk> y </th') + painter.push('ink> z') + painter.end())).toBe(
      'x {<think> y </think>} z',
    );
  });

  it('are shown at once but for what may be the beginning of a tag', () => {
    const painter = new ThoughtPainter(marked);
    expect(painter.push('a <thin')).toBe('a ');
    expect(painter.push('g')).toBe('<thing');
  });
});

describe('a response in lines', () => {
  const long = `<think> ${Array.from({ length: 60 }, (_, i) => `try ${i}`).join(' , ')} </think> <answer> 7 </answer>`;
  it('is cut in its middle and keeps its beginning and its answer', () => {
    const lines = responseLines(long, { width: 40, maxLines: 8, paint: plainPaint });
    expect(lines).toHaveLength(8);
    expect(lines[0]).toMatch(/^<think> try 0/);
    expect(lines.slice(-2).join(' ')).toContain('<answer> 7 </answer>');
    expect(lines[4]).toMatch(/^… \d+ lines …$/);
    const all = responseLines(long, { width: 40, maxLines: 1000, paint: plainPaint });
    expect(Number(/\d+/.exec(lines[4])?.[0])).toBe(all.length - 7);
  });
  it('dims the thought on every line and nothing of the answer', () => {
    const lines = responseLines('<think> aaaa bbbb </think> <answer> c </answer>', { width: 12, maxLines: 9, paint: marked });
    expect(lines).toEqual(['{<think> aaaa}', '{bbbb}', '{</think>}', '<answer> c', '</answer>']);
  });
  it('is never wider or longer than it may be', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 100 }), fc.integer({ min: 1, max: 12 }), (width, maxLines) => {
        const lines = responseLines(`试试 ${long}`, { width, maxLines, paint: plainPaint });
        expect(lines.length).toBeLessThanOrEqual(maxLines);
        for (const line of lines.filter((l) => !l.startsWith('…'))) expect(displayWidth(line)).toBeLessThanOrEqual(width);
      }),
      { numRuns: 40 },
    );
  });
});
