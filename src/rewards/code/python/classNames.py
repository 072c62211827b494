"""Which names that tests call are classes: by how the tests use them, not by their capital. What a class makes is an object that the tests work
with; what a function under test returns is an answer, which must not decide a comparison, and a solution may write a class for either."""


# What data have too says nothing: a function may return a text or a list.
OF_DATA = {name for kind in (str, bytes, int, float, complex, list, tuple, dict, set, frozenset, range) for name in dir(kind)}


def classes_among(trees, entry):
    """The names used as classes: by an attribute that no data have (of the name, of what its call gives, or of a variable that holds it), a method called for
    its effect alone, a call without arguments, `isinstance`, `except`, as a base, or one made compared with another. Never the entry point."""
    found = set()
    for tree in trees:
        holders = variables_of_calls(tree)

        def within(node):
            """Names whose calls, or variables that hold them, are in an expression."""
            names = [each.id for each in ast.walk(node) if isinstance(each, ast.Name)]
            return {source for name in names for source in holders.get(name, {name})}

        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr not in OF_DATA:
                found |= within(node.value)
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
                found |= within(node.value.func.value)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                if not node.args and not node.keywords:
                    found.add(node.func.id)
                if node.func.id in ("isinstance", "issubclass", "assertRaises"):
                    found |= {name for each in node.args[1:] for name in within(each)}
            elif isinstance(node, ast.ExceptHandler) and node.type:
                found |= within(node.type)
            elif isinstance(node, ast.ClassDef):
                found |= {name for each in node.bases for name in within(each)}
            elif isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
                found |= {name for name in called_in(node.left) & called_in(node.comparators[0])}
    found.discard(entry)
    return found


def variables_of_calls(tree):
    """By variable, the names whose calls are in what it is assigned."""
    holders = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                for each in ast.walk(target):
                    if isinstance(each, ast.Name):
                        holders.setdefault(each.id, set()).update(called_in(node.value))
    return holders


def called_in(node):
    return {each.func.id for each in ast.walk(node) if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)}
