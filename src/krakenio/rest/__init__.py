"""Call Kraken over HTTPS: keys and endpoints go in, a `Rest` comes out. The only folder that knows httpx."""

from krakenio.rest.client import Rest, open_rest, start_rest

__all__ = ["Rest", "open_rest", "start_rest"]
