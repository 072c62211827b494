// Comparing what a program wrote with what is expected of it.

/** Equal line by line up to white space at the lines' ends and empty lines at the end; everything else, numbers too, exactly. */
export function sameOutput(written: string, expected: string): boolean {
  return lines(written) === lines(expected);
}

function lines(text: string): string {
  // Trimmed line by line: a pattern such as /\s+$/ takes quadratic time on long runs of blanks.
  const trimmed = text.split('\n').map((line) => line.trimEnd());
  while (trimmed.at(-1) === '') trimmed.pop();
  return trimmed.join('\n');
}
