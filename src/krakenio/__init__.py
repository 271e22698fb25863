"""Talk to the Kraken exchange from trio and asyncio. Every public name is importable from here."""

__all__: list[str] = []
