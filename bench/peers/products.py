# PyTorch's side of bench/products.ts: the medians of the three products' seconds, as JSON.

import json
import sys
import time
from statistics import median

import torch

told = json.loads(sys.argv[1])
T, N, K = told["T"], told["N"], told["K"]
torch.set_num_threads(told["threads"])
x, weight, g = torch.rand(T, K) - 0.5, torch.rand(N, K) - 0.5, torch.rand(T, N) - 0.5
found = []
for product in (lambda: x @ weight.T, lambda: g @ weight, lambda: g.T @ x):
    seconds = []
    for _ in range(told["repetitions"] + 3):
        started = time.perf_counter()
        product().sum().item()
        seconds.append(time.perf_counter() - started)
    found.append(median(seconds[3:]))
print(json.dumps(found))
