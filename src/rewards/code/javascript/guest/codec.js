// The wire between the candidate's runtime and the judge's: a value as one flat JSON array of tokens (the grammar is in ../wire.ts).
// This text is evaluated in each runtime before any other code there and keeps the intrinsics that it needs to itself, so that a
// candidate that replaces JSON or Array.prototype neither breaks it nor reads along. Both walks keep a stack of their own: depth costs nothing.
// `ends` says what is not data: give(value) -> id of a value of ours, own(id) -> that value, known(value) -> the other side's id,
// handle(id), callable(id, name, length, most), promise(id) -> what stands here for a value of the other side, watch(id, promise).
(function codec(ends, bounds) {
  const { defineProperty, get, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
  const uncurry = Function.prototype.bind.bind(Function.prototype.call);
  const getter = (prototype, name) => uncurry(getOwnPropertyDescriptor(prototype, name).get);
  const { hasOwn, is } = Object;
  const { isArray } = Array;
  const { parse, stringify } = JSON;
  const MapOf = Map;
  const SetOf = Set;
  const DateOf = Date;
  const RegExpOf = RegExp;
  const SymbolOf = Symbol;
  const BigIntOf = BigInt;
  const RangeErrorOf = RangeError;
  const mapGet = uncurry(Map.prototype.get);
  const mapSet = uncurry(Map.prototype.set);
  const mapForEach = uncurry(Map.prototype.forEach);
  const mapSize = getter(Map.prototype, 'size');
  const setAdd = uncurry(Set.prototype.add);
  const setForEach = uncurry(Set.prototype.forEach);
  const setSize = getter(Set.prototype, 'size');
  const timeOf = uncurry(Date.prototype.getTime);
  const sourceOf = getter(RegExp.prototype, 'source');
  const flagsOf = getter(RegExp.prototype, 'flags');
  const descriptionOf = getter(Symbol.prototype, 'description');
  const typedArray = getPrototypeOf(Int8Array);
  const typedName = getter(typedArray.prototype, Symbol.toStringTag);
  const typedLength = getter(typedArray.prototype, 'length');
  const slice = uncurry(String.prototype.slice);
  const sourceText = uncurry(Function.prototype.toString);
  const execute = uncurry(RegExp.prototype.exec);
  const objectPrototype = Object.prototype;

  const errors = { __proto__: null, Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError };
  if (typeof InternalError === 'function') errors.InternalError = InternalError;
  const typed = { __proto__: null, Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array };
  for (const each of [Float32Array, Float64Array, BigInt64Array, BigUint64Array]) typed[each.name] = each;
  /** By prototype: the letter of a kind of value that crosses as data. */
  const kinds = new Map([
    [Map.prototype, 'm'],
    [Set.prototype, 's'],
    [Date.prototype, 'd'],
    [RegExp.prototype, 'r'],
    [Promise.prototype, 'p'],
  ]);
  const errorNames = new Map();
  for (const name in errors) {
    kinds.set(errors[name].prototype, 'e');
    errorNames.set(errors[name].prototype, name);
  }
  for (const name in typed) kinds.set(typed[name].prototype, 't');
  const hole = { __proto__: null };

  /**
   * How many arguments a function can see; Infinity where its text does not tell. The others need not cross: what `map` hands to each call is
   * the whole list.
   */
  function takes(value, declared) {
    const source = sourceText(value);
    const head = execute(/^[^)]*?(?:\)|=>)/, source);
    const tells = head !== null && execute(/\.\.\.|=(?!>)|\[native code|^class\b/, head[0]) === null;
    return tells && execute(/\barguments\b|\beval\b|\[native code/, source) === null ? declared : Infinity;
  }

  /** The own properties of an object as a linked list, or null where they are more than data: a function among them, or a getter. */
  function dataOf(object) {
    const keys = ownKeys(object);
    let list = null;
    let count = 0;
    for (let at = keys.length - 1; at >= 0; at--) {
      const key = keys[at];
      const own = getOwnPropertyDescriptor(object, key);
      if (own === undefined) continue;
      const isValue = hasOwn(own, 'value');
      if (ends.live && (!isValue || (typeof own.value === 'function' && ends.known(own.value) === undefined))) return null;
      if (typeof key !== 'string' || !own.enumerable) continue;
      list = { key, value: isValue ? own.value : get(object, key), next: list };
      count++;
    }
    return { list, count };
  }

  function isOfKind(kind, object) {
    try {
      if (kind === 'm') mapSize(object);
      else if (kind === 's') setSize(object);
      else if (kind === 'd') timeOf(object);
      else if (kind === 'r') sourceOf(object);
      else if (kind === 't') return typedName(object) !== undefined;
      else if (kind === 'e') return hasOwn(object, 'stack') && !(ends.live && hasExtras(object));
      return true;
    } catch {
      return false;
    }
  }

  function hasExtras(error) {
    const keys = ownKeys(error);
    for (let at = 0; at < keys.length; at++) if (getOwnPropertyDescriptor(error, keys[at])?.enumerable) return true;
    return false;
  }

  /** What an object crosses as: a letter of the grammar; 'h' is a handle. A proxy's traps may throw here: then it is a handle too. */
  function kindOf(object) {
    const other = ends.live ? 'h' : 'o';
    try {
      if (isArray(object)) return 'a';
      const prototype = getPrototypeOf(object);
      if (prototype === null || prototype === objectPrototype) return 'o';
      const kind = mapGet(kinds, prototype) ?? other;
      return isOfKind(kind, object) ? kind : other;
    } catch {
      return other;
    }
  }

  /** A value as wire text. Throws a RangeError where it is too large. */
  function encode(root) {
    const places = new MapOf();
    let text = '[';
    let todo = { value: root, next: null };
    let place = 0;
    let left = bounds.values;

    const string = (value) => stringify(`'${value}`);
    const number = (value) => {
      if (is(value, NaN)) return '"nan"';
      if (value === 0) return 1 / value < 0 ? '"-0"' : '0';
      if (value - value !== 0) return value > 0 ? '"+inf"' : '"-inf"';
      return `${value}`;
    };

    const object = (value) => {
      const theirs = ends.known(value);
      if (theirs !== undefined) return `"g${theirs}"`;
      const seen = mapGet(places, value);
      if (seen !== undefined) return `"=${seen}"`;
      if (typeof value === 'function') {
        const name = getOwnPropertyDescriptor(value, 'name')?.value;
        const length = getOwnPropertyDescriptor(value, 'length')?.value;
        const declared = typeof length === 'number' ? length : 0;
        const text = typeof name === 'string' ? name : '';
        return `"f${ends.give(value)}",${number(declared)},${number(takes(value, declared))},${string(text)}`;
      }
      let kind = kindOf(value);
      let data = null;
      if (kind === 'o') {
        try {
          data = dataOf(value);
        } catch {
          // A proxy's trap that throws.
        }
        if (data === null) kind = 'h';
      }
      if (kind === 'h') return `"h${ends.give(value)}"`;
      if (kind === 'p') {
        const id = ends.give(value);
        ends.watch(id, value);
        return `"p${id}"`;
      }
      mapSet(places, value, place++);
      if (kind === 'o') {
        for (let pair = data.list, last = null; pair !== null; pair = pair.next) {
          // Key and value go in front of what is still to do, behind the pairs before them.
          const both = { value: pair.key, next: { value: pair.value, next: last === null ? todo : last.next } };
          if (last === null) todo = both;
          else last.next = both;
          last = both.next;
        }
        return `"o${data.count}"`;
      }
      if (kind === 'a') {
        const { length } = value;
        if (typeof length !== 'number' || !(length <= left)) throw new RangeErrorOf('a value is too large to be handed over');
        for (let at = length - 1; at >= 0; at--) {
          const item = value[at];
          todo = { value: item === undefined && !hasOwn(value, at) ? hole : item, next: todo };
        }
        return `"a${length}"`;
      }
      if (kind === 'm' || kind === 's') {
        let reversed = null;
        if (kind === 'm') {
          mapForEach(value, (item, key) => {
            reversed = { value: item, next: { value: key, next: reversed } };
          });
        } else {
          setForEach(value, (item) => {
            reversed = { value: item, next: reversed };
          });
        }
        for (; reversed !== null; reversed = reversed.next) todo = { value: reversed.value, next: todo };
        return kind === 'm' ? `"m${mapSize(value)}"` : `"s${setSize(value)}"`;
      }
      if (kind === 'd') return `"d",${number(timeOf(value))}`;
      if (kind === 'r') return `"r",${string(sourceOf(value))},${string(flagsOf(value))}`;
      if (kind === 'e') {
        const message = getOwnPropertyDescriptor(value, 'message')?.value;
        return `"e",${string(mapGet(errorNames, getPrototypeOf(value)))},${string(typeof message === 'string' ? message : '')}`;
      }
      const length = typedLength(value);
      let tokens = `"t${length}",${string(typedName(value))}`;
      for (let at = 0; at < length; at++) tokens += `,${typeof value[at] === 'bigint' ? `"b${value[at]}"` : number(value[at])}`;
      return tokens;
    };

    while (todo !== null) {
      const { value } = todo;
      todo = todo.next;
      if (left-- === 0 || text.length > bounds.characters) throw new RangeErrorOf('a value is too large to be handed over');
      if (text !== '[') text += ',';
      if (value === null) text += 'null';
      else if (typeof value === 'string') text += string(value);
      else if (typeof value === 'number') text += number(value);
      else if (typeof value === 'boolean') text += value ? 'true' : 'false';
      else if (typeof value === 'undefined') text += '"u"';
      else if (typeof value === 'bigint') text += `"b${value}"`;
      else if (typeof value === 'symbol') text += stringify(`y${descriptionOf(value) ?? ''}`);
      else if (value === hole) text += '"_"';
      else text += object(value);
    }
    return `${text}]`;
  }

  /** The value of a wire text that the host has checked. */
  function decode(text) {
    const tokens = parse(text);
    const places = new MapOf();
    let place = 0;
    let at = 0;
    let root;
    let open = null;

    const string = () => slice(tokens[at++], 1);
    const scalar = (token) => {
      if (typeof token !== 'string') return token;
      if (token === 'nan') return NaN;
      if (token === '-0') return -0;
      if (token === '+inf') return Infinity;
      if (token === '-inf') return -Infinity;
      return BigIntOf(slice(token, 1));
    };
    const put = (value) => {
      if (open === null) {
        root = value;
        return;
      }
      const { kind, target } = open;
      if (kind === 'a') {
        if (value !== hole) target[open.index] = value;
        open.index++;
        open.left--;
      } else if (kind === 's') {
        setAdd(target, value);
        open.left--;
      } else if (!open.hasKey) {
        open.key = value;
        open.hasKey = true;
        return;
      } else {
        open.hasKey = false;
        open.left--;
        if (kind === 'm') mapSet(target, open.key, value);
        else defineProperty(target, open.key, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
      }
    };
    const container = (kind, target, left) => {
      mapSet(places, place++, target);
      put(target);
      // A container whose last item is itself a container is full before that one is.
      while (open !== null && open.left === 0) open = open.next;
      if (left > 0) open = { kind, target, left, index: 0, key: undefined, hasKey: false, next: open };
    };
    const data = (value) => {
      mapSet(places, place++, value);
      put(value);
    };

    while (at < tokens.length) {
      const token = tokens[at++];
      if (typeof token !== 'string') put(token);
      else {
        const kind = token[0];
        const rest = slice(token, 1);
        if (kind === "'") put(rest);
        else if (kind === 'u') put(undefined);
        else if (kind === '_') put(hole);
        else if (kind === '=') put(mapGet(places, +rest));
        else if (kind === 'y') put(SymbolOf(rest));
        else if (kind === 'g') put(ends.own(+rest));
        else if (kind === 'h') put(ends.handle(+rest));
        else if (kind === 'p') put(ends.promise(+rest));
        else if (kind === 'f') {
          const length = scalar(tokens[at++]);
          const most = scalar(tokens[at++]);
          put(ends.callable(+rest, string(), length, most));
        } else if (kind === 'a') {
          const target = [];
          target.length = +rest;
          container('a', target, +rest);
        } else if (kind === 'o') container('o', {}, +rest);
        else if (kind === 'm') container('m', new MapOf(), +rest);
        else if (kind === 's') container('s', new SetOf(), +rest);
        else if (kind === 'd') data(new DateOf(scalar(tokens[at++])));
        else if (kind === 'r') data(new RegExpOf(string(), string()));
        else if (kind === 'e') {
          const name = string();
          const error = new (errors[name] ?? errors.Error)(string());
          if (errors[name] === undefined)
            defineProperty(error, 'name', { __proto__: null, value: name, writable: true, configurable: true });
          data(error);
        } else if (kind === 't') {
          const target = new typed[string()](+rest);
          for (let index = 0; index < target.length; index++) target[index] = scalar(tokens[at++]);
          data(target);
        } else put(scalar(token));
      }
      while (open !== null && open.left === 0) open = open.next;
    }
    return root;
  }

  return { encode, decode };
});
