"""Call Kraken over HTTPS: keys and endpoints go in, a `Rest` comes out. The only folder that knows httpx.

    methods         `client` holds the chapters, each a `chapter`: `market`, `account`, `history`, `trading`, `funding`,
                    `funding_beta`, `earn`, `subaccounts`; and `options`
    as data         `methods`; `known` finds them by name, `permissions` says what a key needs for them
    checks          `parameters`, `orderparams`, `checks`, `batches`
    many rows       `paging`, `walks`, `exporting`
    a call's way    `pacing` (`sharing`), a `lane` (`errands`, `retries`), `requests`, `line`, `transport`, `network`
    and back        `bodies` (`members`), `replies`, `retryafter`

A module that calls itself pure in its first line awaits nothing.
"""

from krakenio.rest.client import Rest, open_rest, start_rest
from krakenio.rest.options import RestOptions

__all__ = ["Rest", "RestOptions", "open_rest", "start_rest"]
