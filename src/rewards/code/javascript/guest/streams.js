// Events, buffers and standard input as programs for Node read it: by stream, by readline, by callback, event or iteration. Evaluated inside a
// sandbox, like all of guest/; `write` writes to standard output.
(function makeStreams(write, setImmediate) {
  class EventEmitter {
    #listeners = new Map();
    on(event, listener) {
      this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
      return this;
    }
    once(event, listener) {
      const once = (...args) => {
        this.off(event, once);
        listener.apply(this, args);
      };
      return this.on(event, once);
    }
    off(event, listener) {
      const kept = (this.#listeners.get(event) ?? []).filter((each) => each !== listener);
      this.#listeners.set(event, kept);
      return this;
    }
    emit(event, ...args) {
      const listeners = this.#listeners.get(event) ?? [];
      for (const listener of listeners) listener.apply(this, args);
      return listeners.length > 0;
    }
    listenerCount(event) {
      return (this.#listeners.get(event) ?? []).length;
    }
    removeAllListeners(event) {
      if (event === undefined) this.#listeners.clear();
      else this.#listeners.delete(event);
      return this;
    }
    addListener(event, listener) {
      return this.on(event, listener);
    }
    removeListener(event, listener) {
      return this.off(event, listener);
    }
  }
  EventEmitter.EventEmitter = EventEmitter;

  const bytesOf = (text) => {
    const wellFormed = text.toWellFormed();
    return Uint8Array.from(unescape(encodeURIComponent(wellFormed)), (character) => character.charCodeAt(0));
  };
  class Buffer extends Uint8Array {
    static from(source) {
      const bytes = typeof source === 'string' ? bytesOf(source) : source;
      const buffer = new Buffer(bytes.length);
      buffer.set(bytes);
      return buffer;
    }
    static isBuffer = (value) => value instanceof Buffer;
    static byteLength = (text) => bytesOf(text).length;
    static concat = (buffers) => Buffer.from(buffers.flatMap((each) => [...each]));
    toString(encoding = 'utf8') {
      let binary = '';
      for (let at = 0; at < this.length; at += 4096) binary += String.fromCharCode(...this.subarray(at, at + 4096));
      if (/^(latin1|binary)$/i.test(encoding)) return binary;
      if (/^hex$/i.test(encoding)) return Array.from(this, (byte) => byte.toString(16).padStart(2, '0')).join('');
      return decodeURIComponent(escape(binary));
    }
  }

  // Standard input, flowing from the first turn after somebody listens, in chunks of lines as a pipe gives them.
  class Input extends EventEmitter {
    fd = 0;
    isTTY = false;
    #rest = '';
    give(text) {
      this.#rest = text;
    }
    #flowing = false;
    #encoded = false;
    on(event, listener) {
      super.on(event, listener);
      if (!this.#flowing && ['data', 'end', 'readable', 'close'].includes(event)) {
        this.#flowing = true;
        setImmediate(() => this.#flow());
      }
      return this;
    }
    #flow() {
      if (this.#rest !== '') {
        if (this.listenerCount('readable') > 0) this.emit('readable');
        else if (this.listenerCount('data') > 0) {
          const text = this.read();
          this.emit('data', text);
        }
      }
      if (this.listenerCount('readable') > 0) this.emit('readable');
      setImmediate(() => {
        this.emit('end');
        this.emit('close');
      });
    }
    read() {
      if (this.#rest === '') return null;
      const text = this.#rest;
      this.#rest = '';
      return this.#encoded ? text : Buffer.from(text);
    }
    setEncoding() {
      this.#encoded = true;
      return this;
    }
    resume() {
      return this;
    }
    pause() {
      return this;
    }
    unref() {}
    ref() {}
    async *[Symbol.asyncIterator]() {
      const chunk = this.read();
      if (chunk !== null) yield chunk;
    }
  }
  const input = new Input();
  const give = input.give.bind(input);
  delete Input.prototype.give;

  const linesOf = (text) => {
    if (text === '') return [];
    const lines = text.split(/\r\n|\n|\r/);
    if (lines.at(-1) === '') lines.pop();
    return lines;
  };
  class Interface extends EventEmitter {
    closed = false;
    line = '';
    #lines;
    #next = 0;
    #questions = [];
    #flowing = false;
    #prompt = '> ';
    #take() {
      this.#lines ??= linesOf(`${input.read() ?? ''}`);
      return this.#lines[this.#next++];
    }
    on(event, listener) {
      super.on(event, listener);
      if (event === 'line' || event === 'close') this.#start();
      return this;
    }
    #start() {
      if (this.#flowing || this.closed) return;
      this.#flowing = true;
      setImmediate(() => this.#flow());
    }
    #flow() {
      while (!this.closed) {
        const asked = this.#questions.length > 0;
        // Whoever awaits an answer asks the next question in a later turn.
        if (!asked && this.listenerCount('line') === 0 && this.listenerCount('close') === 0) break;
        const line = this.#take();
        if (line === undefined) this.close();
        else if (asked) this.#questions.shift()(line);
        else this.emit('line', line);
      }
      this.#flowing = false;
    }
    question(query, options, answer = options) {
      write(query);
      this.#questions.push(answer);
      this.#start();
    }
    prompt() {
      write(this.#prompt);
      this.#start();
    }
    setPrompt(text) {
      this.#prompt = text;
    }
    getPrompt() {
      return this.#prompt;
    }
    write() {}
    pause() {
      return this;
    }
    resume() {
      return this;
    }
    close() {
      if (this.closed) return;
      this.closed = true;
      this.emit('close');
    }
    async *[Symbol.asyncIterator]() {
      for (let line = this.#take(); line !== undefined && !this.closed; line = this.#take()) yield line;
      this.close();
    }
    [Symbol.dispose ?? Symbol.for('dispose')]() {
      this.close();
    }
  }
  const createInterface = () => new Interface();
  class PromiseInterface extends Interface {
    question(query) {
      return new Promise((resolve) => super.question(query, resolve));
    }
  }
  const readlinePromises = { createInterface: () => new PromiseInterface(), Interface: PromiseInterface };
  const clear = () => true;
  const readline = { createInterface, Interface, promises: readlinePromises, clearLine: clear, cursorTo: clear, moveCursor: clear };

  return { EventEmitter, Buffer, bytesOf, input, give, readline, readlinePromises };
});
