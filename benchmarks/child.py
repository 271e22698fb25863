"""Run one case once: `python -m benchmarks.child CASE MESSAGES PORT`; out, a line of JSON."""

import json
import os
import sys

from benchmarks.cases import CASES
from benchmarks.job import Job


def main() -> None:
    """Measure on the last core; the source has the others."""
    name, messages, port = sys.argv[1:]
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    try:
        run = CASES[name].load()
    except ImportError as error:
        print(json.dumps({"missing": str(error)}))
        return
    taken = run(Job(int(messages), int(port)))
    print(json.dumps({"rate": int(messages) / taken.wall, "cpu": taken.cpu / int(messages)}))


main()
