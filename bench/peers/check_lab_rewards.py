# Holds lab_rewards.py against what ours gave: the file that `npx tsx bench/learning.ts judge --to FILE RUN ...` wrote.
#   python bench/peers/check_lab_rewards.py FILE MODEL      (the directory whose tokenizer made them: models/lab-base)
import json
import sys
from collections import Counter

from lab_rewards import Judge, accuracy_score, format_score
from transformers import AutoTokenizer

WEIGHTS = {'accuracy': 1, 'format': 0.2}
judge = Judge(AutoTokenizer.from_pretrained(sys.argv[2]))
found: Counter = Counter()
for number, line in enumerate(open(sys.argv[1], encoding='utf-8'), 1):
    row = json.loads(line)
    here = {'accuracy': accuracy_score(row['text'], row['numbers'], row['target']), 'format': format_score(row['text'])}
    if 'ids' in row and judge.text(row['ids']) != row['text']:
        sys.exit(f'{sys.argv[1]}:{number}: the ids read {judge.text(row["ids"])!r}, but Thinkling read {row["text"]!r}')
    kind = 'recorded' if 'recorded' in row else 'odd'
    total = sum(WEIGHTS[name] * score for name, score in here.items())
    if here != row['rewards'] or here != row.get('recorded', here) or total != row['reward']:
        sys.exit(f'{sys.argv[1]}:{number}: {here}, but Thinkling gave {row["rewards"]} (recorded: {row.get("recorded")}): {row["text"]!r}')
    found[kind] += 1
    found[kind, 'accuracy', here['accuracy']] += 1
    found[kind, 'format', here['format']] += 1
for kind in ('recorded', 'odd'):
    shares = ', '.join(f'{name} {found[kind, name, 1]} right and {found[kind, name, 0]} wrong' for name in WEIGHTS)
    print(f'{found[kind]} {kind} responses: texts and rewards equal ({shares})')
