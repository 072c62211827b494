// Programs of the code reward's corpus (rewards/code/fixtures/*.txt): each hostile one with its honest twin. A case begins with
// `=== name | kind`; then its tests, one a line (an assert statement, or JSON of { stdin, stdout }; \n stands for a new line in the former);
// then `--- hostile` and `--- honest`.

import { readFileSync } from 'node:fs';
import type { CodeTest } from '../rewards/code/verdict.ts';

export interface HostileProgram {
  name: string;
  kind: string;
  tests: CodeTest[];
  hostile: string;
  honest: string;
}

export function hostilePrograms(file: URL): HostileProgram[] {
  const [, ...cases] = readFileSync(file, 'utf8').split(/^=== /m);
  return cases.map((text) => {
    const [, title, tests, hostile, honest] = /^(.*)\n([\s\S]*?)^--- hostile\n([\s\S]*?)^--- honest\n([\s\S]*)$/m.exec(text) ?? [];
    if (honest === undefined) throw new Error(`a case without its parts: ${text.slice(0, 80)}`);
    const [name, kind] = title.split(' | ');
    return { name, kind, tests: tests.trim().split('\n').map(readTest), hostile, honest };
  });
}

function readTest(line: string): CodeTest {
  if (line.startsWith('{"')) return { kind: 'stdio', ...(JSON.parse(line) as { stdin: string; stdout: string }) };
  return { kind: 'assert', code: line.replaceAll('\\n', '\n') };
}
