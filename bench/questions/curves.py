# Runs of recipes/gsm8k.yaml as curves: what bench/README.md tells of them, kept beside this file as curves.json and curves.png.
#   python bench/questions/curves.py NAME=RUN [NAME=RUN ...]       adds the runs' figures, by name ("ASDiv, seed 1"), and draws all that are kept
import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use('Agg')
import matplotlib.pyplot as plt

here = Path(__file__).parent
kept = here / 'curves.json'
runs = json.loads(kept.read_text()) if kept.exists() else {}


def held_out(row: dict) -> dict:
    """pass@1 with its interval, pass@4, and lengths of a look at held-out problems."""
    domain = next(key.split('/')[1] for key in row if key.endswith('/pass@1'))
    get = lambda name: row[f'eval/{domain}/{name}']
    return {
        **{'pass@1': get('pass@1'), 'low': get('pass@1/low'), 'high': get('pass@1/high'), 'pass@4': get('pass@4')},
        **{'length': get('mean_length'), 'truncated': get('clipped_ratio')},
    }


for argument in sys.argv[1:]:
    name, run = argument.split('=', 1)
    rows = [json.loads(line) for line in (Path(run) / 'metrics.jsonl').read_text().splitlines()]
    choose = next(row for row in rows if row['stage'] == 'choose')
    zero = [row for row in rows if row['stage'] == 'zero']
    steps = [row for row in zero if 'rewards/accuracy/mean' in row]
    looks = [row for row in zero if any(key.endswith('/pass@1') for key in row)]
    column = lambda key, digits: [round(row[key], digits) for row in steps]
    runs[name] = {
        'selection': {key.split('/')[1]: value for key, value in choose.items() if key.startswith('selection/')},
        **{'before': held_out(looks[0]), 'after': held_out(looks[-1]) if len(looks) > 1 else None},
        'accuracy': column('rewards/accuracy/mean', 4),
        'length': column('completions/mean_length', 1),
        'truncated': column('completions/clipped_ratio', 4),
        'seconds': column('step_time', 1),
    }
    kept.write_text(json.dumps(runs, indent=1) + '\n')

figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.4))
WINDOW = 5
for i, (name, run) in enumerate(runs.items()):
    for panel, values in ((left, run['accuracy']), (right, run['length'])):
        smooth = [sum(values[max(0, s - WINDOW + 1) : s + 1]) / len(values[max(0, s - WINDOW + 1) : s + 1]) for s in range(len(values))]
        panel.plot(range(1, len(values) + 1), smooth, color=f'C{i}', alpha=0.55, label=f'{name}: samples, {WINDOW} steps')
    for step, look in ((0, run['before']), (len(run['accuracy']), run['after'])):
        if look is None:
            continue
        error = [[look['pass@1'] - look['low']], [look['high'] - look['pass@1']]]
        left.errorbar([step + 0.6 * (i - 1)], [look['pass@1']], yerr=error, fmt='o', color=f'C{i}', capsize=3)
        right.plot([step], [look['length']], 'o', color=f'C{i}')
left.set(title='right answers: samples of the chosen prompts (lines), held out (points, 95%)', xlabel='step', ylim=(0, None))
right.set(title='tokens a response', xlabel='step', ylim=(0, None))
left.title.set_fontsize(10)
right.title.set_fontsize(10)
left.legend(fontsize=8)
for panel in (left, right):
    panel.grid(alpha=0.3)
figure.tight_layout()
figure.savefig(here / 'curves.png', dpi=110)
for name, run in runs.items():
    b, a = run['before'], run['after'] or {}
    print(f'{name}: chosen {run["selection"]["chosen"]} of {run["selection"]["tried"]}, pass@1 {b["pass@1"]:.3f} ({b["low"]:.3f}-{b["high"]:.3f})', end='')
    if a:
        print(f' -> {a["pass@1"]:.3f} ({a["low"]:.3f}-{a["high"]:.3f}), pass@4 {b["pass@4"]:.3f} -> {a["pass@4"]:.3f}, length {b["length"]:.0f} -> {a["length"]:.0f}, truncated {b["truncated"]:.0%} -> {a["truncated"]:.0%}', end='')
    print(f', median step {sorted(run["seconds"])[len(run["seconds"]) // 2]:.0f} s')
