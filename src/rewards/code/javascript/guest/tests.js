// The tests' surroundings in the judge's runtime: the names of theirs that the candidate defines, assert and console.assert, and one test
// at a time, whose end the host waits for. A failed assertion counts also where nobody awaits it, unless the test has a `catch` of its own.
(function installTests(end, node, printer) {
  const { eval: evaluate } = globalThis;
  let failures = [];
  let current = '';
  let ended = false;
  let thrown;
  let reached = 0;
  let pendingBefore = 0;

  const { assert, isEqual } = node.makeAssert(printer.inspect, {
    reached: () => reached++,
    failed: (error) => failures.push({ error, certain: false }),
  });
  const certain = (message) => failures.push({ error: new assert.AssertionError({ message }), certain: true });
  node.modules.set('assert', assert);
  node.modules.set('assert/strict', assert.strict);
  globalThis.assert = assert;
  console.assert = (value, ...message) => {
    reached++;
    if (!value) certain(message.length > 0 ? printer.format(...message) : 'console.assert: a false condition');
  };
  process.exit = (code) => {
    const error = new Error(`the test ended by process.exit(${code})`);
    failures.push({ error, certain: true });
    throw error;
  };

  const ask = (...request) => end.ask(request)[1];
  const names = new Proxy(
    {},
    {
      get: (_, name) => (typeof name === 'string' && ask('defines', [name])[0] === true ? ask('lookup', name) : undefined),
      has: (_, name) => typeof name === 'string' && ask('defines', [name])[0] === true,
    },
  );
  /** What require('./solution') gives. */
  function solution() {
    const exported = ask('exports');
    return typeof exported === 'function' ? exported : names;
  }
  const requireModule = require;
  globalThis.require = (name) => (/^\.{0,2}\//.test(name) ? solution() : requireModule(name));

  /** Each name that a test uses and that nothing here has comes from the candidate, at the time of its use. */
  function define(text) {
    const { used, called, entryPoint } = JSON.parse(text);
    const open = used.filter((name) => !(name in globalThis) || name === entryPoint);
    const found = ask('defines', open);
    const exported = ask('exports');
    const missing = (name) => () => {
      if (typeof exported === 'function') return exported;
      // Asked again: what fails for the want of it then counts as the solution's failure.
      ask('defines', [name]);
      certain(`${name} is not defined by the solution`);
      throw new ReferenceError(`${name} is not defined`);
    };
    open.forEach((name, at) => {
      if (found[at] !== true && !called.includes(name) && name !== entryPoint) return;
      Object.defineProperty(globalThis, name, {
        get: found[at] === true ? () => ask('lookup', name) : missing(name),
        set: (value) => Object.defineProperty(globalThis, name, { value, writable: true, enumerable: true, configurable: true }),
        enumerable: true,
        configurable: true,
      });
    });
  }

  function compile(code, last) {
    if (last === '') {
      try {
        // An expression is awaited.
        return evaluate(`(async () => (${code.trim().replace(/;+$/, '')}\n))`);
      } catch {
        // Then it is statements.
      }
    }
    return evaluate(`(async () => {${code}\n${last}})`);
  }

  function begin(code, run) {
    failures = [];
    current = code;
    ended = false;
    thrown = undefined;
    reached = 0;
    pendingBefore = end.pending();
    run().then(
      () => {
        ended = true;
      },
      (error) => {
        ended = true;
        thrown = { error };
      },
    );
  }

  /**
   * Why a test in which nothing failed is not passed: a solution that never answers shall not pass where the test does not wait for it.
   * A test that only asserts what must not happen (assert.fail, assert(false)) reaches nothing where it is passed.
   */
  function unasked() {
    if (end.pending() > pendingBefore && !/\brace\b/.test(current)) return 'a promise of the solution is left pending';
    const asserts = /\bassert\b/.test(current) && !/\bassert\.fail\b|\(\s*false\b/.test(current);
    return asserts && reached === 0 ? 'no assertion was reached' : '';
  }

  function methodOf(name) {
    if (names[name] !== undefined) return names[name];
    const { Solution } = names;
    if (Solution === undefined) throw new ReferenceError(`${name} is not defined by the solution`);
    const instance = new Solution();
    return (...args) => instance[name](...args);
  }

  function describe(error) {
    try {
      if (error instanceof assert.AssertionError) return error.message;
      return typeof error === 'object' && error !== null ? `${error.name}: ${error.message}` : `${printer.inspect(error)} was thrown`;
    } catch {
      return 'something that cannot be shown was thrown';
    }
  }

  return {
    define,
    /** Whether a test's text can be read at all: '' or why not. */
    check(text) {
      try {
        compile(JSON.parse(text), '');
        return '';
      } catch (error) {
        return describe(error);
      }
    },
    /** Begins a test of statements; `last` is what is appended to them. */
    statements(text) {
      const { code, last } = JSON.parse(text);
      begin(code, compile(code, last));
    },
    /** Begins a test of one call by its arguments, with the value expected. */
    call(text) {
      const { name, args, expected } = JSON.parse(text);
      begin('', async () => {
        const wanted = end.decode(expected);
        const result = await methodOf(name)(...end.decode(args));
        if (!isEqual(result, wanted, { strict: true, zeros: true })) {
          assert.fail(`${printer.inspect(result)} is not ${printer.inspect(wanted)}`.slice(0, 400));
        }
      });
    },
    ended: () => ended,
    /** '' where the test that has ended is passed; else what is wrong. */
    verdict() {
      if (thrown !== undefined) return describe(thrown.error) || 'failed';
      const failure = failures.find((each) => each.certain || !/\bcatch\b/.test(current));
      return failure === undefined ? unasked() : describe(failure.error) || 'failed';
    },
  };
});
