"""How values cross between the judge and a candidate, each in its own process: data only, checked as it is read.

Both programs begin with this file (sandbox.ts puts them together). A value is one letter and what belongs to it; what is not data crosses as the number of a handle, and
stays where it is. Nothing that is read here can run code: no class, function or method comes over, only values of the types below.
"""

MAX_DEPTH = 150
# Types that cross as themselves, so that `isinstance(x, int)` means the same on both sides.
DATA_TYPES = (int, float, complex, bool, str, bytes, bytearray, list, tuple, set, frozenset, dict, range, slice, object, type(None))
_type_names = {kind.__name__: kind for kind in DATA_TYPES}


class BadMessage(BaseException):
    """What came over the channel is no value. Not an Exception: a test's own `except Exception` must not pass over it."""


def _text(value):
    raw = str.encode(value, "utf-8", "surrogatepass")
    return b"s%d;%s" % (len(raw), raw)


def _plain_args(value, module, name):
    """What a value of the standard library's common types is made of."""
    if module == "decimal" and name == "Decimal":
        return (str(value),)
    if module == "fractions" and name == "Fraction":
        return (value.numerator, value.denominator)
    if module == "datetime":
        if name == "date":
            return (value.year, value.month, value.day)
        if name == "timedelta":
            return (value.days, value.seconds, value.microseconds)
        if name in ("datetime", "time") and value.tzinfo is None:
            clock = (value.hour, value.minute, value.second, value.microsecond)
            return (value.year, value.month, value.day) + clock if name == "datetime" else clock
    return None


def _is_named(kind, value):
    fields = getattr(kind, "_fields", None)
    return type(fields) is tuple and len(fields) == tuple.__len__(value) and all(type(each) is str for each in fields)


_library = {"decimal": ("Decimal",), "fractions": ("Fraction",), "datetime": ("date", "time", "datetime", "timedelta")}


def encode(value, refer):
    """The bytes of a value. `refer(value)` gives (number, kind, name) for what is not data."""
    import sys

    out = []
    put = out.append

    def items(letter, values, depth):
        put(b"%s%d;" % (letter, len(values)))
        for each in values:
            write(each, depth)

    def pairs(letter, value, depth):
        # dict's own methods: a subclass may have others.
        flat = [each for pair in list(dict.items(value)) for each in pair]
        items(letter, flat, depth)

    def write(value, depth):
        kind = type(value)
        if depth > MAX_DEPTH:
            raise RecursionError("a value is nested too deeply")
        if value is None:
            put(b"N")
        elif value is True:
            put(b"T")
        elif value is False:
            put(b"F")
        elif kind is int:
            put(b"i%x;" % value)
        elif kind is str:
            put(_text(value))
        elif kind is list or kind is tuple:
            if value and type(value[0]) is int and all(type(each) is int for each in value):
                put(b"I" if kind is list else b"J")
                put(b"%s;" % ",".join(map("%x".__mod__, value)).encode())
            else:
                items(b"l" if kind is list else b"t", value, depth + 1)
        elif kind is float:
            put(b"d%s;" % float.hex(value).encode())
        elif kind is dict:
            pairs(b"m", value, depth + 1)
        elif kind is set or kind is frozenset:
            items(b"e" if kind is set else b"z", list(value), depth + 1)
        elif kind is bytes or kind is bytearray:
            put(b"%s%d;%s" % (b"b" if kind is bytes else b"B", len(value), bytes(value)))
        elif kind is complex:
            put(b"c%s;%s;" % (value.real.hex().encode(), value.imag.hex().encode()))
        elif kind is range or kind is slice:
            items(b"r" if kind is range else b"v", (value.start, value.stop, value.step), depth + 1)
        elif value is Ellipsis:
            put(b"E")
        elif kind is type and value in DATA_TYPES:
            put(b"y%s;" % value.__name__.encode())
        else:
            other(value, kind, depth)

    def other(value, kind, depth):
        module, name = kind.__module__, kind.__name__
        if module == "collections" and getattr(sys.modules.get(module), name, None) is kind:
            if name == "deque":
                maxlen = -1 if value.maxlen is None else value.maxlen
                return items(b"q", [maxlen, *value], depth + 1)
            if name in ("Counter", "OrderedDict", "defaultdict"):
                return pairs({"C": b"k", "O": b"o", "d": b"u"}[name[0]], value, depth + 1)
        if isinstance(module, str) and name in _library.get(module, ()) and getattr(sys.modules.get(module), name, None) is kind:
            args = _plain_args(value, module, name)
            if args is not None:
                put(b"x%s.%s;" % (module.encode(), name.encode()))
                return items(b"t", args, depth + 1)
        # A subclass of a data type arrives as the plain data: its own methods, == among them, stay behind.
        for base in type.mro(kind)[1:]:
            if base is int:
                return write(int.__pos__(value), depth)
            if base is str:
                return write(str.__str__(value), depth)
            if base is float:
                return write(float.__pos__(value), depth)
            if base is tuple and _is_named(kind, value):
                put(b"w")
                write(kind._fields, depth + 1)
                return write(tuple(tuple.__iter__(value)), depth + 1)
            if base is list or base is tuple:
                return write(base(base.__iter__(value)), depth)
            if base is dict:
                return pairs(b"m", value, depth + 1)
            if base is set or base is frozenset:
                return write(base(base.__iter__(value)), depth)
            if base is bytes or base is bytearray:
                return write(base.__add__(value, b""), depth)
        number, sort, label = refer(value)
        put(b"h%x;%s;" % (number, sort.encode()) + _text(label))

    write(value, 0)
    return b"".join(out)


def decode(data, resolve):
    """The value of bytes from `encode`. `resolve(number, kind, name)` gives what a handle stands for. Raises BadMessage for anything else."""
    at = 0
    end = len(data)

    def until():
        nonlocal at
        stop = data.find(b";", at)
        if stop < 0:
            raise BadMessage("a value ends too early")
        piece = data[at:stop]
        at = stop + 1
        return piece

    def count():
        size = int(until())
        if size < 0 or size > end - at:
            raise BadMessage("a length is wrong")
        return size

    def raw():
        nonlocal at
        size = count()
        piece = data[at : at + size]
        at += size
        return piece

    def many(depth):
        return [read(depth) for _ in range(count())]

    def pairs(depth):
        flat = many(depth)
        if len(flat) % 2:
            raise BadMessage("a dict has a key without a value")
        return zip(flat[::2], flat[1::2])

    def read(depth):
        nonlocal at
        if depth > MAX_DEPTH + 10:
            raise BadMessage("a value is nested too deeply")
        letter = data[at : at + 1]
        at += 1
        if letter == b"i":
            return int(until(), 16)
        if letter == b"s":
            return raw().decode("utf-8", "surrogatepass")
        if letter in (b"I", b"J"):
            numbers = [int(each, 16) for each in until().split(b",")]
            return numbers if letter == b"I" else tuple(numbers)
        if letter == b"N":
            return None
        if letter == b"T":
            return True
        if letter == b"F":
            return False
        if letter == b"d":
            return float.fromhex(until().decode("ascii"))
        if letter == b"l":
            return many(depth + 1)
        if letter == b"t":
            return tuple(many(depth + 1))
        if letter == b"m":
            return dict(pairs(depth + 1))
        if letter == b"e":
            return set(many(depth + 1))
        if letter == b"z":
            return frozenset(many(depth + 1))
        if letter == b"b":
            return bytes(raw())
        if letter == b"B":
            return bytearray(raw())
        if letter == b"c":
            return complex(float.fromhex(until().decode("ascii")), float.fromhex(until().decode("ascii")))
        if letter in (b"r", b"v"):
            bounds = many(depth + 1)
            if len(bounds) != 3:
                raise BadMessage("a range has three bounds")
            return range(*bounds) if letter == b"r" else slice(*bounds)
        if letter == b"E":
            return Ellipsis
        if letter == b"y":
            return _type_names[until().decode("ascii")]
        if letter == b"h":
            number = int(until(), 16)
            sort = until().decode("ascii")
            label = read(depth + 1)
            if type(label) is not str:
                raise BadMessage("a handle's name is a text")
            return resolve(number, sort, label)
        return library(letter, depth)

    def library(letter, depth):
        import collections
        import importlib

        if letter == b"q":
            maxlen, *values = many(depth + 1)
            return collections.deque(values, None if maxlen == -1 else maxlen)
        if letter == b"k":
            return collections.Counter(dict(pairs(depth + 1)))
        if letter == b"o":
            return collections.OrderedDict(pairs(depth + 1))
        if letter == b"u":
            return collections.defaultdict(None, pairs(depth + 1))
        if letter == b"w":
            fields, values = read(depth + 1), read(depth + 1)
            if type(fields) is not tuple or type(values) is not tuple or any(type(each) is not str for each in fields):
                raise BadMessage("a named tuple has names and values")
            return collections.namedtuple("Named", fields, rename=True)(*values)
        if letter == b"x":
            module, _, name = until().decode("ascii").partition(".")
            if name not in _library.get(module, ()):
                raise BadMessage("a type that does not cross")
            args = read(depth + 1)
            if type(args) is not tuple or any(type(each) not in (int, str) for each in args):
                raise BadMessage("a value of the standard library is made of numbers and texts")
            return getattr(importlib.import_module(module), name)(*args)
        raise BadMessage("a value begins with a letter that means nothing")

    try:
        value = read(0)
    except (ValueError, TypeError, KeyError, OverflowError, ArithmeticError, RecursionError) as error:
        raise BadMessage("%s: %s" % (type(error).__name__, error)) from None
    if at != end:
        raise BadMessage("more than one value")
    return value
