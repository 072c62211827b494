// setTimeout and its kin on a clock that nobody waits for: when nothing else is left to do, the host fires the next timer and the clock
// jumps to it. Date and performance tell the time that has passed with the jumps. Returns what the host drives.
(function installTimers() {
  const RealDate = Date;
  const realNow = Date.now;
  const started = realNow();
  const queue = new Map();
  let nextId = 1;
  let nextOrder = 1;
  let clock = 0;
  let jumped = 0;

  const now = () => realNow() + jumped;

  class Timeout {
    constructor(id) {
      Object.defineProperty(this, 'id', { value: id });
    }
    ref() {
      return this;
    }
    unref() {
      return this;
    }
    hasRef() {
      return true;
    }
    [Symbol.toPrimitive]() {
      return this.id;
    }
  }

  function add(run, delay, args, every) {
    if (typeof run !== 'function') throw new TypeError('The "callback" argument must be of type function.');
    const wait = Number(delay) >= 1 ? Math.min(Math.trunc(Number(delay)), 2 ** 31 - 1) : 1;
    const id = nextId++;
    queue.set(id, { at: clock + wait, order: nextOrder++, wait, run, args, every });
    return new Timeout(id);
  }
  const remove = (timer) => {
    queue.delete(typeof timer === 'object' && timer !== null ? timer.id : Number(timer));
  };
  const setTimeout = (run, delay, ...args) => add(run, delay, args, false);
  const setInterval = (run, delay, ...args) => add(run, delay, args, true);
  function setImmediate(run, ...args) {
    const timer = add(run, 1, args, false);
    queue.get(timer.id).at = clock;
    return timer;
  }

  RealDate.now = now;
  const clockedDate = new Proxy(RealDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new RealDate(now()).toString(),
  });
  RealDate.prototype.constructor = clockedDate;
  const performance = { now: () => now() - started, timeOrigin: started, mark() {}, measure() {} };

  return {
    globals: {
      setTimeout,
      setInterval,
      setImmediate,
      clearTimeout: remove,
      clearInterval: remove,
      clearImmediate: remove,
      performance,
      Date: clockedDate,
    },
    /** When the next timer is due, by this clock; -1 where there is none. */
    due() {
      let first = -1;
      for (const { at } of queue.values()) if (first === -1 || at < first) first = at;
      return first;
    },
    /** Moves the clock and runs the first timer that is due by then. */
    fire(to) {
      let first;
      for (const [id, timer] of queue) {
        if (timer.at > to) continue;
        const sooner = first === undefined ? -1 : timer.at - first.timer.at || timer.order - first.timer.order;
        if (sooner < 0) first = { id, timer };
      }
      jumped += Math.max(0, to - clock);
      clock = Math.max(clock, to);
      if (first === undefined) return;
      const { id, timer } = first;
      if (timer.every) Object.assign(timer, { at: clock + timer.wait, order: nextOrder++ });
      else queue.delete(id);
      timer.run(...timer.args);
    },
  };
});
