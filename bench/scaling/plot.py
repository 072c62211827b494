# The plot of bench/scaling/results.json: time and memory of a GRPO step along each axis, and the lines of perfect scale.
#   python bench/scaling/plot.py       writes bench/scaling/scaling.png

import json
from pathlib import Path
from statistics import median

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

here = Path(__file__).parent
results = json.loads((here / "results.json").read_text())
titles = {"parameters": "parameters (256 tokens, 64 samples)", "tokens": "tokens (4.5M, 64 samples)", "samples": "samples (4.5M, 256 tokens)"}
starts = {"parameters": 4.5e6, "tokens": 256, "samples": 64}
figure, panels = plt.subplots(1, 3, figsize=(13, 4.2))
for panel, (axis, title) in zip(panels, titles.items()):
    points = sorted((r for r in results if r["axis"] == axis), key=lambda r: r["at"])
    at = [r["at"] for r in points]
    seconds = [median(turn["seconds"] for turn in r["turns"]) for r in points]
    memory = [r["peakBytes"] / 1e9 for r in points]
    start = at.index(starts[axis])
    panel.loglog(at, seconds, "o-", color="C0", label="a step, s")
    panel.loglog(at, [seconds[start] * x / at[start] for x in at], ":", color="C0", label="in proportion")
    panel.loglog(at, memory, "s-", color="C1", label="peak memory, GB")
    panel.set_xticks(at, [f"{x / 1e6:g}M" if x >= 1e5 else f"{x:g}" for x in at])
    panel.minorticks_off()
    panel.set_title(title, fontsize=10)
    panel.grid(alpha=0.3)
panels[0].legend(fontsize=9)
figure.tight_layout()
figure.savefig(here / "scaling.png", dpi=110)
