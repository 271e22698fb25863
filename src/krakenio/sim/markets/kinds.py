"""Name the order types and what each needs: words of Kraken as tables, nothing else.

Source: ws-v2-trading §1.1-1.3, rest-endpoints §4.
"""

TRIGGERED = (
    *("stop-loss", "stop-loss-limit", "take-profit", "take-profit-limit", "trailing-stop", "trailing-stop-limit"),
)
"""Types that wait until a price is reached."""
TRAILING = ("trailing-stop", "trailing-stop-limit")
LIMITED = ("limit", "iceberg", "stop-loss-limit", "take-profit-limit", "trailing-stop-limit")
"""Types with a limit price: all others trade at whatever price there is."""
ORDER_TYPES = ("limit", "market", "iceberg", *TRIGGERED, "settle-position")
CLOSES = ("limit", *TRIGGERED)
"""Types that a conditional close may have."""
