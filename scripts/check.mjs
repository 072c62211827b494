// Runs the named scripts of package.json one after another, all of them even when one fails, and ends with one line that counts:
// each test of vitest is one, and so is each other check. `npm test` and `npm run test:slow` are this.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const usesVitest = { unit: true, slow: true };
const scratch = mkdtempSync(join(tmpdir(), 'thinkling-check-'));
let passed = 0;
let failed = 0;
let skipped = 0;

for (const name of process.argv.slice(2)) {
  const started = performance.now();
  const args = ['run', '--silent', name];
  const report = join(scratch, `${name}.json`);
  if (usesVitest[name]) args.push('--', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`);
  // npm is a script of its own on Windows, which only a shell can start.
  const { status } = spawnSync('npm', args, { stdio: 'inherit', shell: process.platform === 'win32' });
  const ok = status === 0;
  if (usesVitest[name]) count(report, ok);
  else if (ok) passed++;
  else failed++;
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}
rmSync(scratch, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed === 0 ? 0 : 1);

function count(report, ok) {
  const before = failed;
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, 'utf8'));
    passed += numPassedTests;
    failed += numFailedTests;
    skipped += numPendingTests + numTodoTests;
  } catch {
    // No report: vitest itself did not come to its end.
  }
  // A file that does not load, or an error outside of any test, fails the run without failing a test.
  if (!ok && failed === before) failed++;
}
