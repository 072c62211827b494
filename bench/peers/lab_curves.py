# The curves of both trainers as a plot, and the figures of bench/README.md: accuracy and length by step, where the bands meet, and the
# time to a held-out accuracy.
#   python bench/peers/lab_curves.py CURVES --plot FILE.png       (CURVES: the folder of thinkling-*.json and trl-*.json)
#   python bench/peers/lab_curves.py CURVES --until 0.45          (the folder of the runs that stopped there)
import argparse
import glob
import json
import os
from statistics import mean, stdev

COLOURS = {'thinkling': '#1f6feb', 'trl': '#d1570a'}
# Student's t for a 95% interval of a mean, by degrees of freedom.
T95 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571}


def curves(folder: str) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {name: [] for name in COLOURS}
    for file in sorted(glob.glob(os.path.join(folder, '*.json'))):
        with open(file, encoding='utf-8') as text:
            curve = json.load(text)
        found[curve['trainer']].append(curve)
    return found


def at_looks(runs: list[dict], field: str) -> dict[int, list[float]]:
    """The values of every seed by step, at those steps that all have."""
    by_run = [{look['step']: look[field] for look in run['looks']} for run in runs]
    return {step: [run[step] for run in by_run] for step in by_run[0] if all(step in run for run in by_run)}


def compare(found: dict[str, list[dict]], field: str, digits: int) -> None:
    """Both sides' means and ranges by step, and whether the difference of the means is within its 95% interval (Welch's standard error)."""
    ours, peers = (at_looks(found[name], field) for name in ('thinkling', 'trl'))
    print(f'| step | thinkling, {field} | trl, {field} | difference, 95% |')
    for step in [s for s in ours if s in peers]:
        a, b = ours[step], peers[step]
        error = (stdev(a) ** 2 / len(a) + stdev(b) ** 2 / len(b)) ** 0.5
        wide = T95[min(len(a), len(b)) - 1] * error
        overlap = min(a) <= max(b) and min(b) <= max(a)
        shown = [f'{mean(x):.{digits}f} ({min(x):.{digits}f}-{max(x):.{digits}f})' for x in (a, b)]
        print(f'| {step} | {shown[0]} | {shown[1]} | {mean(a) - mean(b):+.{digits}f} +- {wide:.{digits}f}{"" if overlap else ", ranges apart"} |')


def plot(found: dict[str, list[dict]], file: str) -> None:
    import matplotlib

    matplotlib.use('agg')

    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(10, 3.8), layout='constrained')
    for axis, field, title in zip(axes, ('accuracy', 'meanLength'), ('held-out accuracy', 'held-out length, tokens'), strict=True):
        for name, runs in found.items():
            values = at_looks(runs, field)
            steps = list(values)
            axis.fill_between(steps, [min(v) for v in values.values()], [max(v) for v in values.values()], color=COLOURS[name], alpha=0.15)
            for seed in zip(*values.values(), strict=True):
                axis.plot(steps, seed, color=COLOURS[name], alpha=0.5, linewidth=0.8)
            axis.plot(steps, [mean(v) for v in values.values()], color=COLOURS[name], linewidth=2, label=f'{name}, {len(runs)} seeds')
        axis.set_title(title)
        axis.set_xlabel('step')
        axis.set_ylim(bottom=0)
        axis.grid(alpha=0.3)
        axis.legend()
    figure.savefig(file, dpi=90)


def until(found: dict[str, list[dict]], accuracy: float) -> None:
    """Seconds of training until the first look at or above `accuracy`, and interpolated between it and the look before."""
    reached: dict[str, dict[int, tuple[float, float]]] = {}
    for name, runs in found.items():
        reached[name] = {}
        for run in runs:
            looks = run['looks']
            at = next((i for i, look in enumerate(looks) if look['accuracy'] >= accuracy), None)
            if at is None:
                print(f'{name}, seed {run["seed"]}: not reached in {looks[-1]["step"]} steps, {looks[-1]["seconds"]:.0f} s ({looks[-1]["accuracy"]:.3f})')
                continue
            before, after = looks[at - 1], looks[at]
            share = (accuracy - before['accuracy']) / (after['accuracy'] - before['accuracy'])
            between = before['seconds'] + share * (after['seconds'] - before['seconds'])
            reached[name][run['seed']] = (after['seconds'], between)
            print(
                f'{name}, seed {run["seed"]}: {after["seconds"]:.1f} s, step {after["step"]} ({after["accuracy"]:.3f}); '
                f'interpolated {between:.1f} s; a step {after["seconds"] / after["step"]:.2f} s'
            )
    for which, words in enumerate(('first look at or above', 'interpolated')):
        ratios = {seed: times[which] / reached['thinkling'][seed][which] for seed, times in reached['trl'].items() if seed in reached['thinkling']}
        print(f'{words}: {", ".join(f"seed {seed} {ratio:.2f}" for seed, ratio in ratios.items())}; mean {mean(ratios.values()):.2f}')


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument('curves')
    parser.add_argument('--plot')
    parser.add_argument('--until', type=float)
    options = parser.parse_args()
    found = curves(options.curves)
    if options.until is not None:
        return until(found, options.until)
    compare(found, 'accuracy', 3)
    compare(found, 'meanLength', 0)
    compare(found, 'truncated', 3)
    if options.plot:
        plot(found, options.plot)


if __name__ == '__main__':
    main()
