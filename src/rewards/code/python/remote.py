"""The candidate as the judge sees it: questions over the channel, and their answers checked."""

import builtins
import importlib
import sys


class Gone(BaseException):
    """The candidate has ended: what is left of the tests cannot be passed."""


class Remote:
    """The candidate, asked over a channel: one question at a time, each with its number."""

    def __init__(self, descriptor):
        self.descriptor = descriptor
        self.sequence = 0
        self.broken = None
        self.handles = {}
        self.errors = {}
        # By number of an object that the tests made: its class and what they made it of.
        self.makings = {}
        # Functions and objects of the tests that the candidate was given, and their places by identity.
        self.given = []
        self.places = {}
        self.held = None

    def resolve(self, number, kind, name):
        if kind == "given":
            return self.given[number]
        if kind.startswith("class:") and kind != "class:":
            base = getattr(builtins, kind[6:], None)
            if not (isinstance(base, type) and issubclass(base, BaseException)):
                raise BadMessage("an exception of an unknown kind")
            if number not in self.errors:
                self.errors[number] = base if base.__name__ == name else type(name, (base,), {})
            return self.errors[number]
        if kind == "coroutine":
            return self.coroutine(Handle(self, number, kind, name))
        if number not in self.handles:
            self.handles[number] = Handle(self, number, kind, name)
        return self.handles[number]

    def made(self, handle):
        """The handle of an object that the tests made, now and whenever it comes back."""
        made = self.handles[handle._handle_number] = handle.as_made()
        return made

    def coroutine(self, handle):
        async def wait():
            return self.ask("await", handle)

        return wait()

    def refer(self, value):
        if type(value) is Handle:
            return value._handle_number, "object", ""
        for number, kind in self.errors.items():
            if kind is value:
                return number, "object", ""
        place = self.places.setdefault(id(value), len(self.given))
        if place == len(self.given):
            self.given.append(value)
        return place, "function" if callable(value) else "foreign", ""

    def exchange(self, operation, args):
        """One question and its answer, any calls of the tests' functions between them. Raises what the candidate raised."""
        if self.broken is not None:
            raise self.broken
        self.sequence += 1
        sequence = self.sequence
        send(self.descriptor, b"Q", encode((sequence, operation, *args), self.refer))
        while True:
            frame = receive(self.descriptor)
            try:
                if frame is None or frame[0] == b"X":
                    raise Gone()
                answer = decode(frame[1], self.resolve)
                if type(answer) is not tuple or len(answer) < 3:
                    raise BadMessage("an answer of another form")
                if answer[0] == sequence and answer[1] == "value":
                    return answer[2:]
                if answer[0] == sequence and answer[1] == "raised" and len(answer) == 6:
                    break
                if answer[0] != -1 or answer[1] != "use" or len(answer) != 5:
                    raise BadMessage("an answer to another question")
                number, positional, named = answer[2:]
                if type(number) is not int or not 0 <= number < len(self.given) or type(positional) is not tuple or type(named) is not dict:
                    raise BadMessage("a use of nothing")
            except (BadMessage, Gone) as error:
                self.broken = error
                raise
            self.use(self.given[number], positional, named)
        error = self.error_of(*answer[2:])
        # Only where the next element was asked for is this its end; elsewhere it would end a loop of the tests.
        if isinstance(error, (StopIteration, StopAsyncIteration)) and args[:1] != ("next",):
            raise RuntimeError("the solution raised %s" % type(error).__name__)
        raise error

    def use(self, target, args, kwargs):
        """What the candidate does with what it was given: calls a function; gets or sets an attribute of an object, none that begins with _."""
        try:
            if not callable(target):
                target = reach(target, *args)
                args, kwargs = (), {}
            result = ("value", target(*args, **kwargs))
        except Exception as error:
            result = ("raised", type(error).__name__, str(error))
        send(self.descriptor, b"R", encode(result, self.refer))

    def error_of(self, kind, base, name, message):
        builtin = getattr(builtins, base, None) if type(base) is str else None
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            kind = builtin
        if not (isinstance(kind, type) and issubclass(kind, BaseException)) or type(name) is not str or type(message) is not str:
            self.broken = BadMessage("an exception of an unknown kind")
            raise self.broken
        try:
            error = kind.__new__(kind)
        except TypeError:
            error = Exception()
        error.args = (message,)
        error.raised = name
        return error

    def ask(self, operation, *args):
        return self.exchange(operation, args)[0]

    def call(self, function, args, kwargs):
        answer = self.exchange("call", (function, args, kwargs))
        if len(answer) == 2 and type(answer[1]) is list and len(answer[1]) == len(args):
            changes = list(zip(args, answer[1]))
            if self.held is None:
                put_back(changes)
            else:
                self.held.extend(changes)
        return answer[0]

    def hold(self):
        """Within an assert statement no argument changes under the comparison: `assert f(x) == sum(x)`."""
        self.held = []

    def release(self):
        changes, self.held = self.held or [], None
        put_back(changes)

    def same(self, one, other):
        """Whether two objects are of one class with the same fields; by the judge, whatever their == says."""
        if one._handle_number == other._handle_number:
            return True
        if "object" != one._handle_kind or "object" != other._handle_kind:
            return False
        mine, theirs = self.exchange("fields", (one,)), self.exchange("fields", (other,))
        if len(mine) != 2 or type(mine[1]) is not dict or not mine[1] or mine != theirs:
            return False
        return self.tells_apart(one, mine) and self.tells_apart(other, mine)

    def tells_apart(self, handle, fields):
        """False for an object that the tests made of some values where its class makes the same one of others: all its objects would be equal."""
        kind, args, kwargs = self.makings.get(handle._handle_number, (None, (), {}))
        others = tuple(map(another, args))
        if kind is None or others == tuple(args):
            return True
        try:
            made = kind(*others, **kwargs)
            return not isinstance(made, Handle) or self.exchange("fields", (made,)) != fields
        except Exception:
            return True

    def name(self, name):
        """What the solution calls so. Raises KeyError where it has no such name."""
        kind, *rest = self.exchange("name", (name,))
        if kind == "value":
            return rest[0]
        module, attribute = rest[:2]
        if kind == "import" and module in LIBRARY:
            home = importlib.import_module(module)
            if attribute == "":
                return home
            if attribute in exports(home):
                return getattr(home, attribute)
        if len(rest) == 3:
            return rest[2]
        raise KeyError(name)


def another(value):
    """A value of the same kind that is not the same, for numbers and texts and lists of them; else the value itself."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value + 1
    if isinstance(value, str):
        return value + "1"
    if isinstance(value, (list, tuple)):
        return type(value)(map(another, value))
    return value


def reach(target, operation, name, *new):
    if type(name) is not str or name.startswith("_"):
        raise AttributeError(name)
    if operation == "set":
        return lambda: setattr(target, name, *new)
    return lambda: getattr(target, name)


def put_back(changes):
    for old, new in changes:
        if type(old) is not type(new):
            continue
        if type(old) in (list, bytearray):
            old[:] = new
        elif type(old) in (dict, set):
            old.clear()
            old.update(new)


def exports(module):
    """The public names of a module, those of other modules left out."""
    names = getattr(module, "__all__", None) or [each for each in dir(module) if each[0] != "_"]
    return {name for name in names if not isinstance(getattr(module, name), type(sys))}


# Modules that tests use without importing them, as the solution did: the judge has its own.
LIBRARY = (
    "bisect cmath collections copy datetime decimal fractions functools heapq itertools json math operator random re statistics string typing"
).split()
