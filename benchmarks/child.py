"""Run one case once: `python -m benchmarks.child CASE WORKLOAD MESSAGES PORT`; out, a line of JSON."""

import json
import os
import sys
from statistics import quantiles

from benchmarks.cases import CASES
from benchmarks.job import Job, Taken


def main() -> None:
    """Measure on the last core; the source has the others."""
    name, kind, messages, port = sys.argv[1:]
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    try:
        run = CASES[name].load()
    except ImportError as error:
        print(json.dumps({"missing": str(error)}))
        return
    taken = run(Job(int(messages), int(port), kind))
    print(json.dumps({"rate": int(messages) / taken.wall, "cpu": taken.cpu / int(messages), **delays(taken)}))


def delays(taken: Taken) -> dict[str, float]:
    """Return the quantiles of the delays, in seconds, where there are any."""
    if not taken.delays:
        return {}
    hundredths = quantiles(taken.delays, n=100)
    return {"p50": hundredths[49] / 1e9, "p99": hundredths[98] / 1e9}


main()
