from typing import Any

from krakenio.books.digits import Change, Precision
from krakenio.books.ranks import Ranks
from krakenio.books.taking import TakeLevels

VERSION: int

def take_run(data: bytes, position: int, messages: list[bytes]) -> int: ...
def take_levels(slowly: TakeLevels, side: Ranks[Change], levels: list[Any], precision: Precision) -> None: ...
