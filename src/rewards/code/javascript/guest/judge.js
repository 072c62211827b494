// The judge's end: the tests run here, and the candidate's functions and objects are stand-ins whose every use is a request to its runtime.
// The candidate in turn may only call the functions that a test hands it. No symbol but those of iteration crosses, so that none of
// the candidate's conversions decides a comparison.
(function judgeRole() {
  const intrinsics = { __proto__: null };
  for (const each of [Object, Function, Array, Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError]) {
    intrinsics[each.name] = each.prototype;
  }
  for (const each of [Map, Set, Date, RegExp, Promise]) intrinsics[each.name] = each.prototype;
  class Constructor {}
  const symbols = new Map([
    [Symbol.iterator, 'iterator'],
    [Symbol.asyncIterator, 'asyncIterator'],
  ]);

  /** Puts a copy's contents into what it is a copy of. */
  function restore(into, from, depth) {
    if (Object.isFrozen(into)) return;
    if (Array.isArray(into)) {
      for (let at = 0; at < from.length; at++) {
        if (isSameKind(into[at], from[at]) && depth < 64) restore(into[at], from[at], depth + 1);
        else into[at] = from[at];
      }
      into.length = from.length;
    } else if (into instanceof Map) {
      into.clear();
      for (const [key, value] of from) into.set(key, value);
    } else if (into instanceof Set) {
      into.clear();
      for (const value of from) into.add(value);
    } else if (into instanceof Date) into.setTime(from.getTime());
    else if (ArrayBuffer.isView(into)) into.set(from);
    else {
      for (const key of Object.keys(into)) if (!Object.hasOwn(from, key)) delete into[key];
      for (const key of Object.keys(from)) {
        if (isSameKind(into[key], from[key]) && depth < 64) restore(into[key], from[key], depth + 1);
        else into[key] = from[key];
      }
    }
  }
  const kinds = [Array.prototype, Object.prototype, Map.prototype, Set.prototype, Date.prototype];
  function isSameKind(into, from) {
    if (typeof into !== 'object' || typeof from !== 'object' || into === null || from === null || into === from) return false;
    if (ArrayBuffer.isView(into)) return ArrayBuffer.isView(from) && into.length === from.length;
    const kind = Object.getPrototypeOf(into);
    return kinds.includes(kind) && Object.getPrototypeOf(from) === kind;
  }

  // Methods by which data compare. An object that a function returned where data should be would be asked for the verdict, so it is not asked
  // them: not before a test has asked it something that data do not have, or changed it, as it does with a stack or a cache.
  const comparing = new Set('includes startsWith endsWith indexOf lastIndexOf search some every find findLast findIndex has'.split(' '));
  const changing = new Set('add set delete push pop shift unshift clear'.split(' '));
  const ofData = new Set(
    [Object, Array, String, Number, Function, Map, Set].flatMap((each) => Object.getOwnPropertyNames(each.prototype)).concat('then'),
  );

  return (ask) => {
    let unheard = 0;
    /** Objects of the solution that nobody has had yet, and those that a function gave for some arguments. */
    const fresh = new WeakSet();
    const answers = new WeakSet();
    const standInOf = (target, local, most = Infinity) => {
      // As a number an object is one for good: no comparison sees another than the one before.
      let number;
      const standIn = new Proxy(target, {
        get(_, key) {
          if (typeof key === 'symbol') {
            if (key === Symbol.toPrimitive && local === undefined) {
              return (hint) => {
                if (hint !== 'number') return toPrimitive(standIn, hint);
                number ??= { value: toPrimitive(standIn, hint) };
                return number.value;
              };
            }
            const name = symbols.get(key);
            return name === undefined ? undefined : ask(['get', standIn, name, true])[1];
          }
          if (local !== undefined && Object.hasOwn(local, key)) return local[key];
          if (answers.has(standIn)) {
            if (comparing.has(key)) throw new TypeError(`${key} is not asked of an object of the solution that should be data`);
            if (changing.has(key) || !ofData.has(key)) answers.delete(standIn);
          }
          const value = ask(['get', standIn, key, false])[1];
          return key === 'then' && typeof value === 'function' ? heard(standIn, value) : value;
        },
        set: (_, key, value) => typeof key === 'string' && ask(['set', standIn, key, false, value])[1] === true,
        has: (_, key) => typeof key === 'string' && ask(['has', standIn, key, false])[1] === true,
        deleteProperty: (_, key) => typeof key === 'string' && ask(['delete', standIn, key, false])[1] === true,
        defineProperty: () => false,
        preventExtensions: () => false,
        setPrototypeOf: () => false,
        getPrototypeOf() {
          const [, prototype] = ask(['prototype', standIn]);
          if (typeof prototype === 'string') return intrinsics[prototype] ?? Object.prototype;
          return prototype;
        },
        ownKeys: () => [...new Set(ask(['keys', standIn])[1])],
        getOwnPropertyDescriptor(_, key) {
          if (typeof key !== 'string' || !ask(['keys', standIn])[1].includes(key)) return undefined;
          return { value: ask(['get', standIn, key, false])[1], writable: true, enumerable: true, configurable: true };
        },
        apply(_, self, given) {
          const args = given.length > most ? given.slice(0, most) : given;
          const reply = ask(['call', standIn, self === globalThis ? undefined : self, args]);
          if (Array.isArray(reply[2]))
            for (const at of args.keys()) if (isSameKind(args[at], reply[2][at])) restore(args[at], reply[2][at], 0);
          const result = reply[1];
          // Objects that have been there before are what the tests work with.
          if (fresh.delete(result) && given.length > 0) answers.add(result);
          return result;
        },
        construct(_, args) {
          const [, made] = ask(['construct', standIn, args]);
          fresh.delete(made);
          return made;
        },
      });
      return standIn;
    };

    /** A `then` of the solution's own, which counts as pending from its call on until it calls back. */
    function heard(standIn, then) {
      return (onValue, onError) => {
        let open = true;
        unheard++;
        const once = (run) => (value) => {
          if (open) unheard--;
          open = false;
          return run(value);
        };
        const fail = (error) => {
          throw error;
        };
        const callbacks = [
          once(typeof onValue === 'function' ? onValue : (value) => value),
          once(typeof onError === 'function' ? onError : fail),
        ];
        return Reflect.apply(then, standIn, callbacks);
      };
    }

    function toPrimitive(standIn, hint) {
      // == asks with the hint `default`: a candidate's object is then equal to no primitive.
      if (hint === 'default') return '[object Object]';
      const value = standIn[hint === 'string' ? 'toString' : 'valueOf']();
      if ((typeof value === 'object' && value !== null) || typeof value === 'function') return hint === 'string' ? '[object Object]' : NaN;
      return value;
    }

    const ofFunctions = { call: Function.prototype.call, apply: Function.prototype.apply, bind: Function.prototype.bind };
    return {
      live: false,
      unheard: () => unheard,
      handle() {
        const standIn = standInOf({}, undefined);
        fresh.add(standIn);
        return standIn;
      },
      // A bound function can be called and constructed, and has no property that a proxy would have to show.
      callable(name, length, most) {
        const local = { __proto__: null, ...ofFunctions, name, length, toString: () => `function ${name}() { [native code] }` };
        return standInOf(Constructor.bind(), local, most);
      },
      perform(request) {
        if (request[0] !== 'call' || typeof request[1] !== 'function' || !Array.isArray(request[3]))
          throw new TypeError('there is no such request');
        return [true, Reflect.apply(request[1], undefined, request[3])];
      },
    };
  };
});
