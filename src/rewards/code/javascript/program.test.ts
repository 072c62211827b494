// Whole programs as they are written for Node: how they read their input, what they print, how they end.

import { afterAll, describe, expect, test } from 'vitest';
import type { Limits } from '../verdict.ts';
import { javascriptRunner } from './runner.ts';

const limits: Limits = { wallSeconds: 10, cpuSeconds: 10, memoryBytes: 128 * 2 ** 20, processes: 1, outputBytes: 4_000_000, fileBytes: 0 };
const runner = javascriptRunner();
afterAll(() => runner.close());

const judge = (solution: string, stdin: string, stdout: string, within = limits) =>
  runner.judge({ language: 'javascript', solution, tests: [{ kind: 'stdio', stdin, stdout }] }, within);

const stdin = '2\n1 2\nlast é line\n';
const seen = '["2","1 2","last é line"]';
const show = 'function show(lines) { console.log(JSON.stringify(lines)); }';

describe('standard input', () => {
  test.each([
    ['fs', `show(require('fs').readFileSync(0, 'utf8').trim().split('\\n'))`],
    ['/dev/stdin', `show(require('fs').readFileSync('/dev/stdin').toString().trim().split('\\n'))`],
    ['a buffer', `show(String(require('fs').readFileSync(0)).trim().split('\\n'))`],
    ['node:fs by import', `import { readFileSync } from 'node:fs';\nshow(readFileSync(0, { encoding: 'utf-8' }).trim().split('\\n'))`],
    [
      'import of a default',
      `import fs from 'fs';\nconst text = fs.readFileSync(process.stdin.fd, 'utf8');\nshow(text.trim().split('\\n'))`,
    ],
    ['dynamic import', `import('fs').then(({ readFileSync }) => show(readFileSync(0, 'utf8').trim().split('\\n')))`],
    [
      'readline',
      `const lines = []; require('readline').createInterface({ input: process.stdin }).on('line', (l) => lines.push(l)).on('close', () => show(lines))`,
    ],
    [
      'readline, iterated',
      `const rl = require('readline').createInterface({ input: process.stdin }); (async () => { const lines = []; for await (const l of rl) lines.push(l); show(lines); })()`,
    ],
    [
      'readline, asked',
      `const rl = require('readline').createInterface(process.stdin, process.stdout); rl.question('', (a) => rl.question('', (b) => rl.question('', (c) => { show([a, b, c]); rl.close(); })))`,
    ],
    [
      'readline/promises',
      `import * as readline from 'node:readline/promises';\nconst rl = readline.createInterface({ input: process.stdin });\nconst lines = [await rl.question(''), await rl.question(''), await rl.question('')]; rl.close(); show(lines)`,
    ],
    [
      'data and end',
      `let text = ''; process.stdin.setEncoding('utf8'); process.stdin.on('data', (c) => { text += c; }); process.stdin.on('end', () => show(text.trim().split('\\n')))`,
    ],
    [
      'chunks',
      `const chunks = []; process.stdin.on('data', (c) => chunks.push(c)).on('end', () => show(Buffer.concat(chunks).toString('utf8').trim().split('\\n')))`,
    ],
    [
      'readable',
      `let text = ''; process.stdin.on('readable', () => { let c; while ((c = process.stdin.read()) !== null) text += c; }); process.stdin.on('end', () => show(text.trim().split('\\n')))`,
    ],
    [
      'stdin, iterated',
      `(async () => { let text = ''; for await (const c of process.stdin) text += c; show(text.trim().split('\\n')); })()`,
    ],
    ['top-level await', `let text = ''; for await (const c of process.stdin) text += c;\nshow(text.trim().split('\\n'))`],
    [
      'readSync',
      `const buffer = Buffer.from(new Uint8Array(64)); const n = require('fs').readSync(0, buffer, 0, 64); show(Buffer.from(buffer.subarray(0, n)).toString().trim().split('\\n'))`,
    ],
  ])('by %s', async (_, solution) => {
    const verdict = await judge(`${solution};\n${show}`, stdin, seen);
    expect(verdict, verdict.detail).toMatchObject({ outcome: 'passed' });
  });
});

describe('standard output', () => {
  test.each([
    [`console.log(1, 'a', [1, 'b'], { a: { b: [] } }, null, undefined)`, `1 a [ 1, 'b' ] { a: { b: [] } } null undefined`],
    [`console.log('%s has %d', 'x', 3); console.info('%%'); console.error('not here')`, 'x has 3\n%%'],
    [`process.stdout.write('a'); process.stdout.write(String(1)); process.stdout.write('\\n')`, 'a1'],
    [`require('fs').writeFileSync('/dev/stdout', 'out\\n'); require('fs').writeSync(1, 'more')`, 'out\nmore'],
    [
      `console.log(new Map([['a', 1]]), new Set([1]), [1.5, -0], 10n, Symbol('s'), class A {}, () => {})`,
      `Map(1) { 'a' => 1 } Set(1) { 1 } [ 1.5, -0 ] 10n Symbol(s) [class A] [Function (anonymous)]`,
    ],
    [`console.log('zero\\0byte', '\\ud83d\\ude00')`, 'zero\0byte 😀'],
    [
      `setTimeout(() => console.log('third'), 100000); setTimeout(() => console.log('second'), 5); Promise.resolve().then(() => console.log('first'))`,
      'first\nsecond\nthird',
    ],
    [`const start = Date.now(); setTimeout(() => console.log(Date.now() - start >= 60000), 60000)`, 'true'],
    [`process.nextTick(() => console.log(2)); setImmediate(() => console.log(3)); console.log(1)`, '1\n2\n3'],
    [`if (require.main === module) console.log(process.argv.length, typeof process.argv[1])`, '2 string'],
    [`console.log(9007199254740993n.toString(), 2 ** 53)`, '9007199254740993 9007199254740992'],
  ])('%s', async (solution, stdout) => {
    const verdict = await judge(solution, '', stdout);
    expect(verdict, verdict.detail).toMatchObject({ outcome: 'passed' });
  });

  test('200,000 lines without a last line feed', async () => {
    const lines = Array.from({ length: 200_000 }, (_, n) => String(n % 1000));
    const solution = `const n = Number(require('fs').readFileSync(0)); for (let i = 0; i < n; i++) process.stdout.write(i % 1000 + (i < n - 1 ? '\\n' : ''));`;
    expect(await judge(solution, '200000', `${lines.join('\n')}\n`)).toMatchObject({ outcome: 'passed' });
  });

  test('is compared line by line up to white space at the ends, and numbers exactly', async () => {
    expect(await judge(`console.log('1 2  \\r\\n3\\n\\n')`, '', '1 2\n3')).toMatchObject({ outcome: 'passed' });
    expect(await judge(`console.log('90071992547409930')`, '', '90071992547409931')).toMatchObject({ outcome: 'wrongAnswer' });
    expect(await judge(`console.log('1  2')`, '', '1 2')).toMatchObject({ outcome: 'wrongAnswer' });
    expect(await judge(`console.log('1\\n\\n2')`, '', '1\n2')).toMatchObject({ outcome: 'wrongAnswer' });
    expect((await judge(`console.log('a\\nb')`, '', 'a\nc')).detail).toContain('line 2: "b", expected "c"');
  });
});

describe('the end', () => {
  test.each([
    ['passed', `console.log('x'); process.exit(0); console.log('y')`],
    ['passed', `console.log('x'); try { process.exit(); } finally { console.log('y'); }`],
    ['crash', `console.log('x'); process.exit(1)`],
    ['crash', `console.log('x'); process.exitCode = 3`],
    ['crash', `console.log('x'); throw new Error('no')`],
    ['crash', `console.log('x'); setTimeout(() => null.x)`],
    ['crash', `console.log('x'); await Promise.reject(new Error('no'))`],
    ['compileError', `console.log('x'`],
    ['forbidden', `console.log('x'); require('fs').writeFileSync('/tmp/thinkling-escaped', 'x')`],
    ['forbidden', `import { spawn } from 'child_process';\nspawn('ls'); console.log('x')`],
    ['wrongAnswer', `console.error('x')`],
    ['timeLimit', `console.log('x'); for (;;);`],
    ['timeLimit', `console.log('x'); (function again() { setTimeout(again); })()`],
    ['outputLimit', `for (;;) process.stdout.write('x'.repeat(1e5))`],
  ] as const)('%s: %s', async (outcome, solution) => {
    const verdict = await judge(solution, '', 'x', { ...limits, wallSeconds: outcome === 'timeLimit' ? 0.5 : 10 });
    expect(verdict, verdict.detail).toMatchObject({ outcome });
  });

  test('each program starts anew, and the rest is run after a wrong answer but not after a limit', async () => {
    const tests = (...stdins: string[]) => stdins.map((text) => ({ kind: 'stdio' as const, stdin: text, stdout: 'ok' }));
    const solution = `const text = require('fs').readFileSync(0, 'utf8'); globalThis.n = (globalThis.n ?? 0) + 1; if (n > 1) throw 1; if (text === 'loop') for (;;); console.log(text);`;
    const run = (...stdins: string[]) =>
      runner.judge({ language: 'javascript', solution, tests: tests(...stdins) }, { ...limits, wallSeconds: 0.5 });
    expect(await run('ok', 'no', 'ok')).toMatchObject({ outcome: 'wrongAnswer', passed: 2, total: 3 });
    expect(await run('ok', 'loop', 'ok')).toMatchObject({ outcome: 'timeLimit', passed: 1, total: 3 });
  });

  test('programs and calls may be mixed', async () => {
    const solution = `const double = (n) => 2 * n; if (require.main === module) console.log(double(Number(require('fs').readFileSync(0))));`;
    const verdict = await runner.judge(
      {
        language: 'javascript',
        solution,
        tests: [
          { kind: 'stdio', stdin: '2', stdout: '4' },
          { kind: 'assert', code: 'assert.equal(double(3), 6)' },
          { kind: 'call', function: 'double', args: [4], expected: 8 },
        ],
      },
      limits,
    );
    expect(verdict).toMatchObject({ outcome: 'passed', passed: 3 });
  });
});
