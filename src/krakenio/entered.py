"""Say what to write around what is entered by `async with`, where somebody wrote `with` or `for`."""

from typing import TYPE_CHECKING, Never


class Entered:
    """Be entered by `async with` alone; checkers say so by themselves, as long as the methods below are not there.

    There is none for `await`: AnyIO's portals and others await whatever a call returns that has one.
    """

    __slots__ = ()

    if not TYPE_CHECKING:

        def __enter__(self) -> Never:
            """Name what was forgotten."""
            raise _misused(self, "with", "`async with`")

        def __exit__(self, *_: object) -> None:
            """Be there, since Python looks for it before it enters."""


class Iterated(Entered):
    """Be entered, and iterated by `async for` inside."""

    __slots__ = ()

    if not TYPE_CHECKING:

        def __iter__(self) -> Never:
            """Name what was forgotten."""
            raise _misused(self, "for", "`async for`, inside `async with ... as it:`")


def _misused(what: object, how: str, right: str) -> TypeError:
    return TypeError(f"{what!r} takes no `{how}`: write {right}")
