"""Call Kraken over HTTPS: keys and endpoints go in, a `Rest` comes out. The only folder that knows httpx."""

from krakenio.rest.client import Rest, open_rest, start_rest
from krakenio.rest.options import RestOptions

__all__ = ["Rest", "RestOptions", "open_rest", "start_rest"]
