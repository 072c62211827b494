"""The judge's stand-ins for what lives in the candidate: functions, classes, objects.

A handle never sends a value of the tests to the candidate in order to compare it: == is decided here, and so is every operator between an
object that a function returned and a value. Otherwise a solution could answer with an object that claims to be equal to anything.
"""

# Methods of data types that say how a value compares: an object that stands where data should be would be asked for the verdict.
COMPARING = set("issubset issuperset isdisjoint startswith endswith difference symmetric_difference count index find".split())


class Handle:
    """Something in the candidate. `made`: what the tests use as a class (classNames.py), and what they make by calling it; a solution
    that is a class where a function is asked for makes no such object."""

    __slots__ = ("_handle_remote", "_handle_number", "_handle_kind", "_handle_name", "_handle_made")

    def __init__(self, remote, number, kind, name, made=False):
        for slot, value in zip(Handle.__slots__, (remote, number, kind, name, made)):
            object.__setattr__(self, slot, value)

    def __call__(self, *args, **kwargs):
        result = self._handle_remote.call(self, args, kwargs)
        if not self._handle_kind.startswith("class:") or not isinstance(result, Handle):
            return result
        self._handle_remote.makings[result._handle_number] = (self, args, kwargs)
        return self._handle_remote.made(result) if self._handle_made else result

    def as_made(self):
        return Handle(self._handle_remote, self._handle_number, self._handle_kind, self._handle_name, True)

    def __getattr__(self, name):
        value = self._handle_remote.ask("get", self, name)
        if name in COMPARING and not self._handle_made and isinstance(value, Handle):
            raise AttributeError(name)
        return value

    def __setattr__(self, name, value):
        self._handle_remote.ask("set", self, name, value)

    def __eq__(self, other):
        if self is other:
            return True
        return isinstance(other, Handle) and self._handle_remote.same(self, other)

    def __hash__(self):
        return self._handle_number

    def __bool__(self):
        return bool(self._handle_remote.ask("builtin", "bool", self))

    def __len__(self):
        return self._handle_remote.ask("builtin", "len", self)

    def __iter__(self):
        return self if self._handle_kind == "iterator" else self._handle_remote.ask("builtin", "iter", self)

    def __next__(self):
        return self._handle_remote.ask("builtin", "next", self)

    def __str__(self):
        return self._handle_remote.ask("builtin", "str", self)

    def __repr__(self):
        return self._handle_remote.ask("builtin", "repr", self)

    def __getitem__(self, key):
        return self._handle_remote.ask("operator", "getitem", self, key)

    def __setitem__(self, key, value):
        self._handle_remote.ask("operator", "setitem", self, key, value)

    def __delitem__(self, key):
        self._handle_remote.ask("operator", "delitem", self, key)

    def __contains__(self, value):
        if self._handle_made:
            return bool(self._handle_remote.ask("operator", "contains", self, value))
        return any(each == value for each in self)

    def __instancecheck__(self, value):
        return isinstance(value, Handle) and self._handle_remote.ask("builtin", "isinstance", value, self) is True

    def __deepcopy__(self, _memo):
        return self

    def __copy__(self):
        return self

    def __enter__(self):
        return self._handle_remote.call(self._handle_remote.ask("get", self, "__enter__"), (), {})

    def __exit__(self, *_):
        self._handle_remote.call(self._handle_remote.ask("get", self, "__exit__"), (None, None, None), {})


def _forward(name, swapped):
    """An operator: asked of the candidate for objects that the tests made, and between two of its own."""

    def apply(self, *others):
        if not self._handle_made and not all(isinstance(other, Handle) for other in others):
            return NotImplemented
        result = self._handle_remote.ask("operator", name, *((*others, self) if swapped else (self, *others)))
        return result.as_made() if self._handle_made and isinstance(result, Handle) else result

    return apply


for _name in ("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow", "lshift", "rshift", "and", "or", "xor"):
    _function = _name + "_" if _name in ("and", "or") else _name
    setattr(Handle, "__%s__" % _name, _forward(_function, False))
    setattr(Handle, "__r%s__" % _name, _forward(_function, True))
    setattr(Handle, "__i%s__" % _name, _forward("i" + _name, False))
for _name in ("lt", "le", "gt", "ge", "neg", "pos", "abs", "invert"):
    setattr(Handle, "__%s__" % _name, _forward(_name, False))
