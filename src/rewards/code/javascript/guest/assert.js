// node:assert in its common forms, and deep equality. In the judge's runtime `watch` hears of each assertion that is reached and
// of each that fails, also where nobody awaits it. What comes from the candidate is data or a stand-in here, so nothing of the candidate's decides what is equal.
(function makeAssert(inspect, watch) {
  const { getPrototypeOf, ownKeys, getOwnPropertyDescriptor } = Reflect;

  class AssertionError extends Error {
    constructor({ message, actual, expected, operator }) {
      super(message);
      this.name = 'AssertionError';
      this.code = 'ERR_ASSERTION';
      this.generatedMessage = false;
      this.actual = actual;
      this.expected = expected;
      this.operator = operator;
    }
  }

  function fail(message, fallback, facts = {}) {
    if (message instanceof Error) {
      watch.failed(message);
      throw message;
    }
    const error = new AssertionError({ message: message === undefined ? fallback() : String(message), ...facts });
    watch.failed(error);
    throw error;
  }

  const shown = (value) => {
    try {
      const text = inspect(value);
      return text.length > 200 ? `${text.slice(0, 200)}...` : text;
    } catch {
      return typeof value;
    }
  };

  const isObject = (value) => typeof value === 'object' && value !== null;
  const enumerable = (object) => ownKeys(object).filter((key) => getOwnPropertyDescriptor(object, key)?.enumerable);
  const boxed = [Number, String, Boolean, BigInt, Symbol];
  /** By class: what only a real instance answers to. One that merely claims the class would answer by methods of its own. */
  const brands = new Map([
    [Date, Date.prototype.getTime],
    [RegExp, getOwnPropertyDescriptor(RegExp.prototype, 'source').get],
    [Map, getOwnPropertyDescriptor(Map.prototype, 'size').get],
    [Set, getOwnPropertyDescriptor(Set.prototype, 'size').get],
    ...boxed.map((kind) => [kind, kind.prototype.valueOf]),
  ]);
  function isReal(kind, value) {
    try {
      brands.get(kind).call(value);
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Whether two values are equal: `strict` as deepStrictEqual (Object.is, prototypes), else as deepEqual (==, no prototypes).
   * `zeros`: 0 and -0 are one.
   */
  function isEqual(actual, expected, { strict, zeros = !strict }, pairs = []) {
    if (Object.is(actual, expected)) return true;
    if (!isObject(actual) || !isObject(expected)) {
      if (isObject(actual) || isObject(expected) || typeof actual === 'function' || typeof expected === 'function') return false;
      // biome-ignore lint/suspicious/noDoubleEquals: deepEqual is defined by ==.
      return strict ? zeros && actual === expected : actual == expected || (Number.isNaN(actual) && Number.isNaN(expected));
    }
    if (strict && getPrototypeOf(actual) !== getPrototypeOf(expected)) return false;
    if (Array.isArray(actual) !== Array.isArray(expected)) return false;
    for (const [left, right] of pairs) if (left === actual && right === expected) return true;
    pairs.push([actual, expected]);
    const equal = sameContents(actual, expected, { strict, zeros }, pairs);
    pairs.pop();
    return equal;
  }

  function sameContents(actual, expected, how, pairs) {
    if (actual instanceof Error !== expected instanceof Error) return false;
    for (const kind of brands.keys()) {
      const isOne = actual instanceof kind;
      if (isOne !== expected instanceof kind) return false;
      if (isOne && !(isReal(kind, actual) && isReal(kind, expected))) return false;
    }
    if (actual instanceof Date && !Object.is(actual.getTime(), expected.getTime())) return false;
    if (actual instanceof RegExp && `${actual}` !== `${expected}`) return false;
    if (actual instanceof Error && (actual.message !== expected.message || actual.name !== expected.name)) return false;
    for (const kind of boxed) if (actual instanceof kind && !Object.is(actual.valueOf(), expected.valueOf())) return false;
    if (ArrayBuffer.isView(actual) !== ArrayBuffer.isView(expected)) return false;
    if (Array.isArray(actual) && actual.length !== expected.length) return false;
    if (actual instanceof Map && !sameMaps(actual, expected, how, pairs)) return false;
    if (actual instanceof Set && !sameSets(actual, expected, how, pairs)) return false;
    const keys = enumerable(actual);
    if (keys.length !== enumerable(expected).length) return false;
    for (const key of keys) {
      if (!getOwnPropertyDescriptor(expected, key)?.enumerable) return false;
      if (!isEqual(actual[key], expected[key], how, pairs)) return false;
    }
    return true;
  }

  function sameMaps(actual, expected, how, pairs) {
    if (actual.size !== expected.size) return false;
    const open = new Set();
    for (const [key, value] of actual) {
      if (!expected.has(key)) open.add(key);
      else if (!isEqual(value, expected.get(key), how, pairs)) return false;
    }
    return [...expected].every(([key, value]) => {
      if (actual.has(key)) return true;
      for (const other of open) {
        if (isEqual(other, key, how, pairs) && isEqual(actual.get(other), value, how, pairs)) return open.delete(other);
      }
      return false;
    });
  }

  function sameSets(actual, expected, how, pairs) {
    if (actual.size !== expected.size) return false;
    const open = new Set([...actual].filter((item) => !expected.has(item)));
    return [...expected].every((item) => {
      if (actual.has(item)) return true;
      for (const other of open) if (isEqual(other, item, how, pairs)) return open.delete(other);
      return false;
    });
  }

  /** Whether what was thrown is what `expected` says: a class, a pattern, an object's properties, or a function that judges it. */
  function matches(error, expected) {
    if (expected instanceof RegExp) return expected.test(String(error));
    if (typeof expected === 'function') {
      if (expected.prototype !== undefined && error instanceof expected) return true;
      if (expected === Error || Object.prototype.isPrototypeOf.call(Error, expected)) return false;
      return expected.call({}, error) === true;
    }
    return Reflect.ownKeys(expected).every((key) => {
      const value = error?.[key];
      const wanted = expected[key];
      return wanted instanceof RegExp && typeof value === 'string' ? wanted.test(value) : isEqual(value, wanted, { strict: true });
    });
  }

  function thrown(error, expected, message) {
    if (typeof expected === 'string' || expected === undefined || matches(error, expected)) return;
    fail(message, () => `threw ${shown(error)}, which is not what the test expects`, { actual: error, expected, operator: 'throws' });
  }

  const assert = (...values) => assert.ok(...values);
  const compare = (operator, test, words) => (actual, expected, message) => {
    watch.reached();
    if (!test(actual, expected)) fail(message, () => `${shown(actual)} ${words} ${shown(expected)}`, { actual, expected, operator });
  };
  Object.assign(assert, {
    AssertionError,
    ok(value, message) {
      watch.reached();
      if (!value) fail(message, () => `${shown(value)} is not truthy`, { actual: value, expected: true, operator: '==' });
    },
    fail: (message) => fail(message, () => 'Failed'),
    // biome-ignore lint/suspicious/noDoubleEquals: equal is defined by ==.
    equal: compare('==', (a, b) => a == b || (Number.isNaN(a) && Number.isNaN(b)), '!='),
    // biome-ignore lint/suspicious/noDoubleEquals: notEqual is defined by !=.
    notEqual: compare('!=', (a, b) => a != b && !(Number.isNaN(a) && Number.isNaN(b)), '=='),
    strictEqual: compare('strictEqual', Object.is, '!=='),
    notStrictEqual: compare('notStrictEqual', (a, b) => !Object.is(a, b), '==='),
    deepEqual: compare('deepEqual', (a, b) => isEqual(a, b, { strict: false }), 'is not equal to'),
    notDeepEqual: compare('notDeepEqual', (a, b) => !isEqual(a, b, { strict: false }), 'is equal to'),
    deepStrictEqual: compare('deepStrictEqual', (a, b) => isEqual(a, b, { strict: true }), 'is not equal to'),
    notDeepStrictEqual: compare('notDeepStrictEqual', (a, b) => !isEqual(a, b, { strict: true }), 'is equal to'),
    match: compare('match', (text, pattern) => typeof text === 'string' && pattern.test(text), 'does not match'),
    doesNotMatch: compare('doesNotMatch', (text, pattern) => typeof text !== 'string' || !pattern.test(text), 'matches'),
    throws(run, expected, message) {
      watch.reached();
      let error;
      try {
        run();
      } catch (caught) {
        error = { caught };
      }
      if (error === undefined)
        fail(typeof expected === 'string' ? expected : message, () => 'Missing expected exception', { operator: 'throws' });
      thrown(error.caught, expected, message);
    },
    doesNotThrow(run, expected, message) {
      watch.reached();
      try {
        run();
      } catch (error) {
        fail(typeof expected === 'string' ? expected : message, () => `Got unwanted exception: ${shown(error)}`, { actual: error });
      }
    },
    async rejects(promise, expected, message) {
      watch.reached();
      let error;
      try {
        await (typeof promise === 'function' ? promise() : promise);
      } catch (caught) {
        error = { caught };
      }
      if (error === undefined)
        fail(typeof expected === 'string' ? expected : message, () => 'Missing expected rejection', { operator: 'rejects' });
      thrown(error.caught, expected, message);
    },
    async doesNotReject(promise, expected, message) {
      watch.reached();
      try {
        await (typeof promise === 'function' ? promise() : promise);
      } catch (error) {
        fail(typeof expected === 'string' ? expected : message, () => `Got unwanted rejection: ${shown(error)}`, { actual: error });
      }
    },
    ifError(value) {
      watch.reached();
      if (value !== null && value !== undefined) fail(undefined, () => `ifError got unwanted exception: ${shown(value)}`);
    },
  });
  const strict = (...values) => assert.ok(...values);
  Object.assign(strict, assert, {
    equal: assert.strictEqual,
    notEqual: assert.notStrictEqual,
    deepEqual: assert.deepStrictEqual,
    notDeepEqual: assert.notDeepStrictEqual,
  });
  strict.strict = strict;
  assert.strict = strict;
  return { assert, isEqual };
});
