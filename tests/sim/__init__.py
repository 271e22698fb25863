"""The simulated exchange, proven by clients that share nothing with it."""
