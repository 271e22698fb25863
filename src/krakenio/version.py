"""Say which krakenio this is: what the distribution, the command line and Kraken are told. The only place for it."""

__version__ = "0.1.0.dev0"
