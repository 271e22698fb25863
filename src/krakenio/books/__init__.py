"""Books that are Kraken's or say that they are not: messages go in; levels, verdicts and measures come out."""

from krakenio.books.desync import Desync
from krakenio.books.kept import KeptBook
from krakenio.books.l2 import DEPTHS, Book
from krakenio.books.l3 import LEVEL3_DEPTHS, Level3Book, OrderLevel
from krakenio.books.levels import Levels, Sweep

__all__ = ["DEPTHS", "LEVEL3_DEPTHS", "Book", "Desync", "KeptBook", "Level3Book", "Levels", "OrderLevel", "Sweep"]
