// What a program written for Node finds around it: console, process, require and the modules that such programs read their input with.
// All of it is JavaScript inside the sandbox; of the host there are print(text), which takes standard output, and stop(code), each of texts.
// Returns the module object that the program exports by, and what the host asks it.
(function installNode(printer, makeAssert, makeStreams, timers, print, stop) {
  const { inspect, format } = printer;
  const { stringify } = JSON;
  const { setTimeout, setImmediate, performance } = timers.globals;

  class ForbiddenError extends Error {
    constructor(what) {
      super(`${what} is not allowed here`);
      this.name = 'ForbiddenError';
    }
  }
  const forbidden = (what) => () => {
    throw new ForbiddenError(what);
  };

  // Text goes to the host in large pieces: a crossing costs more than a line.
  let unprinted = '';
  function flush() {
    if (unprinted === '') return;
    const text = unprinted;
    unprinted = '';
    // Too much: the host interrupts the runtime, sooner where it does nothing else.
    if (print(stringify(text)) === 'full') for (;;);
  }
  const write = (chunk, encoding, done = encoding) => {
    unprinted += typeof chunk === 'string' ? chunk : chunk instanceof Uint8Array ? Buffer.from(chunk).toString() : `${chunk}`;
    if (unprinted.length > 32768) flush();
    if (typeof done === 'function') queueMicrotask(done);
    return true;
  };
  const { EventEmitter, Buffer, bytesOf, input, give, readline, readlinePromises } = makeStreams(write, setImmediate);
  const stdout = Object.assign(new EventEmitter(), {
    write,
    end: (chunk) => chunk !== undefined && write(chunk),
    isTTY: false,
    columns: 80,
    fd: 1,
  });
  const stderr = Object.assign(new EventEmitter(), { write: () => true, end() {}, isTTY: false, fd: 2 });

  const isStdin = (path) => path === 0 || path === '/dev/stdin' || path === '/dev/fd/0' || path === '/proc/self/fd/0';
  const isStdout = (path) => path === 1 || path === '/dev/stdout' || path === '/dev/fd/1' || path === '/proc/self/fd/1';
  const refuse = (path) => {
    throw new ForbiddenError(`the file ${path}`);
  };
  const isText = (options) => typeof options === 'string' || typeof options?.encoding === 'string';
  let unread;
  const fs = {
    readFileSync(path, options) {
      if (!isStdin(path)) refuse(path);
      const chunk = input.read() ?? '';
      return isText(options) ? `${chunk}` : Buffer.from(chunk);
    },
    readFile(path, options, done = options) {
      const data = fs.readFileSync(path, options);
      setImmediate(() => done(null, data));
    },
    readSync(descriptor, buffer, offset = 0, length = buffer.length) {
      if (!isStdin(descriptor)) refuse(descriptor);
      unread ??= bytesOf(`${input.read() ?? ''}`);
      const part = unread.subarray(0, length);
      unread = unread.subarray(part.length);
      buffer.set(part, offset);
      return part.length;
    },
    writeSync: (descriptor, chunk) => (isStdout(descriptor) ? write(chunk) : descriptor === 2 || refuse(descriptor)),
    writeFileSync: (path, chunk) => void (isStdout(path) ? write(chunk) : refuse(path)),
    existsSync: isStdin,
    openSync: (path) => (isStdin(path) ? 0 : isStdout(path) ? 1 : refuse(path)),
    closeSync() {},
    fstatSync: () => ({ size: 0, isFile: () => false }),
  };
  const fsHandler = {
    get: (target, key) =>
      key in target || typeof key === 'symbol' || key === 'then' || key === 'default' ? target[key] : forbidden(`fs.${key}`),
  };
  fs.promises = new Proxy({ readFile: async (path, options) => fs.readFileSync(path, options) }, fsHandler);
  const sealedFs = new Proxy(fs, fsHandler);

  const counts = new Map();
  const timersOf = new Map();
  let indent = '';
  const line = (...values) => {
    const text = format(...values);
    write(indent === '' ? `${text}\n` : `${(indent + text).replaceAll('\n', `\n${indent}`)}\n`);
  };
  const silent = () => {};
  const console = {
    log: line,
    info: line,
    debug: line,
    dir: (value) => line(inspect(value)),
    table: (value) => line(value),
    error: silent,
    warn: silent,
    trace: silent,
    assert: silent,
    group(...values) {
      if (values.length > 0) line(...values);
      indent += '  ';
    },
    groupEnd() {
      indent = indent.slice(2);
    },
    count(label = 'default') {
      counts.set(label, (counts.get(label) ?? 0) + 1);
      line(`${label}: ${counts.get(label)}`);
    },
    countReset: (label = 'default') => void counts.delete(label),
    time: (label = 'default') => void timersOf.set(label, performance.now()),
    timeEnd: (label = 'default') =>
      void (timersOf.has(label) && line(`${label}: ${(performance.now() - timersOf.get(label)).toFixed(3)}ms`)),
    timeLog: silent,
    clear: silent,
  };

  const hrtime = (since) => {
    const now = performance.now();
    const seconds = Math.floor(now / 1000);
    const nanoseconds = Math.floor((now % 1000) * 1e6);
    if (since === undefined) return [seconds, nanoseconds];
    const passed = (seconds - since[0]) * 1e9 + nanoseconds - since[1];
    return [Math.floor(passed / 1e9), passed % 1e9];
  };
  hrtime.bigint = () => BigInt(Math.floor(performance.now() * 1e6));
  const nextTick = (run, ...args) => queueMicrotask(() => run(...args));
  const process = Object.assign(new EventEmitter(), {
    argv: ['node', 'solution.js'],
    argv0: 'node',
    env: {},
    execArgv: [],
    exitCode: undefined,
    pid: 1,
    platform: 'linux',
    version: 'v20.19.0',
    versions: { node: '20.19.0' },
    release: { name: 'node' },
    stdin: input,
    stdout,
    stderr,
    cwd: () => '/',
    hrtime,
    nextTick,
    uptime: () => performance.now() / 1000,
    memoryUsage: () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }),
    emitWarning() {},
    exit(code = process.exitCode ?? 0) {
      flush();
      stop(`${Number(code) || 0}`);
      // The host interrupts the runtime from here; nothing can catch that.
      for (;;);
    },
  });
  for (const name of ['abort', 'binding', 'chdir', 'dlopen', 'kill', '_linkedBinding', 'setuid', 'setgid', 'umask'])
    process[name] = forbidden(`process.${name}`);

  const { assert, isEqual } = makeAssert(inspect, { reached() {}, failed() {} });
  const util = {
    inspect,
    format,
    promisify:
      (run) =>
      (...args) =>
        new Promise((resolve, reject) => run(...args, (error, value) => (error ? reject(error) : resolve(value)))),
    isDeepStrictEqual: (actual, expected) => isEqual(actual, expected, { strict: true }),
    types: {},
  };
  const modules = new Map(
    Object.entries({
      assert,
      'assert/strict': assert.strict,
      buffer: { Buffer },
      console,
      events: EventEmitter,
      fs: sealedFs,
      'fs/promises': sealedFs.promises,
      os: { EOL: '\n', platform: () => 'linux' },
      perf_hooks: { performance },
      process,
      readline,
      'readline/promises': readlinePromises,
      timers: { setTimeout, setImmediate, setInterval: timers.globals.setInterval },
      'timers/promises': {
        setTimeout: (delay, value) => new Promise((resolve) => setTimeout(resolve, delay, value)),
        setImmediate: (value) => new Promise((resolve) => setImmediate(resolve, value)),
      },
      util,
    }),
  );
  // biome-ignore format: one list.
  const dangerous = new Set(['child_process', 'cluster', 'dgram', 'dns', 'http', 'http2', 'https', 'inspector', 'module', 'net', 'repl',
    'sys', 'tls', 'v8', 'vm', 'wasi', 'worker_threads']);
  function require(name) {
    const plain = String(name).replace(/^node:/, '');
    if (modules.has(plain)) return modules.get(plain);
    if (dangerous.has(plain)) throw new ForbiddenError(`the module ${name}`);
    throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' });
  }
  const moduleObject = { exports: {}, id: '.', filename: '/solution.js', loaded: false, children: [], paths: [] };
  require.main = moduleObject;
  process.mainModule = moduleObject;
  moduleObject.require = require;

  const structuredClone = (value) => clone(value, new Map());
  const clone = (value, seen) => {
    if (typeof value === 'function' || typeof value === 'symbol') throw new Error(`${String(value)} could not be cloned.`);
    if (typeof value !== 'object' || value === null) return value;
    if (seen.has(value)) return seen.get(value);
    if (value instanceof Date) return new Date(value.getTime());
    if (value instanceof RegExp) return new RegExp(value.source, value.flags);
    if (ArrayBuffer.isView(value)) return value.slice();
    const copy = value instanceof Map ? new Map() : value instanceof Set ? new Set() : Array.isArray(value) ? new Array(value.length) : {};
    seen.set(value, copy);
    if (value instanceof Map) for (const [key, item] of value) copy.set(clone(key, seen), clone(item, seen));
    else if (value instanceof Set) for (const item of value) copy.add(clone(item, seen));
    else for (const key of Object.keys(value)) copy[key] = clone(value[key], seen);
    return copy;
  };

  const globals = { console, process, require, module: moduleObject, exports: moduleObject.exports, Buffer, structuredClone };
  for (const [name, value] of Object.entries({
    ...globals,
    ...timers.globals,
    global: globalThis,
    __filename: '/solution.js',
    __dirname: '/',
  })) {
    Object.defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
  }
  if (typeof queueMicrotask !== 'function') {
    const then = Function.prototype.call.bind(Promise.prototype.then);
    const ready = Promise.resolve();
    globalThis.queueMicrotask = (run) => void then(ready, () => run());
  }
  const names = (value) => Object.keys(value).filter((name) => /^[A-Za-z_$][\w$]*$/.test(name) && name !== 'default');
  return {
    moduleObject,
    modules,
    makeAssert,
    /** What `import` can name of each module, as JSON. */
    exportsOfModules: () => stringify(Object.fromEntries([...modules].map(([name, value]) => [name, names(value)]))),
    setInput: (text) => give(JSON.parse(text)),
    /** For a solution that is not the main program: its functions are called by the tests. */
    asModule() {
      require.main = process.mainModule = { exports: {}, id: '.' };
    },
    flush,
    exitCode: () => Number(process.exitCode) || 0,
  };
});
