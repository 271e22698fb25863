"""Executions exactly once: the pure journal first, then sessions on the simulated exchange."""
