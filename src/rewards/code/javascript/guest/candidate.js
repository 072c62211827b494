// The candidate's end: it answers for its values (they are called, read and looked up by name) and may call the functions that it was given.
// Everything here is in the candidate's own runtime: whatever it does to this end, it can answer with values only.
(function candidateRole(moduleObject) {
  const { apply, construct, defineProperty, deleteProperty, get, getOwnPropertyDescriptor, getPrototypeOf, has, ownKeys, set } = Reflect;
  const { hasOwn } = Object;
  const { eval: evaluate } = globalThis;
  const TypeErrorOf = TypeError;
  const wellKnown = { __proto__: null, iterator: Symbol.iterator, asyncIterator: Symbol.asyncIterator };
  const prototypes = new Map([
    [Object.prototype, 'Object'],
    [Function.prototype, 'Function'],
    [Array.prototype, 'Array'],
  ]);
  for (const each of [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, Map, Set, Date, RegExp, Promise]) {
    prototypes.set(each.prototype, each.name);
  }
  const mapGet = Function.prototype.call.bind(Map.prototype.get);

  /** Whether the program defines a name: at its top level, or by what it exports. */
  function defines(name) {
    try {
      if (evaluate(`typeof ${name}`) !== 'undefined') return true;
    } catch {
      // Not a name, or one whose definition was never reached.
    }
    const { exports } = moduleObject;
    return (typeof exports === 'object' || typeof exports === 'function') && exports !== null && hasOwn(exports, name);
  }
  function lookup(name) {
    try {
      if (evaluate(`typeof ${name}`) !== 'undefined') return evaluate(name);
    } catch {
      // As above.
    }
    return get(moduleObject.exports, name);
  }

  return (ask) => ({
    live: true,
    unheard: () => 0,
    handle() {
      throw new TypeErrorOf('the tests give no such value');
    },
    callable(name, length, most) {
      const standIn = (...args) => {
        if (args.length > most) args.length = most;
        return ask(['call', standIn, undefined, args])[1];
      };
      defineProperty(standIn, 'name', { __proto__: null, value: name, configurable: true });
      defineProperty(standIn, 'length', { __proto__: null, value: length, configurable: true });
      return standIn;
    },
    perform(request) {
      const what = request[0];
      const value = request[1];
      const key = request[3] === true ? wellKnown[request[2]] : request[2];
      if (what === 'call') {
        const result = apply(value, request[2], request[3]);
        // A function that returns nothing works on what it is given: that goes back.
        return result === undefined ? [true, undefined, request[3]] : [true, result];
      }
      if (what === 'construct') return [true, construct(value, request[2])];
      if (what === 'get') return [true, get(value, key)];
      if (what === 'set') return [true, set(value, key, request[4])];
      if (what === 'has') return [true, has(value, key)];
      if (what === 'delete') return [true, deleteProperty(value, key)];
      if (what === 'prototype') {
        const prototype = getPrototypeOf(value);
        return [true, mapGet(prototypes, prototype) ?? prototype];
      }
      if (what === 'keys') {
        const keys = ownKeys(value);
        const shown = [];
        for (let at = 0; at < keys.length; at++) {
          const each = keys[at];
          if (typeof each === 'string' && getOwnPropertyDescriptor(value, each)?.enumerable) {
            defineProperty(shown, shown.length, { __proto__: null, value: each, writable: true, enumerable: true, configurable: true });
          }
        }
        return [true, shown];
      }
      if (what === 'defines') {
        const found = [];
        for (let at = 0; at < value.length; at++) found[at] = defines(value[at]);
        return [true, found];
      }
      if (what === 'lookup') return [true, lookup(value)];
      if (what === 'exports') return [true, moduleObject.exports];
      throw new TypeErrorOf('there is no such request');
    },
  });
});
