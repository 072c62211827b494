// How Node prints values: util.inspect with its default options, and the format of console.log, by the rules of Node's
// lib/internal/util/inspect.js (MIT). ../inspect.test.ts holds it to the one of the Node at hand. Evaluated inside a sandbox, like all of guest/.
(function makeInspect() {
  const breakLength = 80;
  const compact = 3;
  const maxDepth = 2;
  const maxItems = 100;
  const maxString = 10000;
  const { getPrototypeOf, ownKeys, getOwnPropertyDescriptor } = Reflect;
  const tagOf = Object.prototype.toString;

  const escapes = { '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r', '\\': '\\\\' };
  function quoted(text) {
    let quote = "'";
    if (text.includes("'")) {
      if (!text.includes('"')) quote = '"';
      else if (!text.includes('`') && !text.includes('${')) quote = '`';
    }
    let result = quote;
    for (const character of text) {
      const code = character.codePointAt(0);
      if (character === quote) result += `\\${quote}`;
      else if (escapes[character]) result += escapes[character];
      else if (code < 32 || (code > 126 && code < 160)) result += `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`;
      else if (code >= 0xd800 && code <= 0xdfff) result += `\\u${code.toString(16)}`;
      else result += character;
    }
    return result + quote;
  }

  function primitive(value, context) {
    if (typeof value === 'string') {
      let text = value;
      let trailer = '';
      if (text.length > maxString) {
        const more = text.length - maxString;
        text = text.slice(0, maxString);
        trailer = `... ${more} more character${more > 1 ? 's' : ''}`;
      }
      if (text.length > 16 && text.length > breakLength - context.indentation - 4) {
        return (
          text
            .split(/(?<=\n)/)
            .map(quoted)
            .join(` +\n${' '.repeat(context.indentation + 2)}`) + trailer
        );
      }
      return quoted(text) + trailer;
    }
    if (typeof value === 'bigint') return `${value}n`;
    if (Object.is(value, -0)) return '-0';
    return String(value);
  }

  /** The name of the nearest constructor; null where there is none. */
  function constructorName(object) {
    for (let at = object; at !== null; at = getPrototypeOf(at)) {
      const own = getOwnPropertyDescriptor(at, 'constructor');
      if (own !== undefined && typeof own.value === 'function' && own.value.name !== '' && object instanceof own.value)
        return own.value.name;
    }
    return null;
  }

  const prefixOf = (name, tag, fallback, size = '') => {
    if (name === null) return `[${fallback}${size}: null prototype] ${tag !== '' && fallback !== tag ? `[${tag}] ` : ''}`;
    return `${name}${size} ${tag !== '' && name !== tag ? `[${tag}] ` : ''}`;
  };

  function functionBase(value, name, tag) {
    const source = Function.prototype.toString.call(value);
    if (source.startsWith('class')) {
      const parent = getPrototypeOf(value)?.name;
      return `[class ${value.name || '(anonymous)'}${parent ? ` extends ${parent}` : ''}]`;
    }
    const kind = name === null ? 'Function' : name;
    const base = `[${kind}${name === null ? ' (null prototype)' : ''}${value.name === '' ? ' (anonymous)' : `: ${value.name}`}]`;
    return base + (tag !== '' && name !== tag ? ` [${tag}]` : '');
  }

  const isKind = (value, kind) =>
    tagOf.call(value) === `[object ${kind}]` && !(typeof value[Symbol.toStringTag] === 'string' && kind === 'Date');

  function inspectValue(value, level, context) {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return primitive(value, context);
    if (context.seen.includes(value)) {
      if (!context.circular.has(value)) context.circular.set(value, context.circular.size + 1);
      return `[Circular *${context.circular.get(value)}]`;
    }
    return inspectObject(value, level, context);
  }

  function keysOf(value, isIndexed) {
    return ownKeys(value).filter((key) => {
      if (isIndexed && typeof key === 'string' && /^(0|[1-9]\d{0,9})$/.test(key) && Number(key) < 2 ** 32 - 1) return false;
      return getOwnPropertyDescriptor(value, key)?.enumerable;
    });
  }

  function inspectObject(value, level, context) {
    const name = constructorName(value);
    let tag = value[Symbol.toStringTag];
    if (typeof tag !== 'string' || tag === name || getOwnPropertyDescriptor(value, Symbol.toStringTag)?.enumerable) tag = '';
    let base = '';
    let braces = ['{', '}'];
    let isArray = false;
    let items = () => [];
    let keys = keysOf(value, false);
    if (Array.isArray(value)) {
      isArray = true;
      keys = keysOf(value, true);
      const prefix = name !== 'Array' || tag !== '' ? prefixOf(name, tag, 'Array', `(${value.length})`) : '';
      braces = [`${prefix}[`, ']'];
      if (value.length === 0 && keys.length === 0) return `${braces[0]}]`;
      items = arrayItems;
    } else if (value instanceof Set && isKind(value, 'Set')) {
      braces[0] = `${prefixOf(name, tag, 'Set', `(${value.size})`)}{`;
      if (value.size === 0 && keys.length === 0) return `${braces[0]}}`;
      items = setItems;
    } else if (value instanceof Map && isKind(value, 'Map')) {
      braces[0] = `${prefixOf(name, tag, 'Map', `(${value.size})`)}{`;
      if (value.size === 0 && keys.length === 0) return `${braces[0]}}`;
      items = mapItems;
    } else if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
      isArray = true;
      keys = keysOf(value, true);
      braces = [`${prefixOf(name, tag, name, `(${value.length})`)}[`, ']'];
      if (value.length === 0 && keys.length === 0) return `${braces[0]}]`;
      items = arrayItems;
    } else if (typeof value === 'function') {
      base = functionBase(value, name, tag);
      if (keys.length === 0) return base;
    } else if (isKind(value, 'RegExp')) {
      base = RegExp.prototype.toString.call(value);
      if (keys.length === 0) return base;
    } else if (value instanceof Date) {
      base = Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
      if (keys.length === 0) return base;
    } else if (value instanceof Error) {
      const frames = String(value.stack ?? '').trimEnd();
      const head = `${value.name}${value.message ? `: ${value.message}` : ''}`;
      base = frames === '' ? `[${head}]` : frames.startsWith(head) ? frames : `${head}\n${frames}`;
      keys = keys.filter((key) => key !== 'name' && key !== 'message' && key !== 'stack');
      if (keys.length === 0) return base;
    } else if (value instanceof Number || value instanceof Boolean || value instanceof BigInt || value instanceof Symbol) {
      base = `[${tagOf.call(value).slice(8, -1)}: ${primitive(value.valueOf(), context)}]`;
      if (keys.length === 0) return base;
    } else if (value instanceof String) {
      base = `[String: ${quoted(value.valueOf())}]`;
      keys = keysOf(value, true);
      if (keys.length === 0) return base;
    } else if (isKind(value, 'Arguments')) {
      braces[0] = '[Arguments] {';
      if (keys.length === 0) return '[Arguments] {}';
    } else if (value instanceof Promise) {
      braces[0] = `${prefixOf(name, tag, 'Promise')}{`;
      items = () => ['<pending>'];
    } else if (value instanceof WeakMap || value instanceof WeakSet) {
      braces[0] = `${prefixOf(name, tag, 'WeakSet')}{`;
      items = () => ['<items unknown>'];
    } else {
      if (name !== 'Object' || tag !== '') braces[0] = `${prefixOf(name, tag, 'Object')}{`;
      if (keys.length === 0) return `${braces[0]}}`;
    }
    if (level > maxDepth) {
      const named = prefixOf(name, tag, Array.isArray(value) ? 'Array' : 'Object').slice(0, -1);
      return name === null ? named : `[${named}]`;
    }
    context.seen.push(value);
    context.depth = level;
    const output = items(value, level + 1, context);
    for (const key of keys) output.push(property(value, key, level + 1, context));
    context.seen.pop();
    const reference = context.circular.get(value);
    if (reference !== undefined) {
      if (base === '') braces[0] = `<ref *${reference}> ${braces[0]}`;
      else base = `<ref *${reference}> ${base}`;
    }
    return layOut(output, base, braces, isArray ? value : undefined, level, context);
  }

  function arrayItems(value, level, context) {
    const output = [];
    for (let at = 0; at < value.length && output.length < maxItems; at++) {
      if (Object.hasOwn(value, at)) output.push(element(value[at], level, context));
      else {
        let end = at;
        while (end < value.length && !Object.hasOwn(value, end)) end++;
        output.push(`<${end - at} empty item${end - at > 1 ? 's' : ''}>`);
        at = end - 1;
      }
      context.shown = at + 1;
    }
    const shown = value.length === 0 ? 0 : context.shown;
    if (value.length > shown) output.push(more(value.length - shown));
    return output;
  }

  const more = (count) => `... ${count} more item${count > 1 ? 's' : ''}`;

  function element(value, level, context) {
    context.indentation += 2;
    const text = inspectValue(value, level, context);
    context.indentation -= 2;
    return text;
  }

  function setItems(value, level, context) {
    const output = [];
    context.indentation += 2;
    for (const item of value) {
      if (output.length === maxItems) break;
      output.push(inspectValue(item, level, context));
    }
    context.indentation -= 2;
    if (value.size > output.length) output.push(more(value.size - output.length));
    return output;
  }

  function mapItems(value, level, context) {
    const output = [];
    context.indentation += 2;
    for (const [key, item] of value) {
      if (output.length === maxItems) break;
      output.push(`${inspectValue(key, level, context)} => ${inspectValue(item, level, context)}`);
    }
    context.indentation -= 2;
    if (value.size > output.length) output.push(more(value.size - output.length));
    return output;
  }

  function property(object, key, level, context) {
    const own = getOwnPropertyDescriptor(object, key);
    let text;
    if (own.get !== undefined) text = own.set === undefined ? '[Getter]' : '[Getter/Setter]';
    else if (own.set !== undefined) text = '[Setter]';
    else text = element(own.value, level, context);
    if (typeof key === 'symbol') return `[${String(key)}]: ${text}`;
    if (key === '__proto__') return `['__proto__']: ${text}`;
    return `${/^[a-zA-Z_][a-zA-Z_0-9]*$/.test(key) ? key : quoted(key)}: ${text}`;
  }

  function layOut(entries, base, braces, array, level, context) {
    const output = array !== undefined && entries.length > 6 ? inColumns(entries, array, context) : entries;
    const head = base === '' ? '' : `${base} `;
    if (context.depth - level < compact && output.length === entries.length) {
      const start = output.length + context.indentation + braces[0].length + base.length + 10;
      const total = output.reduce((sum, entry) => sum + entry.length, output.length + start);
      if (total <= breakLength && output.length * 2 + start <= breakLength && !base.includes('\n')) {
        const joined = output.join(', ');
        if (!joined.includes('\n')) return `${head}${braces[0]} ${joined} ${braces[1]}`;
      }
    }
    const line = `\n${' '.repeat(context.indentation)}`;
    return `${head}${braces[0]}${line}  ${output.join(`,${line}  `)}${line}${braces[1]}`;
  }

  /** More than six items of an array, side by side. */
  function inColumns(entries, array, context) {
    const count = entries.length > maxItems ? entries.length - 1 : entries.length;
    const lengths = entries.slice(0, count).map((entry) => entry.length);
    const total = lengths.reduce((sum, length) => sum + length + 2, 0);
    const longest = Math.max(...lengths);
    const widest = longest + 2;
    if (!(widest * 3 + context.indentation < breakLength && (total / widest > 5 || longest <= 6))) return entries;
    const biased = Math.max(widest - 3 - Math.sqrt(widest - total / entries.length), 1);
    const columns = Math.min(
      Math.round(Math.sqrt(2.5 * biased * count) / biased),
      Math.floor((breakLength - context.indentation) / widest),
      compact * 4,
      15,
    );
    if (columns <= 1) return entries;
    const widths = [];
    for (let column = 0; column < columns; column++) {
      let width = 0;
      for (let at = column; at < entries.length; at += columns) if (lengths[at] > width) width = lengths[at];
      widths.push(width + 2);
    }
    let toRight = true;
    for (let at = 0; at < entries.length && toRight; at++) toRight = typeof array[at] === 'number' || typeof array[at] === 'bigint';
    const rows = [];
    for (let from = 0; from < count; from += columns) {
      const to = Math.min(from + columns, count);
      let row = '';
      for (let at = from; at < to - 1; at++) {
        row += toRight ? `${entries[at]}, `.padStart(widths[at - from]) : `${entries[at]}, `.padEnd(widths[at - from]);
      }
      rows.push(row + (toRight ? entries[to - 1].padStart(widths[to - 1 - from] - 2) : entries[to - 1]));
    }
    if (count < entries.length) rows.push(entries[count]);
    return rows;
  }

  const inspect = (value) => inspectValue(value, 0, { seen: [], circular: new Map(), indentation: 0, depth: 0, shown: 0 });

  /** The text of console.log(...values): a first string may hold %s, %d, %i, %f, %j, %o, %O, %c and %%. */
  function format(...values) {
    let at = 0;
    let text = '';
    if (typeof values[0] === 'string') {
      at = 1;
      text = values[0];
      if (values.length > 1) {
        text = text.replace(/%[sdifjoOc%]/g, (mark) => {
          if (mark === '%%') return '%';
          if (at >= values.length) return mark;
          const value = values[at++];
          if (mark === '%s')
            return typeof value === 'string' ? value : typeof value === 'object' && value !== null ? inspect(value) : primitiveText(value);
          if (mark === '%j') return JSON.stringify(value);
          if (mark === '%o' || mark === '%O') return inspect(value);
          if (mark === '%c') return '';
          if (typeof value === 'bigint') return `${value}n`;
          if (typeof value === 'symbol') return 'NaN';
          if (mark === '%f') return primitiveText(Number.parseFloat(value));
          if (mark === '%i') return typeof value === 'object' ? 'NaN' : primitiveText(Number.parseInt(value, 10));
          return typeof value === 'object' ? 'NaN' : primitiveText(Number(value));
        });
      }
    }
    for (let first = at === 0; at < values.length; at++, first = false) {
      text += `${first ? '' : ' '}${typeof values[at] === 'string' ? values[at] : inspect(values[at])}`;
    }
    return text;
  }

  const primitiveText = (value) => (typeof value === 'function' ? inspect(value) : primitive(value, { indentation: 0 }));

  return { inspect, format };
});
