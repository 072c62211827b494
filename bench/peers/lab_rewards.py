# The rewards of the task lab-countdown in Python, for TRL: src/rewards/format.ts, src/tasks/countdownCheck.ts and src/tasks/lab/summary.ts, rule for rule.
# check_lab_rewards.py holds them against responses that ours judged.
import re
import sys
from fractions import Fraction

# What JavaScript's \s and trim() take for blank; Python's own set is another one.
BLANK = '\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff'
SHAPE = re.compile(rf'[{BLANK}]*<think>([\s\S]*)</think>[{BLANK}]*<answer>([\s\S]*)</answer>[{BLANK}]*\Z')
ANY_TAG = re.compile(r'</?(?:think|answer)>')
TOKEN = re.compile(rf'[0-9]+|[-+*/()]|[^{BLANK}]')
MAX_LENGTH = 400
TAGS = ('<think>', '</think>', '<answer>', '</answer>')
# Three calls for each of at most 200 nested parentheses.
sys.setrecursionlimit(max(sys.getrecursionlimit(), 3000))


def format_score(text: str) -> int:
    """1 where the response is one thought and one answer, neither blank, each tag exactly once, and nothing outside of them."""
    match = SHAPE.match(text)
    return int(match is not None and len(ANY_TAG.findall(text)) == 4 and all(part.strip(BLANK) for part in match.groups()))


def answer_text(text: str) -> str | None:
    """The last answer after the thought; None while the thought goes on, or where no answer is closed."""
    end, begin = text.rfind('</think>'), text.rfind('<think>')
    if begin > end:
        return None
    rest = text if end < 0 else text[end + len('</think>'):]
    close = rest.rfind('</answer>')
    # JavaScript's lastIndexOf(tag, close) takes a tag that begins at or before `close`.
    opening = -1 if close < 0 else rest.rfind('<answer>', 0, close + len('<answer>'))
    return None if opening < 0 else rest[opening + len('<answer>'):close].strip(BLANK)


def accuracy_score(text: str, numbers: list[int], target: int) -> int:
    """1 where the answer uses each number exactly once and is exactly the target."""
    answer = answer_text(text)
    # A summary may stand before it: what follows the last colon is the answer (src/tasks/lab/summary.ts).
    return int(answer is not None and check_countdown(answer[answer.rfind(':') + 1:].strip(BLANK), numbers, target))


def check_countdown(answer: str, numbers: list[int], target: int) -> bool:
    expression, *tails = answer.split('=')
    if len(tails) > 1 or (tails and tails[0].strip(BLANK) != str(target)):
        return False
    expression = expression.strip(BLANK)
    if len(expression.encode('utf-16-le', 'surrogatepass')) // 2 > MAX_LENGTH:
        return False
    parsed = parse(expression)
    return parsed is not None and sorted(parsed[1]) == sorted(numbers) and parsed[0] == target


def parse(text: str) -> tuple[Fraction, list[int]] | None:
    """Value and numbers of an expression of + - * / and parentheses; None where it is none, or divides by zero."""
    tokens = TOKEN.findall(text)
    numbers: list[int] = []
    at = 0

    def peek() -> str | None:
        return tokens[at] if at < len(tokens) else None

    def sum_() -> Fraction | None:
        nonlocal at
        value = product()
        while value is not None and peek() in ('+', '-'):
            plus = tokens[at] == '+'
            at += 1
            right = product()
            value = None if right is None else value + right if plus else value - right
        return value

    def product() -> Fraction | None:
        nonlocal at
        value = atom()
        while value is not None and peek() in ('*', '/'):
            times = tokens[at] == '*'
            at += 1
            right = atom()
            if right is None or (not times and right == 0):
                return None
            value = value * right if times else value / right
        return value

    def atom() -> Fraction | None:
        nonlocal at
        token = peek()
        at += 1
        if token == '(':
            value = sum_()
            closed = peek() == ')'
            at += 1
            return value if closed else None
        if token is None or not '0' <= token[0] <= '9':
            return None
        numbers.append(int(token))
        return Fraction(int(token))

    value = sum_()
    return None if value is None or at != len(tokens) else (value, numbers)


class Judge:
    """The rewards, from token ids: as ours, the end and the control tokens are left out and the tags are not, whatever they are called."""

    def __init__(self, tokenizer) -> None:
        self.tokenizer = tokenizer
        tags = {tokenizer.convert_tokens_to_ids(tag) for tag in TAGS}
        self.hidden = set(tokenizer.all_special_ids) - tags

    def text(self, ids: list[int]) -> str:
        return self.tokenizer.decode([i for i in ids if i not in self.hidden], clean_up_tokenization_spaces=False)

    def accuracy(self, completion_ids, numbers, target, **_) -> list[float]:
        return [accuracy_score(self.text(ids), n, t) for ids, n, t in zip(completion_ids, numbers, target, strict=True)]

    def format(self, completion_ids, **_) -> list[float]:
        return [format_score(self.text(ids)) for ids in completion_ids]
