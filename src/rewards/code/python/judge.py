"""The judge: holds the tests and the expected values, asks the candidate through the host, and says what passed.

A process that lives for many submissions and forks for each, so that none finds a trace of another.
"""

import ast


class Namespace(dict):
    """The tests' own names, then the standard ones, then the solution's."""

    def __init__(self, remote, from_solution, modules, classes):
        super().__init__(__name__="tests")
        self.remote = remote
        self.from_solution = from_solution
        self.modules = modules
        self.classes = classes
        self.known = {}
        self.asked = False

    def __missing__(self, name):
        if name not in self.from_solution:
            if hasattr(builtins, name):
                raise KeyError(name)
            if name in self.modules:
                return importlib.import_module(name)
            if name in LIBRARY or name in EXPORTS:
                return self.of_library(name)
        if name in self.known:
            return self.known[name]
        self.asked = True
        try:
            value = self.remote.name(name)
        except KeyError:
            # Python would look on among its own: a `max` that the solution lacks is not Python's.
            raise NameError("name '%s' is not defined" % name) from None
        if isinstance(value, Handle) and name in self.classes:
            value = value.as_made()
        if isinstance(value, (Handle, type)):
            self.known[name] = value
        return value

    def of_library(self, name):
        # A name can mean a module or what it exports (datetime): as the solution has it.
        try:
            value = self.remote.name(name)
            if not isinstance(value, Handle) and (value is sys.modules.get(name) or value is EXPORTS.get(name)):
                return value
        except KeyError:
            pass
        return EXPORTS[name] if name in EXPORTS else importlib.import_module(name)


EXPORTS = {}
for _module in LIBRARY:
    _home = importlib.import_module(_module)
    # re.A, math.e: names of one letter are the solution's classes and variables.
    for _export in filter(lambda each: len(each) > 1, exports(_home)):
        EXPORTS.setdefault(_export, getattr(_home, _export))


# What tests put around the call of the function that they are about.
WRAPPERS = {"set", "sorted", "list", "tuple", "abs", "round", "len", "str", "int", "float", "dict", "bool", "isinstance", "all", "any", "repr", "frozenset", "isclose", "fabs", "Counter"}


def function_under_test(trees, defined):
    """The name that is the solution's although Python or its library has it too (MBPP has functions called `sum`): only where the tests call
    nothing but such names, the outermost call of each (gcd and lcm). All other such names are the judge's own: a solution cannot replace `set` or `isclose`."""
    found = set()
    for tree in trees:
        called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)} - defined
        if not all(hasattr(builtins, name) or name in EXPORTS for name in called):
            return set()
        found |= {outermost(node.test) for node in ast.walk(tree) if isinstance(node, ast.Assert)}
    found.discard(None)
    return found


def modules_used(trees):
    """Modules of the standard library whose attributes the tests take, imported or not (`sys.getsizeof(...)`)."""
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)]
    return {node.value.id for node in nodes} & set(getattr(sys, "stdlib_module_names", LIBRARY))


def outermost(node):
    """The name of the function that an expression calls: of a comparison's left side, past what is done with what it returns."""
    if isinstance(node, ast.Compare):
        return outermost(node.left) or outermost(node.comparators[0])
    if isinstance(node, ast.UnaryOp):
        return outermost(node.operand)
    if isinstance(node, ast.BinOp):
        return outermost(node.left) or outermost(node.right)
    if isinstance(node, ast.BoolOp):
        return outermost(node.values[0])
    if isinstance(node, (ast.Subscript, ast.Attribute)):
        return outermost(node.value)
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute) and node.func.attr in WRAPPERS and node.args:
        return outermost(node.args[0]) or outermost(node.func)
    if not isinstance(node.func, ast.Name):
        return outermost(node.func)
    inner = outermost(node.args[0]) if node.func.id in WRAPPERS and node.args else None
    return inner or node.func.id


class HoldAsserts(ast.NodeTransformer):
    """Around each assert statement: hold() and release() of the remote."""

    def visit_Assert(self, node):
        def statement(name):
            call = ast.Expr(ast.Call(ast.Name(name, ast.Load()), [], []))
            return ast.fix_missing_locations(ast.copy_location(call, node))

        return [statement("__hold__"), node, statement("__release__")]


def defined_by(source):
    """Names that a piece of code binds at its top."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def plain(value):
    """A value as JSON has it: tuples are lists."""
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return value


def same_json(value, expected):
    """Equal as JSON has values: true is no 1, at any depth; 1 is 1.0. (In assert statements Python's own == decides, to which True is 1.)"""
    if isinstance(value, bool) != isinstance(expected, bool):
        return False
    if isinstance(value, list) and isinstance(expected, list):
        return len(value) == len(expected) and all(map(same_json, value, expected))
    if isinstance(value, dict) and isinstance(expected, dict):
        return value.keys() == expected.keys() and all(same_json(value[key], expected[key]) for key in expected)
    return value == expected


class Run:
    """One submission."""

    def __init__(self, descriptor, request):
        self.remote = Remote(descriptor)
        self.request = request

    def prepare(self):
        """Compiles the tests; SyntaxError is the data set's own fault."""
        entry = self.request.get("entryPoint")
        setup = self.request.get("setup") or ""
        trees = [ast.parse(test["code"]) if test["kind"] == "assert" else None for test in self.request["tests"]]
        asserts = [tree for tree in trees if tree]
        ours = defined_by(setup)
        for test in self.request["tests"]:
            if test["kind"] == "assert":
                ours |= defined_by(test["code"])
        names = {entry} if entry else function_under_test(asserts, ours)
        classes = classes_among([*asserts, ast.parse(setup)], entry) | {"Solution"}
        self.space = Namespace(self.remote, names, modules_used(asserts), classes)
        self.space.update(__hold__=self.remote.hold, __release__=self.remote.release)
        solution = type(sys)("solution")
        solution.__getattr__ = self.space.__missing__
        sys.modules["solution"] = solution
        exec(compile(setup, "setup", "exec"), self.space)
        if entry:
            self.space.pop(entry, None)
        self.codes = [tree and compile(HoldAsserts().visit(tree), "test", "exec") for tree in trees]

    def results(self):
        for number, test in enumerate(self.request["tests"]):
            try:
                if test["kind"] == "assert":
                    exec(self.codes[number], self.space)
                else:
                    self.call(test)
                failure = None
            except BaseException as error:
                failure = error
            # A test that passes over exceptions does not pass over a candidate that is gone.
            failure = self.remote.broken or failure
            if failure is not None:
                # It would keep all that the test held.
                failure.__traceback__ = failure.__context__ = None
            yield failure
            if isinstance(failure, (Gone, BadMessage)):
                return

    def call(self, test):
        name = test["function"]
        self.space.asked = True
        try:
            function = self.remote.name(name)
        except KeyError:
            function = getattr(self.space["Solution"](), name)
        value = plain(function(*test["args"]))
        if not same_json(value, test["expected"]):
            raise AssertionError("%s gave another value than expected" % name)


def why(failure):
    """(what raised, line) of a failure; what raised is empty for an assertion that did not hold."""
    if isinstance(failure, BadMessage):
        return "BadMessage", "it wrote on the channel: %s" % failure
    if isinstance(failure, Gone):
        return "Gone", "it ended before its tests did"
    name = getattr(failure, "raised", None) or ("" if isinstance(failure, AssertionError) else type(failure).__name__)
    try:
        message = str(failure)
    except BaseException:
        message = ""
    return name, ("%s: %s" % (type(failure).__name__, message)).rstrip(": ")[:300]


def judge(descriptor, request):
    import json

    def say(**what):
        send(descriptor, b"J", json.dumps(what).encode())

    run = Run(descriptor, request)
    try:
        run.prepare()
    except SyntaxError as error:
        return say(done=True, broken="the tests do not compile: %s" % error)
    except BaseException as error:
        raised, line = why(run.remote.broken or error)
        return say(done=True, raised=raised, line="the tests' setup: " + line)
    all_passed = True
    for failure in run.results():
        all_passed &= failure is None
        raised, line = why(failure) if failure else ("", "")
        say(ok=failure is None, raised=raised, line=line)
    unasked = all_passed and not run.space.asked
    say(done=True, **({"broken": "the tests ask nothing of the solution"} if unasked else {}))


# What the child ends with where a solution's values leave it no room to say so.
OUT_OF_MEMORY = 77


def main(descriptor):
    import json
    import os
    import resource

    # Numbers of any length may stand in tests.
    getattr(sys, "set_int_max_str_digits", int)(0)
    send(descriptor, b"S", b"")
    while True:
        frame = receive(descriptor)
        if frame is None:
            return
        if frame[0] != b"B":
            continue
        child = os.fork()
        if child == 0:
            try:
                request = json.loads(frame[1])
                resource.setrlimit(resource.RLIMIT_AS, (request["memory"], request["memory"]))
                resource.setrlimit(resource.RLIMIT_CPU, (request["cpu"], request["cpu"] + 1))
                judge(descriptor, request)
                os._exit(0)
            except MemoryError:
                os._exit(OUT_OF_MEMORY)
            finally:
                os._exit(1)
        status = os.waitpid(child, 0)[1]
        send(descriptor, b"F", b"%d" % (-os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)))


main(3)
