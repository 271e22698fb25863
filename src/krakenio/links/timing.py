"""Learn Kraken's time from its replies: when a request was written and what came back go in, the skew is updated."""

from krakenio.clock import Skew
from krakenio.errors import DecodeError
from krakenio.links.context import Context
from krakenio.messages import Reply, unix_ns


class Stopwatch:
    """Time one request."""

    __slots__ = ("_clock", "_sent", "_skew")

    def __init__(self, context: Context) -> None:
        self._clock = context.steady_ns
        self._skew: Skew = context.skew
        self._sent: int | None = None

    def start(self) -> int:
        """Note when the request is written, in nanoseconds of the loop's clock, and return it."""
        self._sent = self._clock()
        return self._sent

    def stop(self, reply: Reply) -> None:
        """Compare the clocks by a reply; some of Kraken's times are malformed, and then nothing is learnt."""
        if self._sent is None or reply.time_in is None or reply.time_out is None:
            return
        try:
            self._skew.observe(self._sent, self._clock(), unix_ns(reply.time_in), unix_ns(reply.time_out))
        except DecodeError:
            return
