import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayWidth, isInteractive, padStart, paintFor, plainPaint, printable, truncate, wrap, wrapRanges } from './terminal.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'bc', ' ', '  ', '\n', '试', '😀', 'e\u0301', 'longword'), maxLength: 60 });

describe('widths', () => {
  it('count Chinese characters and emoji as two columns, accents and styles as none', () => {
    expect(displayWidth('try 试 , 对')).toBe(11);
    expect(displayWidth('😀')).toBe(2);
    expect(displayWidth('e\u0301')).toBe(1);
    expect(displayWidth('\u001b[1mbold\u001b[22m')).toBe(4);
    expect(padStart('试', 4)).toBe('  试');
  });
  it('truncate to what fits, with an ellipsis', () => {
    expect(truncate('abcdef', 6)).toBe('abcdef');
    expect(truncate('abcdefg', 6)).toBe('abcde…');
    expect(truncate('试试试试', 6)).toBe('试试…');
  });
});

describe('wrapping', () => {
  it('keeps every line within the width and loses nothing but spaces and newlines at the breaks', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 30 }), (value, width) => {
        const ranges = wrapRanges(value, width);
        let at = 0;
        for (const [start, end] of ranges) {
          expect(displayWidth(value.slice(start, end))).toBeLessThanOrEqual(width);
          expect(value.slice(at, start)).toMatch(/^[ \n]*$/);
          at = end;
        }
        expect(value.slice(at)).toMatch(/^[ \n]*$/);
      }),
    );
  });
  it('breaks at spaces where it can', () => {
    expect(wrap('one two three four', 10)).toEqual(['one two', 'three four']);
    expect(wrap('abcdefghijklmno', 10, '')).toEqual(['abcdefghij', 'klmno']);
    expect(wrap('warning: this is long', 14, '  ')).toEqual(['warning:', '  this is long']);
    expect(wrap('a\n\nb', 20)).toEqual(['a', '', 'b']);
  });
});

describe('text from elsewhere', () => {
  it('cannot steer the terminal', () => {
    expect(printable('a\u001b[2Jb\u009bc\rd\u0007\u202ee')).toBe('a\ufffd[2Jb\ufffdc\ufffdd\ufffd\ufffde');
    expect(printable('two\r\nlines\tand a tab')).toBe('two\nlines\tand a tab');
  });
});

describe('the stream', () => {
  const stream = (tty: boolean) => ({ isTTY: tty, hasColors: () => true }) as unknown as NodeJS.WriteStream;
  it('has colours on a terminal, unless NO_COLOR says otherwise; FORCE_COLOR gives them to a pipe', () => {
    expect(paintFor(stream(true), {})('dim', 'x')).toBe('\u001b[2mx\u001b[22m');
    expect(paintFor(stream(true), { NO_COLOR: '1' })('dim', 'x')).toBe('x');
    expect(paintFor(stream(false), {})).toBe(plainPaint);
    expect(paintFor(stream(false), { FORCE_COLOR: '1' })('red', 'x')).toBe('\u001b[31mx\u001b[39m');
  });
  it('is drawn on only where somebody looks', () => {
    expect(isInteractive(stream(true), {})).toBe(true);
    expect(isInteractive(stream(false), {})).toBe(false);
    expect(isInteractive(stream(true), { CI: 'true' })).toBe(false);
    expect(isInteractive(stream(true), { CI: 'false' })).toBe(true);
    expect(isInteractive(stream(true), { TERM: 'dumb' })).toBe(false);
  });
});
