"""The root of everything that krakenio raises: arguments and attributes go in, and come out of a pickle unchanged."""

from typing import Any


class KrakenError(Exception):
    """Whatever went wrong in krakenio or at Kraken: catch this to catch all of it.

    Subclasses carry their data as attributes. All of them can be pickled and copied, notes included. `fatal` is true
    where no repetition helps, and a human must act; `wait` is for how many seconds a repetition is to wait.
    """

    fatal: bool = False
    wait: float = 0.0

    def __reduce__(self) -> tuple[Any, ...]:
        # BaseException would call the class with `args` alone, which fails for classes with keyword-only data.
        return _restore, (type(self), self.args), self.__dict__


def _restore(kind: type[KrakenError], args: tuple[object, ...]) -> KrakenError:
    return kind.__new__(kind, *args)
