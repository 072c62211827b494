// What a sandboxed program finds open.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { codeSandbox } from '../../../testing/codeSandbox.ts';
import { describeNeeding } from '../../../testing/need.ts';

const script = `
import { CodePool } from '${new URL('../pool.ts', import.meta.url)}';
const pool = new CodePool(1);
const solution = 'import os\\ndef f(): return sorted(int(each) for each in os.listdir("/proc/self/fd"))';
const tests = [{ kind: 'assert', code: 'assert f() == [0, 1, 2, 3, 4]' }];
const { outcome, detail } = await pool.judge({ language: 'python', solution, tests });
console.log(outcome, detail);
await pool.close();
`;

describeNeeding(await codeSandbox(), "a sandbox's descriptors", () => {
  // The fifth is the folder that is being listed.
  test('are its own, not those that this process inherited', { timeout: 60_000 }, async () => {
    const command = 'exec 200</etc/passwd; exec "$0" --import tsx --input-type=module -e "$1"';
    const { stdout } = await promisify(execFile)('bash', ['-c', command, process.execPath, script]);
    expect(stdout).toContain('passed');
  });
});
