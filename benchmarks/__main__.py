"""Measure: `python -m benchmarks --help`."""

from benchmarks.command import main

main()
