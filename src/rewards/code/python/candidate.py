"""The candidate's side: runs a solution, then answers calls of its functions with values.

It holds no test and no expected value, and nothing that it says is a verdict: the judge compares what it answers. A solution may take this
process over; then it can answer with other values, and that is all.
"""


def limit(cpu_seconds, memory_bytes, processes, file_bytes):
    import resource

    def at_most(what, value, hard=None):
        allowed = resource.getrlimit(what)[1]
        wanted = [value, value if hard is None else hard]
        if allowed != resource.RLIM_INFINITY:
            wanted = [min(each, allowed) for each in wanted]
        resource.setrlimit(what, tuple(wanted))

    # A deep recursion may use as much stack as it has memory.
    at_most(resource.RLIMIT_STACK, memory_bytes)
    at_most(resource.RLIMIT_AS, memory_bytes)
    at_most(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1)
    at_most(resource.RLIMIT_NPROC, processes)
    at_most(resource.RLIMIT_FSIZE, file_bytes)
    at_most(resource.RLIMIT_NOFILE, 64)
    at_most(resource.RLIMIT_CORE, 0)


SOLUTION = "/tmp/solution.py"


def put_files(source, text):
    """The solution where programs look for themselves; and fd 0 a file with its input, so that every way to read it works, /dev/stdin too."""
    import os

    def put(path, content):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
        return descriptor

    os.close(put(SOLUTION, source))
    descriptor = put("/tmp/.input", text)
    os.unlink("/tmp/.input")
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.dup2(descriptor, 0)
    os.close(descriptor)


def new_module(name):
    """A module for the solution, apart from this file's names."""
    import sys

    module = type(sys)(name)
    module.__dict__.update(__builtins__=sys.modules["builtins"], __file__=SOLUTION)
    sys.modules[name] = module
    sys.argv = [SOLUTION]
    # Last: nothing that it writes stands for a module of the library.
    sys.path.append("/tmp")
    return module


def lend_names(source):
    """What solutions use without importing it: exit and quit, which Python's `site` defines; and, for LeetCode's class, the names of typing
    that its signatures have and its own judge imports."""
    import builtins
    import sys

    builtins.exit = builtins.quit = sys.exit
    if b"class Solution" in source:
        import typing

        for name in set(typing.__all__) - set(dir(builtins)):
            setattr(builtins, name, getattr(typing, name))


def describe(error):
    """(name, message) of an exception."""
    kind = type(error)
    try:
        args = error.args
        message = (args[0] if len(args) == 1 and type(args[0]) is str else str(error))[:500]
    except BaseException:
        message = ""
    return kind.__name__, message


class Server:
    def __init__(self, descriptor, module):
        import _thread

        self.descriptor = descriptor
        self.names = module.__dict__
        self.kept = []
        self.given = {}
        self.numbers = {}
        self.lock = _thread.RLock()

    def refer(self, value):
        """(number, kind, name) of what stays here."""
        if type(value) in (Function, Foreign):
            return number_of(value), "given", ""
        number = self.numbers.get(id(value))
        if number is None:
            number = self.numbers[id(value)] = len(self.kept)
            self.kept.append(value)
        if isinstance(value, type):
            bases = [base for base in type.mro(value) if base.__module__ == "builtins" and issubclass(base, BaseException)]
            return number, "class:" + (bases[0].__name__ if bases else ""), value.__name__
        kind = "iterator" if hasattr(type(value), "__next__") else "coroutine" if hasattr(type(value), "__await__") else "object"
        return number, kind, type(value).__name__

    def resolve(self, number, kind, _name):
        if kind in ("function", "foreign"):
            if number not in self.given:
                self.given[number] = (Function if kind == "function" else Foreign)(self, number)
            return self.given[number]
        return self.kept[number]

    def pack(self, *values):
        return encode(values, self.refer)

    def unpack(self, data):
        return decode(data, self.resolve)

    def serve(self):
        while True:
            frame = receive(self.descriptor)
            if frame is None:
                return
            self.answer(frame[1])

    def answer(self, data):
        sequence, operation, *args = self.unpack(data)
        try:
            reply = self.pack(sequence, "value", *getattr(self, "do_" + operation)(*args))
        except BaseException as error:
            reply = self.raised(sequence, error)
        send(self.descriptor, b"C", reply)

    def raised(self, sequence, error):
        name, message = describe(error)
        builtins = [base.__name__ for base in type.mro(type(error)) if base.__module__ == "builtins"]
        return self.pack(sequence, "raised", type(error), builtins[0], name, message)

    # The operations: each returns (value,), a call also what became of its arguments.

    def do_name(self, name):
        import sys

        value = self.names[name]
        # What the solution imported from the standard library, the judge imports itself.
        home = sys.modules.get(getattr(value, "__module__", None) or "")
        if isinstance(value, type(sys)):
            return ("import", value.__name__, "")
        if home is not None and home.__name__ != self.names["__name__"] and getattr(home, getattr(value, "__name__", ""), None) is value:
            return ("import", home.__name__, value.__name__, value)
        return ("value", value)

    def do_call(self, function, args, kwargs):
        mutable = [each for each in args if type(each) in (list, dict, set, bytearray)]
        before = self.pack(mutable) if mutable else b""
        value = function(*args, **kwargs)
        # Work in place is told only where nothing but it and a number came out: then it is what the caller is after.
        if mutable and (value is None or type(value) in (int, bool)):
            if self.pack(mutable) != before:
                return (value, list(args))
        return (value, None)

    def do_get(self, value, name):
        return (getattr(value, name),)

    def do_set(self, value, name, new):
        return (setattr(value, name, new),)

    def do_operator(self, name, *args):
        import operator

        return (getattr(operator, name)(*args),)

    def do_builtin(self, name, *args):
        return ({"len": len, "iter": iter, "next": next, "bool": bool, "str": str, "repr": repr, "isinstance": isinstance}[name](*args),)

    def do_fields(self, value):
        """An object's class, and its fields by name, past whatever methods it has."""
        kind = type(value)
        fields = {}
        try:
            fields.update(object.__getattribute__(value, "__dict__"))
        except AttributeError:
            pass
        for each in type.mro(kind):
            slots = type.__getattribute__(each, "__dict__").get("__slots__", ())
            for name in (slots,) if isinstance(slots, str) else slots:
                try:
                    fields[name] = object.__getattribute__(value, name)
                except AttributeError:
                    pass
        return (kind, fields)

    def do_await(self, value):
        import asyncio

        async def wait():
            return await value

        return (asyncio.run(wait()),)

    def use(self, number, args, kwargs):
        """Asks the judge to use something of the tests; while it does, it may call here."""
        with self.lock:
            send(self.descriptor, b"C", self.pack(-1, "use", number, args, kwargs))
            while True:
                frame = receive(self.descriptor)
                if frame is None:
                    raise EOFError
                kind, payload = frame
                if kind == b"R":
                    result = self.unpack(payload)
                    if result[0] == "value":
                        return result[1]
                    import builtins

                    kind = getattr(builtins, result[1], None)
                    raise (kind if isinstance(kind, type) and issubclass(kind, BaseException) else Exception)(result[2])
                self.answer(payload)


class Function:
    """A function of the tests, for the solution to call."""

    def __init__(self, server, number):
        self.__dict__["thinkling"] = (server, number)

    def __call__(self, *args, **kwargs):
        server, number = self.__dict__["thinkling"]
        return server.use(number, args, kwargs)


class Foreign:
    """An object of the tests: its attributes are there, and read and written there."""

    def __init__(self, server, number):
        self.__dict__["thinkling"] = (server, number)

    def __getattr__(self, name):
        server, number = self.__dict__["thinkling"]
        return server.use(number, ("get", name), {})

    def __setattr__(self, name, value):
        server, number = self.__dict__["thinkling"]
        server.use(number, ("set", name, value), {})


def number_of(value):
    return value.__dict__["thinkling"][1]


def main(descriptor):
    import os
    import sys

    mode, source, text = (receive(descriptor)[1] for _ in range(3))
    mode, *limits = mode.decode().split()
    put_files(source, text)
    os.environ.clear()
    limit(*map(int, limits))
    send(descriptor, b"S", b"")
    try:
        code = compile(source, SOLUTION, "exec", dont_inherit=True)
    except BaseException as error:
        send(descriptor, b"E", ("%s: %s" % describe(error)).encode("utf-8", "replace"))
        return
    lend_names(source)
    if mode == "program":
        os.close(descriptor)
        exec(code, new_module("__main__").__dict__)
        return
    module = new_module("solution")
    server = Server(descriptor, module)
    try:
        exec(code, module.__dict__)
    except BaseException as error:
        send(descriptor, b"L", ("%s: %s" % describe(error)).encode("utf-8", "replace"))
        return
    send(descriptor, b"O", b"")
    server.serve()


main(3)
