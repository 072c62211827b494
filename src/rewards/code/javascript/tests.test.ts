// Tests that call the solution: what is passed, what is told apart, and that values cross as a program in one piece would see them.

import { afterAll, describe, expect, test } from 'vitest';
import type { CodeTest, Limits, Submission } from '../verdict.ts';
import { javascriptRunner } from './runner.ts';

const limits: Limits = { wallSeconds: 10, cpuSeconds: 10, memoryBytes: 128 * 2 ** 20, processes: 1, outputBytes: 100_000, fileBytes: 0 };
const runner = javascriptRunner();
afterAll(() => runner.close());

const judge = (solution: string, tests: readonly (CodeTest | string)[], more: Partial<Submission> = {}, within = limits) =>
  runner.judge(
    {
      language: 'javascript',
      solution,
      tests: tests.map((each): CodeTest => (typeof each === 'string' ? { kind: 'assert', code: each } : each)),
      ...more,
    },
    within,
  );
const call = (name: string, args: unknown[], expected: unknown): CodeTest => ({ kind: 'call', function: name, args, expected });

/** Solutions with tests that hold, and tests that do not. */
const cases: { name: string; solution: string; hold: string[]; fail?: string[]; setup?: string; entryPoint?: string }[] = [
  {
    name: "node:assert's forms",
    solution: 'const id = (x) => x; const fail = (message) => { throw new TypeError(message); };',
    hold: [
      'assert(id(1)); assert.ok(id("x")); assert.equal(id(1), "1"); assert.strictEqual(id(NaN), NaN); assert.notStrictEqual(id(0), -0)',
      'assert.deepEqual(id([1, { a: "2" }]), ["1", { a: 2 }]); assert.notDeepEqual(id([1]), [2]); assert.notEqual(id(1), 2)',
      'assert.deepStrictEqual(id({ a: [1, undefined, null, new Map([[1, new Set([2])]])] }), { a: [1, undefined, null, new Map([[1, new Set([2])]])] })',
      'assert.throws(() => fail("no")); assert.throws(() => fail("no"), TypeError); assert.throws(() => fail("no"), /no/); assert.doesNotThrow(() => id(1))',
      'assert.throws(() => fail("no"), { name: "TypeError", message: "no" }); assert.throws(() => fail("no"), (error) => error instanceof Error)',
      'assert.match(id("abc"), /b/); assert.doesNotMatch(id("abc"), /x/); assert.ifError(id(null)); assert.rejects(async () => fail("no"), TypeError)',
      'const assert = require("node:assert/strict"); assert.equal(id(1), 1); assert.deepEqual(id([1]), [1])',
      'import { strictEqual } from "node:assert";\nstrictEqual(id(1), 1);',
    ],
    fail: [
      'assert(id(0))',
      'assert.equal(id(1), 2)',
      'assert.strictEqual(id(1), "1")',
      'assert.deepStrictEqual(id([1, 2]), [1, 3])',
      'assert.deepStrictEqual(id([1, undefined]), [1])',
      'assert.deepStrictEqual(id({ a: 1 }), { a: 1, b: undefined })',
      'assert.deepEqual(id([]), {})',
      'assert.deepStrictEqual(id(new Set([1])), new Set([2]))',
      'assert.throws(() => id(1))',
      'assert.throws(() => fail("no"), RangeError)',
      'assert.throws(() => fail("no"), /yes/)',
      'assert.fail("as it should")',
      'await assert.rejects(async () => id(1))',
      'const assert = require("assert").strict; assert.equal(id(1), "1")',
    ],
  },
  {
    name: 'an answer is not asked whether it is right',
    solution: `const f = (x) => ({ includes: () => true, has: () => true, every: () => true, length: 2 });
class Alike { startsWith() { return true; } some() { return true; } }
const g = (x) => new Alike();
class Bag { constructor(items) { this.items = [...items]; } add(x) { this.items.push(x); return this; } has(x) { return this.items.includes(x); } }
const bagOf = (...items) => new Bag(items);
const cache = () => { const map = new Map(); return { has: (x) => map.has(x), put: (x, y) => map.set(x, y) }; };
const range = (a, b) => Array.from({ length: b - a }, (_, i) => a + i);`,
    hold: [
      'assert(new Bag([1]).has(1)); assert(!new Bag([1]).has(2))',
      'const b = bagOf(1); b.add(2); assert(b.has(2))',
      'const c = cache(); assert(!c.has(1)); c.put(1, 2); assert(c.has(1))',
      'assert(range(1, 4).includes(3)); assert(range(1, 4).every((x) => x > 0))',
    ],
    fail: [
      'assert(f(1).includes(2))',
      'const r = f(1); assert(r.length === 2 && r.has(3))',
      'assert((await f(1)).every((x) => x > 0))',
      'assert(g(1).startsWith("a"))',
      'const r = g(1); assert(r.some((x) => x > 1))',
    ],
  },
  {
    name: 'console.assert counts',
    solution: 'const isEven = (n) => n % 2 === 0;',
    hold: ['const testIsEven = () => {\n  console.assert(isEven(2) === true)\n  console.assert(isEven(3) === false)\n}\n\ntestIsEven()\n'],
    fail: ['const testIsEven = () => {\n  console.assert(isEven(2) === false)\n  console.assert(isEven(3) === false)\n}\n\ntestIsEven()\n'],
  },
  {
    name: "HumanEval's check(candidate)",
    solution: 'function add(a, b) { return a + b; }',
    entryPoint: 'add',
    hold: [
      'function check(candidate) { assert.equal(candidate(1, 2), 3); }',
      'const check = async (candidate) => { assert.equal(await candidate(1, 2), 3); }',
    ],
    fail: ['function check(candidate) { assert.equal(candidate(1, 2), 4); }'],
  },
  {
    name: 'an entry point named like a built-in function',
    solution: 'function escape(text) { return text.toUpperCase(); }',
    entryPoint: 'escape',
    hold: ['assert.strictEqual(escape("a b"), "A B")'],
  },
  {
    name: 'a helper of the setup is not the solution’s to define',
    solution: 'function helper() { return 1; } function poly(xs, x) { return xs.reduceRight((sum, c) => sum * x + c, 0); }',
    setup: "const { strictEqual } = require('assert');\nfunction helper(xs, x) { return xs.reduce((sum, c, i) => sum + c * x ** i, 0); }",
    hold: ['strictEqual(poly([1, 2, 3], 2), helper([1, 2, 3], 2))', 'strictEqual(helper([5], 1), 5)'],
  },
  {
    name: 'a class, its instances and subclasses',
    solution: `class Shape { static made = 0; #name; constructor(name) { this.#name = name; Shape.made++; } get name() { return this.#name; } set name(value) { this.#name = value; } }
class Square extends Shape { constructor(side) { super('square'); this.side = side; } area() { return this.side ** 2; } toString() { return \`\${this.name} of \${this.side}\`; } }
class Stack { items = []; push(x) { this.items.push(x); return this; } pop() { return this.items.pop(); } get size() { return this.items.length; } *[Symbol.iterator]() { yield* this.items; } }
const same = (a, b) => a === b;`,
    hold: [
      'const s = new Square(3); assert(s instanceof Square); assert(s instanceof Shape); assert(!(s instanceof Stack)); assert.equal(s.area(), 9)',
      'const s = new Square(3); s.name = "box"; s.side = 4; assert.equal(s.name, "box"); assert.equal(s.area(), 16); assert.equal(String(s), "box of 4"); assert.equal("".concat(s), "box of 4")',
      'const s = new Stack(); s.push(1).push(2); assert.deepEqual([...s], [1, 2]); assert.equal(s.pop(), 2); assert.equal(s.size, 1); assert.deepEqual(s, { items: [1] })',
      'assert.equal(Shape.made, 2); assert.equal(new Stack().constructor, Stack); assert.equal(Stack.name, "Stack"); assert("items" in new Stack())',
      'const s = new Stack(); assert(same(s, s)); assert(!same(s, new Stack())); assert.deepStrictEqual(new Square(2), new Square(2)); assert.throws(() => Square(1), TypeError)',
    ],
    fail: [
      'assert.deepStrictEqual(new Square(2), { side: 2 })',
      'assert.deepStrictEqual(new Square(2), new Square(3))',
      'assert(new Square(2) == "square of 2")',
    ],
  },
  {
    name: 'callbacks, closures and higher order functions',
    solution: `const compose = (...fs) => (x) => fs.reduceRight((value, f) => f(value), x);
const curry = (f) => function next(...args) { return args.length >= f.length ? f(...args) : (...more) => next(...args, ...more); };
function counter() { let n = 0; return { up: () => ++n, get n() { return n; } }; }
const each = (list, f) => { for (const x of list) f(x); };
const attempt = (f) => { try { return f(); } catch (error) { return error.name + ': ' + error.message; } };`,
    hold: [
      'assert.equal(compose((x) => x + 1, (x) => x * 2)(5), 11); assert.equal(curry((a, b, c) => a + b + c)(1)(2)(3), 6)',
      'const c = counter(); c.up(); c.up(); assert.equal(c.n, 2); const f = compose(); assert.equal(f(3), 3)',
      'const seen = []; each([1, 2], (x) => seen.push(x)); assert.deepEqual(seen, [1, 2])',
      'assert.equal(attempt(() => { throw new RangeError("mine"); }), "RangeError: mine"); assert.equal([1, 2].map(compose((x) => -x))[1], -2)',
      'const f = (x) => x; assert.strictEqual(compose(f)(f), f)',
    ],
  },
  {
    name: 'what is given and what is changed in place',
    solution: `function rotate(list) { list.push(list.shift()); }
function clear(map) { map.clear(); }
function rename(tree) { tree.left.name = 'x'; delete tree.right; tree.more = [1]; }
const kind = (x) => Object.prototype.toString.call(x);
const sum = (node) => (node ? node.val + sum(node.next) : 0);`,
    hold: [
      'const list = [1, 2, 3]; rotate(list); assert.deepStrictEqual(list, [2, 3, 1])',
      'const map = new Map([[1, 2]]); clear(map); assert.equal(map.size, 0)',
      'const tree = { left: { name: "a" }, right: {} }; const { left } = tree; rename(tree); assert.equal(left.name, "x"); assert.deepStrictEqual(tree, { left: { name: "x" }, more: [1] })',
      'assert.deepEqual([[], {}, new Map(), new Set(), new Date(0), /x/, 1n, new Uint8Array(1), null].map((x) => kind(x).slice(8, -1)), ["Array", "Object", "Map", "Set", "Date", "RegExp", "BigInt", "Uint8Array", "Null"])',
      'class ListNode { constructor(val, next = null) { this.val = val; this.next = next; } } assert.equal(sum(new ListNode(1, new ListNode(2))), 3)',
      'const loop = { val: 1 }; loop.self = loop; assert.equal(kind(loop), "[object Object]")',
    ],
  },
  {
    name: 'errors of its own',
    solution: `class Mine extends Error { constructor(message, code) { super(message); this.name = 'Mine'; this.code = code; } }
const fail = (how) => { if (how === 'mine') throw new Mine('m', 7); if (how === 'coded') throw Object.assign(new Error('c'), { code: 'E' }); throw 'text'; };
const give = () => new Mine('given', 1);`,
    hold: [
      'assert.throws(() => fail("mine"), Mine); assert.throws(() => fail("mine"), { name: "Mine", code: 7 }); assert.throws(() => fail("mine"), Error)',
      'try { fail("mine"); assert.fail(); } catch (error) { assert(error instanceof Mine && error instanceof Error); assert.equal(error.code, 7); assert.equal(error.message, "m"); }',
      'assert.throws(() => fail("coded"), { code: "E" }); assert.throws(() => fail("x"), (error) => error === "text"); assert.equal(give().message, "given")',
    ],
    fail: ['assert.throws(() => fail("mine"), TypeError)', 'fail("mine")'],
  },
  {
    name: 'promises, async functions, generators and timers',
    solution: `const later = (x, ms = 5000) => new Promise((resolve, reject) => setTimeout(() => (x instanceof Error ? reject(x) : resolve(x)), ms));
async function all(promises) { return Promise.all(promises); }
function* naturals() { for (let n = 0; ; n++) yield n; }
async function* ticks(n) { for (let i = 0; i < n; i++) { await later(null); yield i; } }
const retry = async (f, times) => { for (;;) { try { return await f(); } catch (error) { if (--times === 0) throw error; } } };
const debounce = (f, ms) => { let timer; return (...args) => { clearTimeout(timer); timer = setTimeout(f, ms, ...args); }; };`,
    hold: [
      'assert.equal(await later(3), 3); await assert.rejects(later(new RangeError("r")), RangeError); assert(later(1) instanceof Promise)',
      'assert.deepEqual(await all([later(1), Promise.resolve(2), 3]), [1, 2, 3])',
      'const it = naturals(); assert.equal(it.next().value, 0); assert.deepEqual(it.next(), { value: 1, done: false }); for (const n of naturals()) if (n > 3) break;',
      'const seen = []; for await (const tick of ticks(3)) seen.push(tick); assert.deepEqual(seen, [0, 1, 2])',
      'let calls = 0; assert.equal(await retry(async () => { if (++calls < 3) throw new Error("again"); return calls; }, 5), 3)',
      'let calls = 0; const f = debounce(() => calls++, 100); f(); f(); await new Promise((done) => setTimeout(done, 500)); assert.equal(calls, 1)',
      'later(2).then((x) => assert.equal(x, 2))',
    ],
    fail: [
      'assert.equal(later(3), 3)',
      'later(2).then((x) => assert.equal(x, 3))',
      'const p = later(2, 0); p.then((x) => assert.equal(x, 3));',
      'await assert.rejects(later(1))',
      'await new Promise(() => {})',
      '[1, 2].forEach(async (n) => { const x = await later(n); assert.equal(x, n + 1); })',
    ],
  },
  {
    name: 'module.exports of a function',
    solution: 'module.exports = (a, b) => a + b;',
    hold: ['assert.equal(add(1, 2), 3)', "const plus = require('./add'); assert.equal(plus(1, 2), 3)"],
  },
  {
    name: 'exports by name',
    solution: 'exports.add = (a, b) => a + b; module.exports.PI = 3;',
    hold: ['assert.equal(add(1, 2), 3)', "const { add, PI } = require('../solution.js'); assert.equal(add(1, PI), 4)"],
    fail: ['subtract(1, 2)', 'assert.throws(() => subtract(1, 2))'],
  },
  {
    name: 'an ES module',
    solution:
      "import { EOL } from 'node:os';\nimport * as util from 'util';\nexport default function add(a, b) { return a + b; }\nexport const eol = EOL, shown = util.inspect([1]);\nclass Hidden {}\nexport { Hidden };",
    hold: ['assert.equal(add(1, 2), 3); assert.equal(eol, "\\n"); assert.equal(shown, "[ 1 ]"); assert(new Hidden())'],
  },
  {
    name: 'a value that changes is read at each use',
    solution: 'let total = 0; const add = (n) => { total += n; }; var shared = { n: 1 };',
    hold: ['add(2); add(3); assert.equal(total, 5); assert.equal(shared.n, 1)'],
  },
];

describe.each(cases)('$name', ({ solution, hold, fail = [], setup, entryPoint }) => {
  test('tests that hold are passed', async () => {
    const verdict = await judge(solution, hold, { setup, entryPoint });
    expect(verdict, verdict.detail).toMatchObject({ outcome: 'passed', passed: hold.length });
  });
  if (fail.length > 0) {
    test('tests that do not are not', async () => {
      for (const each of fail)
        expect(await judge(solution, [each], { setup, entryPoint }), each).toMatchObject({ outcome: 'wrongAnswer', passed: 0 });
    });
  }
});

test('a call is compared by value: exact numbers, no prototypes, 0 and -0 one', async () => {
  const solution =
    'const id = (x) => x; const zero = () => -0; const nothing = () => {}; const near = () => 0.1 + 0.2; async function later(x) { return x; }';
  const hold = [
    call('id', [[1, { a: null }]], [1, { a: null }]),
    call('zero', [], 0),
    call('later', ['x'], 'x'),
    call('id', [2 ** 53], 2 ** 53),
  ];
  expect(await judge(solution, hold)).toMatchObject({ outcome: 'passed', passed: 4 });
  const fail = [
    call('near', [], 0.3),
    call('nothing', [], null),
    call('id', ['1'], 1),
    call('id', [[1, 0]], [true, false]),
    call('id', [{ a: [true] }], { a: [1] }),
    call('id', [[1]], [1, 2]),
    call('missing', [], 1),
  ];
  for (const each of fail) expect(await judge(solution, [each])).toMatchObject({ outcome: 'wrongAnswer', passed: 0 });
});

test('a call may be of a method of Solution', async () => {
  const solution = 'class Solution { twoSum(nums, target) { return [nums.indexOf(2), nums.indexOf(target - 2)]; } }';
  expect(await judge(solution, [call('twoSum', [[2, 7, 11], 9], [0, 1])])).toMatchObject({ outcome: 'passed' });
});

describe('outcomes are told apart', () => {
  test.each([
    ['compileError', 'function f( { return 1; }', 'f()'],
    ['crash', 'null.x; function f() {}', 'f()'],
    ['crash', 'JSON.parse("{"); function f() {}', 'f()'],
    ['crash', 'function f() { setTimeout(() => { throw new Error("late"); }, 1); return new Promise(() => {}); }', 'await f()'],
    ['wrongAnswer', 'function f() { return null.x; }', 'f()'],
    ['wrongAnswer', '', 'f()'],
    ['forbidden', 'require("node:http"); function f() {}', 'f()'],
    ['timeLimit', 'for (;;);', 'f()'],
    ['timeLimit', 'const f = () => { const again = () => Promise.resolve().then(again); return again(); };', 'await f()'],
    ['memoryLimit', 'const f = () => { const all = []; for (;;) all.push(new Float64Array(1e6)); };', 'f()'],
    ['memoryLimit', 'const f = () => { let s = []; for (;;) s = [s, s]; };', 'f()'],
  ] as const)('%s: %s', async (outcome, solution, code) => {
    const seconds = outcome === 'timeLimit' ? 0.5 : 10;
    const verdict = await judge(solution, [code], {}, { ...limits, wallSeconds: seconds, memoryBytes: 64 * 2 ** 20 });
    expect(verdict, verdict.detail).toMatchObject({ outcome, passed: 0 });
  });

  test('tests that cannot be read, and a setup that fails by itself, are no fault of the solution', async () => {
    const solution = 'const f = () => 1;';
    expect(await judge(solution, ['assert(('])).toMatchObject({ outcome: 'sandboxFailure' });
    expect(await judge(solution, ['assert(f())'], { setup: 'const a = ;' })).toMatchObject({ outcome: 'sandboxFailure' });
    expect(await judge(solution, ['assert(f())'], { setup: 'null.x;' })).toMatchObject({ outcome: 'sandboxFailure' });
    expect(await judge('', ['assert(true)'], { setup: 'const one = f();' })).toMatchObject({ outcome: 'crash' });
    expect(await judge(solution, [])).toMatchObject({ outcome: 'sandboxFailure' });
  });
});

test('tests that ask nothing of the solution give no verdict', async () => {
  expect(await judge('const other = 1;', ['assert.deepEqual(structuredClone({ a: 1 }), { a: 1 })'])).toMatchObject({
    outcome: 'sandboxFailure',
  });
});

test('what is passed before and after a failure is counted, up to one that ends the program', async () => {
  const solution = 'const f = (x) => { while (x === 3); return x; };';
  const tests = ['assert.equal(f(1), 1)', 'assert.equal(f(1), 2)', 'assert.equal(f(2), 2)', 'f(3)', 'assert.equal(f(4), 4)'];
  expect(await judge(solution, tests, {}, { ...limits, wallSeconds: 0.5 })).toMatchObject({ outcome: 'wrongAnswer', passed: 2, total: 5 });
  expect(await judge(solution, tests.slice(2), {}, { ...limits, wallSeconds: 0.5 })).toMatchObject({
    outcome: 'timeLimit',
    passed: 1,
    total: 3,
  });
});

test('a native call that no interrupt reaches is ended from outside, and the runner goes on', async () => {
  const solution =
    'const list = new Float64Array(4e6).map((_, i) => (i * 7919) % 1000003); const f = () => { for (;;) list.sort().reverse(); };';
  const started = performance.now();
  expect(await judge(solution, ['f()'], {}, { ...limits, wallSeconds: 0.5 })).toMatchObject({ outcome: 'timeLimit' });
  expect(performance.now() - started).toBeLessThan(8000);
  expect(await judge('const f = () => 1;', ['assert.equal(f(), 1)'])).toMatchObject({ outcome: 'passed' });
});

test('a solution is no main program while its functions are called', async () => {
  const solution = 'const f = () => 1; if (require.main === module) process.exit(0);';
  expect(await judge(solution, ['assert.equal(f(), 1)'])).toMatchObject({ outcome: 'passed' });
});

test('nothing of one judgement is there in the next', async () => {
  const spoil = `globalThis.left = 1; Array.prototype.left = 2; Map.prototype.get = () => 3; process.stdout.write = null; exports.f = () => 4;
setTimeout(() => { globalThis.late = 5; }, 1); Promise.resolve().then(() => { Promise.prototype.then = null; }); const f = () => 1;`;
  const look =
    'const f = () => [typeof left, typeof late, [].left, new Map([[1, 2]]).get(1), typeof process.stdout.write, exports.f, typeof Promise.prototype.then];';
  expect(await judge(spoil, ['assert.equal(f(), 1)'])).toMatchObject({ outcome: 'passed' });
  expect(
    await judge(look, ["assert.deepStrictEqual(f(), ['undefined', 'undefined', undefined, 2, 'function', undefined, 'function'])"]),
  ).toMatchObject({
    outcome: 'passed',
  });
});

test('judgements at the same time do not meet', async () => {
  const verdicts = await Promise.all(
    [1, 2, 3].map((n) => judge(`globalThis.n = ${n}; const f = () => globalThis.n;`, [`assert.equal(f(), ${n === 3 ? 0 : n})`])),
  );
  expect(verdicts.map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'wrongAnswer']);
});

test('a recursion as deep as Node allows is no failure', async () => {
  const solution =
    'const depth = (n) => (n === 0 ? 0 : 1 + depth(n - 1)); const list = (n) => { let l = null; while (n--) l = { l }; return l; };';
  expect(await judge(solution, ['assert.equal(depth(9000), 9000)', 'assert(list(50000).l.l)'])).toMatchObject({ outcome: 'passed' });
});
