// A program's output against the one expected.

/**
 * Where two outputs differ, in words; undefined where they are the same: line by line up to white space at the lines' ends and empty lines at the
 * end; everything else, numbers too, exactly.
 */
export function outputDifference(actual: string, expected: string): string | undefined {
  const got = linesOf(actual);
  const wanted = linesOf(expected);
  for (let at = 0; at < Math.max(got.length, wanted.length); at++) {
    if (got[at] === wanted[at]) continue;
    const shown = (line: string | undefined) =>
      line === undefined ? 'nothing' : JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}...` : line);
    return `line ${at + 1}: ${shown(got[at])}, expected ${shown(wanted[at])}`;
  }
  return undefined;
}

function linesOf(text: string): string[] {
  // Trimmed line by line: a pattern such as /\s+$/ takes quadratic time on long runs of blanks.
  const lines = text.split('\n').map((line) => line.trimEnd());
  while (lines.at(-1) === '') lines.pop();
  return lines;
}
