// What a Python solution's verdict says: each outcome told apart, limits held, tests and expected values kept from the candidate.
import { afterAll, describe, expect, test } from 'vitest';
import { codeSandbox } from '../../../testing/codeSandbox.ts';
import { describeNeeding } from '../../../testing/need.ts';
import type { CodeTest, Limits } from '../verdict.ts';

describeNeeding(await codeSandbox(), 'Python solutions', (pool) => {
  afterAll(() => pool.close());
  const judge = (
    solution: string,
    tests: (string | CodeTest)[],
    more: { setup?: string; entryPoint?: string; limits?: Partial<Limits> } = {},
  ) => {
    const { limits, ...rest } = more;
    const list = tests.map((each): CodeTest => (typeof each === 'string' ? { kind: 'assert', code: each } : each));
    return pool.judge({ language: 'python', solution, tests: list, ...rest }, limits);
  };
  const passes = async (...args: Parameters<typeof judge>) => expect(await judge(...args)).toMatchObject({ outcome: 'passed' });
  const io = (stdin: string, stdout: string): CodeTest => ({ kind: 'stdio', stdin, stdout });

  describe('outcomes', () => {
    test.each([
      ['wrongAnswer', 'def f(x): return x'],
      ['wrongAnswer', 'def g(x): return x'],
      ['wrongAnswer', 'def f(x): return x // 0'],
      ['compileError', 'def f(x) return x'],
      ['compileError', 'def f(x):\n\treturn x\n        return y'],
      ['crash', 'raise ValueError("no")'],
      ['crash', 'import os\ndef f(x): os.abort()'],
      ['crash', 'import os\ndef f(x): os._exit(3)'],
      ['memoryLimit', 'def f(x): return len(bytearray(2 ** 31))'],
      ['forbidden', 'def f(x): return open("/etc/passwd").read()'],
      ['forbidden', 'import socket\nsocket.create_connection(("169.254.169.254", 80))'],
      ['forbidden', 'import os\ndef f(x): os.kill(os.getppid(), 9)'],
      ['outputLimit', 'def f(x):\n  while True: print("x" * 1000)'],
      ['outputLimit', 'def f(x): return [x(10 ** 8) for _ in range(4)]', 'assert f(lambda n: "x" * n) == 2'],
      ['outputLimit', 'def f(x): open("/tmp/x", "wb").write(bytes(2 ** 25))'],
    ])('%s: %j', async (outcome, solution, assertion = 'assert f(1) == 2') => {
      expect(await judge(solution, [assertion])).toMatchObject({ outcome, passed: 0, total: 1 });
    });

    test.each(['def f(x):\n  while True: pass', 'import time\ndef f(x): time.sleep(100)', 'while True: pass'])(
      'timeLimit: %j',
      async (solution) => {
        expect(await judge(solution, ['assert f(1) == 2'], { limits: { wallSeconds: 2, cpuSeconds: 1 } })).toMatchObject({
          outcome: 'timeLimit',
        });
      },
    );

    test.each([
      ['wrongAnswer', 'print(1)'],
      ['compileError', 'print(1'],
      ['crash', 'print(input() + 1)'],
      ['forbidden', 'import socket\nsocket.create_connection(("127.0.0.1", 80))'],
      ['memoryLimit', 'print(len(bytearray(2 ** 31)))'],
    ])('a program: %s: %j', async (outcome, solution) => {
      expect(await judge(solution, [io('2\n', '2\n')])).toMatchObject({ outcome, passed: 0 });
    });

    test('how many tests passed is told beside the first that did not', async () => {
      expect(await judge('def f(x): return abs(x)', ['assert f(1) == 1', 'assert f(-1) == -1', 'assert f(2) == 2'])).toEqual({
        outcome: 'wrongAnswer',
        passed: 2,
        total: 3,
        detail: 'test 2 of 3: AssertionError: assert f(-1) == -1',
      });
    });

    test('the detail is one line, whatever the solution says', async () => {
      const { detail } = await judge('raise ValueError("a\\n\\x1b[2Jb")', ['assert f(1) == 2']);
      expect(detail).toBe('test 1 of 1: while loading: ValueError: a [2Jb');
    });

    test('tests that do not compile are no fault of the solution', async () => {
      expect(await judge('def f(x): return x', ['assert f(1) = 1'])).toMatchObject({ outcome: 'sandboxFailure' });
    });
  });

  describe('programs', () => {
    test.each([
      ['input()', 'print(int(input()) + int(input()))'],
      ['sys.stdin', 'import sys\nprint(sum(map(int, sys.stdin)))'],
      ['bytes of it', 'import sys\nprint(sum(map(int, sys.stdin.buffer.read().split())))'],
      ['open(0)', 'print(sum(map(int, open(0).read().split())))'],
      ['/dev/stdin', 'print(sum(map(int, open("/dev/stdin").read().split())))'],
      ['os.read', 'import os\nprint(sum(map(int, os.read(0, 100).split())))'],
      ['until it exits', 'print(int(input()) + int(input()))\nexit()\nprint(0)'],
      ['under __main__', 'def main():\n  print(sum(int(input()) for _ in range(2)))\nif __name__ == "__main__":\n  main()'],
    ])('read their input by %s', async (_, solution) => {
      await passes(solution, [io('2\r\n3\r\n'.replaceAll('\r', ''), '5'), io('-2\n2', '0\n')]);
    });

    test('200,000 lines without a new line at the end are compared up to trailing white space', async () => {
      const lines = Array.from({ length: 200_000 }, (_, i) => i);
      await passes('import sys\nsys.stdout.write("\\n".join(map(str, range(int(input())))))', [io('200000', `${lines.join(' \n')}\n\n`)]);
    });

    test('numbers are compared digit by digit', async () => {
      expect(await judge('print(90071992547409930)', [io('', '90071992547409931')])).toMatchObject({ outcome: 'wrongAnswer' });
      expect(await judge('print("1.0")', [io('', '1')])).toMatchObject({ outcome: 'wrongAnswer' });
    });

    test('find themselves where programs do, and what they write beside', async () => {
      const solution =
        'import os\nassert "# me" in open(__file__).read()  # me\nwith open(os.path.join(os.path.dirname(__file__), "beside.py"), "w") as file: file.write("x = 3")\nfrom beside import x\nprint(x)';
      await passes(solution, [io('', '3')]);
    });

    test('a deep recursion has the stack that it needs', async () => {
      await passes('import sys\nsys.setrecursionlimit(10 ** 6)\ndef f(n): return 0 if n == 0 else 1 + f(n - 1)\nprint(f(int(input())))', [
        io('50000', '50000'),
      ]);
    });
  });

  describe('functions', () => {
    test.each([
      ['numbers', '[1, -5, 2 ** 200, 1.5, -0.0, float("inf"), 1 + 2j, True, None]'],
      ['texts', '["", "naïve \\u2028 \\U0001f469 \\ud800", b"\\x00\\xff", bytearray(b"ab")]'],
      ['collections', '[(), (1, (2,)), {1, 2}, frozenset((1, 2)), {"a": [1], (1, 2): None}, range(1, 9, 2), slice(1, None), ...]'],
    ])('%s come back as they are', async (_, values) => {
      const code = `for value in ${values}:\n    back = same(value)\n    assert type(back) is type(value) and back == value and repr(back) == repr(value), value`;
      await passes('def same(x): return x', [code]);
    });

    test("the library's common values cross", async () => {
      const setup = 'import datetime, collections, decimal, fractions, math';
      const solution =
        'import datetime, collections, decimal, fractions\ndef f(kind):\n  return {"c": collections.Counter("aab"), "d": collections.deque([1, 2], 5), "o": collections.OrderedDict(a=1), "u": collections.defaultdict(int, a=1), "n": decimal.Decimal("1.10"), "q": fractions.Fraction(1, 3), "t": datetime.datetime(2020, 1, 2, 3), "w": datetime.date(2020, 1, 2), "x": datetime.timedelta(days=1), "p": collections.namedtuple("P", "x y")(1, 2), "i": float("nan")}[kind]';
      await passes(
        solution,
        [
          'assert f("c") == collections.Counter(a=2, b=1) and f("c").most_common(1) == [("a", 2)]',
          'assert f("d") == collections.deque([1, 2]) and f("d").maxlen == 5',
          'assert f("o") == {"a": 1} and f("u")["a"] == 1',
          'assert str(f("n")) == "1.10" and f("q") * 3 == 1',
          'assert f("t").year == 2020 and f("w") + f("x") == datetime.date(2020, 1, 3)',
          'assert f("p") == (1, 2) and f("p").y == 2 and math.isnan(f("i"))',
        ],
        { setup },
      );
    });

    test('objects of the solution stay there and are worked with from here', async () => {
      const solution = `
class Node:
    def __init__(self, value, next=None):
        self.value, self.next = value, next
    def __len__(self):
        return 1 + (len(self.next) if self.next else 0)
def total(node):
    return node.value + (total(node.next) if node.next else 0)
def reverse(node):
    last = None
    while node:
        last, node.next, node = node, last, node.next
    return last
class Stack:
    def __init__(self): self.items = []
    def push(self, x): self.items.append(x)
    def pop(self): return self.items.pop()
    def then(self, x): self.items.append(x); return self
    def startswith(self, x): return self.items[0] == x
    def __iter__(self): return iter(self.items)
    def __add__(self, n): return len(self.items) + n
class Empty(Exception): pass
def fail(): raise Empty("nothing")
def adder(n): return lambda x: x + n
def squares(n):
    for i in range(n): yield i * i
async def later(x): return x
`;
      await passes(solution, [
        'head = Node(1, Node(2, Node(3)))\nhead.next.value = 5\nassert total(head) == 9 and len(head) == 3 and isinstance(head, Node)',
        'assert reverse(Node(1, Node(2))).value == 2 and total(reverse(head)) == 9',
        's = Stack(); s.push(4); s.push([5]); assert list(s) == [4, [5]] and s.startswith(4) and s.pop() == [5] and s + 1 == 2',
        'try:\n    fail()\n    assert False\nexcept Empty as error:\n    assert str(error) == "nothing"',
        'assert Stack().then(1).then(2) + 1 == 3 and Stack().then(7).then(8).startswith(7)',
        'assert adder(2)(3) == 5 and list(squares(4)) == [0, 1, 4, 9] and sum(squares(4)) == 14',
        'import asyncio\nassert asyncio.run(later(3)) == 3',
        'assert Node(1) == Node(1) and Node(1) != Node(2)',
        'import unittest\nunittest.TestCase().assertRaises(Empty, fail)',
      ]);
    });

    test('functions of the tests can be called by the solution', async () => {
      await passes(
        'def apply(f, values): return [f(x) for x in values]\ndef root(f):\n  try: return f(0)\n  except ZeroDivisionError: return None',
        [
          'assert apply(lambda x: x + 1, [1, 2]) == [2, 3] and apply(str, [1]) == ["1"]',
          'assert root(lambda x: 1 / x) is None',
          'assert apply(lambda x: apply(lambda y: y * x, [x]), [2, 3]) == [[4], [9]]',
        ],
      );
    });

    test("objects of the tests' own classes are read and written by the solution, but for what begins with _", async () => {
      const setup = `
class ListNode:
    def __init__(self, val, next=None):
        self.val, self.next, self._hidden = val, next, "x"
def linked(*values):
    return ListNode(values[0], linked(*values[1:])) if values else None
def listed(node):
    return [node.val, *listed(node.next)] if node else []
`;
      const solution = `
class ListNode:
    def __init__(self, val, next=None):
        self.val, self.next = val, next
def reverse(node):
    last = None
    while node:
        node.next, last, node = last, node, node.next
    return last
def copy(node):
    return node and ListNode(node.val, copy(node.next))
def peek(node):
    return node._hidden
def same(a, b):
    return a is b
`;
      await passes(
        solution,
        [
          'head = linked(1, 2, 3)\nassert listed(copy(head)) == [1, 2, 3]\nassert listed(reverse(head)) == [3, 2, 1] and head.next is None',
          'node = linked(1)\nassert same(node, node) and not same(node, linked(1))\ntry:\n    peek(node)\n    assert False\nexcept AttributeError: pass',
        ],
        { setup },
      );
    });

    test('what is done to an argument in place is seen', async () => {
      await passes('def unique(a):\n  a[:] = sorted(set(a))\n  return len(a)\ndef order(a): a.sort()', [
        'a = [3, 1, 3]\nk = unique(a)\nassert k == 2 and a == [1, 3]',
        'b = [2, 1]\norder(b)\nassert b == [1, 2]',
      ]);
    });

    test('a function may have the name of a built-in one', async () => {
      await passes('def sum(a, b): return a + b', ['assert sum(10, 15) == 25', 'assert sum(1, 2) == 3']);
      await passes('def gcd(a, b): return a if b == 0 else gcd(b, a % b)', ['assert gcd(10, 15) == 5']);
      await passes('def max(a): return a', ['assert sorted(max([2, 1])) == [1, 2]']);
      await passes('class A:\n  def __init__(self, x): self.x = x', ['a = A(3)\nassert a.x == 3']);
    });

    test('a function with a capital is a function: a class in its place makes no object that compares', async () => {
      const cheat = (name: string) =>
        `class ${name}:\n  def __init__(self, *a): pass\n  def __sub__(self, x): return self\n  def __abs__(self): return self\n  def __lt__(self, x): return True\n  def startswith(self, x): return True`;
      for (const assertion of ['assert abs(Half(3) - 1.5) < 1e-9', 'x = Half(3)\nassert x < 2', 'assert Half(3).startswith("1")']) {
        expect(await judge(cheat('Half'), [assertion]), assertion).toMatchObject({ outcome: 'wrongAnswer' });
      }
      await passes('def Half(x): return x / 2', ['assert abs(Half(3) - 1.5) < 1e-9', 'x = Half(3)\nassert x < 2']);
      expect(await judge(cheat('Half'), ['assert abs(Half(3) - 1.5) < 1e-9'], { entryPoint: 'Half' })).toMatchObject({
        outcome: 'wrongAnswer',
      });
    });

    test('a class may have a small name, where the tests use it as one', async () => {
      const solution =
        'class bag:\n  def __init__(self, x=()): self.x = list(x)\n  def add(self, x): self.x.append(x)\n  def __contains__(self, x): return x in self.x\n  def __lt__(self, n): return len(self.x) < n\n  def __eq__(self, other): return self.x == other.x';
      await passes(solution, [
        'b = bag()\nb.add(1)\nassert 1 in b and b < 2',
        'b = bag([1])\nb.add(2)\nassert b < 3',
        'assert bag([1]) == bag([1])',
      ]);
    });

    test('a class all of whose objects are alike makes nothing equal', async () => {
      const cheat = 'class Point:\n  def __init__(self, *a): self.x = 0\ndef f(x): return Point()';
      expect(await judge(cheat, ['assert f(1) == Point(1, 2)'])).toMatchObject({ outcome: 'wrongAnswer' });
      expect(await judge(cheat, ['assert Point(1, 2) == f(1)'])).toMatchObject({ outcome: 'wrongAnswer' });
      const honest = 'class Point:\n  def __init__(self, x, y): self.x, self.y = x, y\ndef f(x): return Point(x, x + 1)';
      await passes(honest, ['assert f(1) == Point(1, 2) and Point(1, 2) == f(1) and f(1) == f(1)']);
    });

    test('a judge that its memory leaves no room to say a verdict, or ends by a fault, is out of memory', async () => {
      const full = 'import json\ndef none(*_): raise MemoryError\njson.dumps = none\nassert f(1) == 1';
      for (const code of [full, 'import os\nf(1)\nos.abort()', 'import os\nf(1)\nos.kill(os.getpid(), 11)'])
        expect(await judge('def f(x): return x', [code])).toMatchObject({ outcome: 'memoryLimit' });
    });

    test('tests that ask nothing of the solution give no verdict', async () => {
      expect(await judge('pass', ['import operator\nassert operator.add(1, 2) == 3'])).toMatchObject({ outcome: 'sandboxFailure' });
    });

    test('what an operator makes of an object of the tests can be worked with further', async () => {
      const solution =
        'class Sum:\n  def __init__(self, x): self.x = x\n  def __add__(self, n): return Sum(self.x + n)\n  def __isub__(self, n):\n    self.x -= n\n    return self';
      await passes(solution, ['assert (Sum(1) + 2 + 3).x == 6', 'a = Sum(5)\na -= 2\na += 1\nassert a.x == 4']);
    });

    test('names that the tests do not import are as the solution has them, from the library itself', async () => {
      await passes('import math, sys\nfrom collections import Counter\nfrom datetime import datetime\ndef f(x): return x', [
        'assert math.isclose(f(0.1 + 0.2), 0.3) and Counter(f("aa")) == Counter(a=2)',
        'assert f(sys.maxsize) == sys.maxsize and f(datetime(2020, 1, 1)).year == 2020',
      ]);
    });

    test('calls with arguments and a value: functions, and methods of a class Solution', async () => {
      const call = (args: unknown[], expected: unknown): CodeTest => ({ kind: 'call', function: 'add', args, expected });
      await passes('def add(a, b): return a + b', [
        call([1, 2], 3),
        call([90071992547409931n, 1], 90071992547409932n),
        call([[1], [2.5]], [1, 2.5]),
      ]);
      await passes('class Solution:\n  def add(self, a, b): return (a, b)', [call(['x', null], ['x', null])]);
      await passes('class Solution:\n  def add(self, a: List[int], b: Optional[int]) -> int: return a[0]', [call([[1], null], 1)]);
      for (const [returned, expected] of [
        ['True', 1],
        ['[1, 0]', [true, false]],
        ['[True, False]', [1, 0]],
        ['{"a": [1]}', { a: [true] }],
      ] as [string, unknown][])
        expect(await judge(`def add(a, b): return ${returned}`, [call([0, 1], expected)])).toMatchObject({ outcome: 'wrongAnswer' });
      await passes('def add(a, b): return [True, {"a": (1.0, None)}]', [call([0, 1], [true, { a: [1, null] }])]);
    });

    test("HumanEval's helpers are the prompt's, not the solution's", async () => {
      const setup = 'def encode(s):\n    return s[::-1]\n\ndef decode(s):\n    """the inverse"""\n';
      const check = 'def check(candidate):\n    for s in ("ab", "xyz"):\n        assert candidate(encode(s)) == s\ncheck(decode)';
      await passes('def decode(s): return s[::-1]', [check], { setup, entryPoint: 'decode' });
      const cheat = await judge('def encode(s): return s\ndef decode(s): return s', [check], { setup, entryPoint: 'decode' });
      expect(cheat).toMatchObject({ outcome: 'wrongAnswer' });
    });
  });
});
