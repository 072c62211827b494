// One end of the line between the candidate's runtime and the judge's. Requests and replies are values in the codec's text:
// [what, ...] and [true, result] or [false, thrown]. What is not data stays where it is and has a number there; the other side sees a stand-in,
// one for each, so that identity holds. `makeRole` says what this end answers to and what its stand-ins can do.
(function end(makeCodec, bounds, send, settle, makeRole) {
  const { isArray } = Array;
  const uncurry = Function.prototype.bind.bind(Function.prototype.call);
  const mapGet = uncurry(Map.prototype.get);
  const mapSet = uncurry(Map.prototype.set);
  const mapDelete = uncurry(Map.prototype.delete);
  const mapSize = uncurry(Reflect.getOwnPropertyDescriptor(Map.prototype, 'size').get);
  const mapHas = uncurry(Map.prototype.has);
  const then = uncurry(Promise.prototype.then);
  const PromiseOf = Promise;
  const TypeErrorOf = TypeError;
  const ids = new Map();
  const ours = new Map();
  const theirs = new Map();
  const standIns = new Map();
  const watched = new Map();
  const settlers = new Map();
  let nextId = 1;

  function give(value) {
    let id = mapGet(ids, value);
    if (id === undefined) {
      id = nextId++;
      mapSet(ids, value, id);
      mapSet(ours, id, value);
    }
    return id;
  }
  function own(id) {
    if (!mapHas(ours, id)) throw new TypeErrorOf('there is no such value');
    return mapGet(ours, id);
  }
  function standIn(id, make) {
    if (!mapHas(standIns, id)) {
      const value = make();
      mapSet(standIns, id, value);
      mapSet(theirs, value, id);
    }
    return mapGet(standIns, id);
  }
  function watch(id, promise) {
    if (mapHas(watched, id)) return;
    mapSet(watched, id, true);
    then(
      promise,
      (value) => settle(encodeReply([id, true, value], [id, false])),
      (error) => settle(encodeReply([id, false, error], [id, false])),
    );
  }

  const role = makeRole(ask);
  const { encode, decode } = makeCodec(
    {
      live: role.live,
      give,
      own,
      known: (value) => mapGet(theirs, value),
      handle: (id) => standIn(id, () => role.handle()),
      callable: (id, name, length, most) => standIn(id, () => role.callable(name, length, most)),
      promise: (id) => standIn(id, () => new PromiseOf((resolve, reject) => mapSet(settlers, id, { resolve, reject }))),
      watch,
    },
    bounds,
  );

  /** The text of a reply; of `otherwise` and what went wrong where the reply cannot be handed over. */
  function encodeReply(reply, otherwise) {
    try {
      return encode(reply);
    } catch (error) {
      otherwise[otherwise.length] = new TypeErrorOf(`${error?.message}`);
      return encode(otherwise);
    }
  }

  /** Asks the other side and returns its reply. Throws what it threw. */
  function ask(request) {
    const reply = decode(send(encode(request)));
    if (!isArray(reply)) throw new TypeErrorOf('the other side gave no reply');
    if (reply[0] !== true) throw reply[1];
    return reply;
  }

  /** Answers a request of the other side. */
  function serve(text) {
    let reply;
    try {
      reply = role.perform(decode(text));
    } catch (error) {
      reply = [false, error];
    }
    return encodeReply(reply, [false]);
  }

  /** A promise of the other side has come to its end. */
  function settled(text) {
    const news = decode(text);
    const settler = isArray(news) ? mapGet(settlers, news[0]) : undefined;
    if (settler === undefined) return;
    mapDelete(settlers, news[0]);
    if (news[1] === true) settler.resolve(news[2]);
    else settler.reject(news[2]);
  }

  /** How many promises of the other side are pending, thenables too. */
  const pending = () => mapSize(settlers) + role.unheard();

  return { serve, settled, ask, decode, pending };
});
