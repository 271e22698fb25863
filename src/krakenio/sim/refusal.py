"""Say no as Kraken does: an error string goes in, the one exception of the simulated exchange comes out."""

NOT_SUBSCRIBED = "Subscription Not Found"


class Refused(Exception):
    """Carry an error string of Kraken to whoever writes the answer; `symbol` goes beside it where Kraken puts one."""

    def __init__(self, error: str, symbol: str | None = None) -> None:
        super().__init__(error)
        self.error: str = error
        self.symbol: str | None = symbol
