"""Learn Kraken's time from its replies: when a request was written and what came back go in, the skew is updated."""

from krakenio.errors import DecodeError
from krakenio.links.context import Context
from krakenio.messages import Reply, unix_ns


class Stopwatch:
    """Time one request."""

    __slots__ = ("_context", "_sent")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._sent: int | None = None

    def start(self) -> None:
        """Note when the request is written."""
        self._sent = self._context.steady_ns()

    def stop(self, reply: Reply) -> None:
        """Compare the clocks by a reply."""
        if self._sent is not None:
            learn(self._context, self._sent, reply)


def learn(context: Context, sent: int, reply: Reply) -> None:
    """Compare the clocks by the reply to a request that was `sent` at a time of `steady_ns`.

    Some of Kraken's times are malformed, and then nothing is learnt.
    """
    if reply.time_in is None or reply.time_out is None:
        return
    try:
        context.skew.observe(sent, context.steady_ns(), unix_ns(reply.time_in), unix_ns(reply.time_out))
    except DecodeError:
        return
