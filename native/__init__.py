"""Hold what can be compiled, and what compiles it: nothing here is imported by an installed krakenio."""
