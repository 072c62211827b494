# A side of a comparison takes turns with the other: it does one unit of work each time that it is told to, and says how long that took.
# Messages to bench/peers.ts are lines of JSON on file descriptor 3.

import json
import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "2")

import torch  # noqa: E402

torch.set_num_threads(2)
assert torch.get_num_threads() == 2

out = os.fdopen(3, "w", buffering=1)
work = json.loads(sys.argv[1])


def say(message):
    out.write(json.dumps(message) + "\n")


def my_turn():
    """Waits; False where there is no more to do."""
    return sys.stdin.readline().strip() == "go"


def end():
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    say({"peakBytes": peak * 1024})


def take_turns(unit):
    """`unit()` does the work once and returns what to tell of it."""
    say({"ready": True, "threads": torch.get_num_threads()})
    while my_turn():
        started = time.perf_counter()
        told = unit()
        say({"seconds": time.perf_counter() - started, **told})
    end()
