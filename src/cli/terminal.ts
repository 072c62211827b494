// What is known of the terminal (is there one, does it take colours, how wide is it), and text as it lies on it: widths in columns,
// wrapping, cutting. Text from models and data passes `printable`, so that none of it can steer the terminal.

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'inverse';

/** Text in a style; plain where there are no colours. */
export type Paint = (style: Style, text: string) => string;

const codes: Record<Style, readonly [number, number]> = {
  bold: [1, 22],
  dim: [2, 22],
  inverse: [7, 27],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

export const plainPaint: Paint = (_, text) => text;
const colourPaint: Paint = (style, text) => (text === '' ? '' : `\u001b[${codes[style][0]}m${text}\u001b[${codes[style][1]}m`);

/** Colours where the stream is a terminal that has them; NO_COLOR, FORCE_COLOR and TERM are heeded. */
export function paintFor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): Paint {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return plainPaint;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR === '0' || env.FORCE_COLOR === 'false' ? plainPaint : colourPaint;
  return stream.isTTY && stream.hasColors(env) ? colourPaint : plainPaint;
}

/** Whether something may be drawn and drawn over: a terminal, not a log that a machine keeps. */
export function isInteractive(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): boolean {
  return stream.isTTY === true && env.TERM !== 'dumb' && (env.CI === undefined || env.CI === '' || env.CI === 'false' || env.CI === '0');
}

/** Columns to write in; a log gets as many as a usual terminal. */
export function widthOf(stream: NodeJS.WriteStream): number {
  return Math.max(20, stream.columns || 80);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Text that somebody else wrote, with every character that could steer a terminal made visible as U+FFFD. Tabs and newlines stay. */
export function printable(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(control, '\ufffd');
}

const zeroWidth = /[\p{Mn}\p{Me}\p{Cf}]/u;
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: styles as this file writes them
const styleCodes = /\u001b\[\d+m/g;

function charWidth(char: string): number {
  if (char < '\u0300') return 1;
  return zeroWidth.test(char) ? 0 : wide.test(char) ? 2 : 1;
}

/** Columns that a text takes on a terminal: Chinese characters take two, styles none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const char of text.replace(styleCodes, '')) width += charWidth(char);
  return width;
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text;
}

/** The text if it fits, else its beginning with an ellipsis. Unstyled text only. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const char of text) {
    if (used + charWidth(char) > width - 1) break;
    kept += char;
    used += charWidth(char);
  }
  return `${kept}…`;
}

/**
 * Where the lines of a text begin and end ([start, end) each) if none may be wider than `width` columns. Breaks at spaces, and
 * within a word only where it is too long for a line; the spaces at a break belong to no line.
 */
export function wrapRanges(text: string, width: number): [number, number][] {
  const lines: [number, number][] = [];
  let at = 0;
  for (const paragraph of text.split('\n')) {
    const end = at + paragraph.length;
    let start = at;
    let used = 0;
    let breakAt = -1;
    for (let i = at; i < end; ) {
      const char = String.fromCodePoint(text.codePointAt(i) as number);
      const next = used + charWidth(char);
      if (next > width && i > start) {
        const stop = char === ' ' ? i : breakAt > start ? breakAt : i;
        lines.push([start, stop]);
        start = stop;
        while (start < end && text[start] === ' ') start++;
        i = start;
        used = 0;
        breakAt = -1;
        continue;
      }
      if (char === ' ' && i > start) breakAt = i;
      used = next;
      i += char.length;
    }
    lines.push([start, end]);
    at = end + 1;
  }
  return lines;
}

/** Lines no wider than `width`; those after the first begin with `indent`. Unstyled text only. */
export function wrap(text: string, width: number, indent = ''): string[] {
  const room = Math.max(10, width - displayWidth(indent));
  return wrapRanges(text, room).map(([start, end], i) => (i === 0 ? '' : indent) + text.slice(start, end));
}
