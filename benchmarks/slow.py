"""Measure what a consumer costs that never reads: in, how many messages; out, what streams of several buffers hold.

Trades are subscribed and never read; books and tickers of the same session are. Each case is a process of its own:
`python -m benchmarks.slow LOOP BUFFER MESSAGES PORT` prints a line of JSON; for the loop `list` a list holds as many.
"""

import json
import sys
from typing import Any

import anyio

import krakenio
from benchmarks.build import BUILD
from benchmarks.cases.session import BUFFER, session
from benchmarks.frames import MIX, SYMBOLS
from benchmarks.job import Job
from benchmarks.memory import Looks, child, on_loop, resident
from benchmarks.report import Measurement, Row, Table
from benchmarks.rounds import CYCLE, whole
from benchmarks.source import Ports
from krakenio.frames import FrameSplitter

BUFFERS = (1_000, 10_000, 100_000)
FULL = 0.6  # the part of a run after which every buffer must be full
BOOKS = MIX["book"] + MIX["snapshot"]  # messages of books in a cycle
A_TRADE = 0.2  # trades a message, at least


def run(messages: int, ports: Ports) -> Table:
    """Measure each buffer once on each loop; what a buffer costs is what it holds beyond the smallest."""
    enough = whole(max(messages, int(BUFFERS[-1] / A_TRADE / FULL)))
    rows, measured = list[Row](), dict[str, list[Measurement]]()
    for loop in ("trio", "asyncio"):
        for buffer in BUFFERS:
            name = f"{loop}, buffer of {buffer:,}"
            seen = measured.setdefault(name, [child("slow", loop, buffer, enough, ports.tls)])[0]
            held = seen["end"] - measured[f"{loop}, buffer of {BUFFERS[0]:,}"][0]["end"]
            rows.append(Row(name, [f"{held / 1e6:+.1f} MB", f"{seen['slope']:+.3f} bytes", f"{seen['lost']:,.0f}"], 0))
    for buffer in BUFFERS[1:]:
        name = f"list of {buffer:,}"
        measured[name] = [child("slow", "list", buffer, enough, ports.tls)]
        rows.append(Row(name, [f"{measured[name][0]['held'] / 1e6:+.1f} MB", "", ""], 0))
    title = f"A stream of trades that nobody reads, over {enough:,} messages, TLS"
    return Table("slow", title, ["holds", "then a message", "dropped, told"], rows, measured)


async def starve(job: Job, buffer: int, looks: Looks, seen: Measurement) -> None:
    """Read books and tickers, and no trade, to the end; then see what the trades' stream holds."""
    async with session(job, float) as s, s.trades(*SYMBOLS, buffer=buffer, on_full="gap") as unread:
        async with (
            s.ticker(*SYMBOLS, buffer=BUFFER, on_full="gap") as tickers,
            s.book_updates(*SYMBOLS, depth=10, buffer=BUFFER) as books,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(drain, tickers)
            await count(books, job.messages // CYCLE * BOOKS, looks)
            tasks.cancel_scope.cancel()
        held = [item for item in await unread.take_batch() if type(item) is not krakenio.Gap]
        assert len(held) == buffer, f"{len(held):,} trades are held, {buffer:,} were declared"
        seen["lost"] = unread.lost


async def drain(stream: krakenio.Stream[Any]) -> None:
    """Read a stream and do nothing with it."""
    async for _batch in stream.batches():
        pass


async def count(books: krakenio.Stream[Any], last: int, looks: Looks) -> None:
    """Read so many messages of books, and look at the memory."""
    seen = 0
    async for batch in books.batches():
        seen += len(batch)
        looks(seen)
        if seen >= last:
            return


def watch(loop: str, buffer: int, messages: int, port: int) -> Measurement:
    """Run one session, which is not held back."""
    job = Job(messages, port, hold=False)
    looks, seen = Looks(messages // CYCLE * BOOKS), Measurement()
    on_loop(loop, starve, job, buffer, looks, seen)
    return seen | looks.settled(FULL, messages)


def hold(count: int) -> Measurement:
    """Hold so many trades in a list, each decoded from a frame of its own."""
    frames = FrameSplitter().feed((BUILD / "frames_mix.bin").read_bytes())
    frames = [frame for frame in frames if b'"channel":"trade"' in frame]
    rows, before = list[Any](), resident()
    while len(rows) < count:
        for frame in frames:
            message: Any = krakenio.messages.decode(frame, float)
            rows += message.data
    return {"held": (resident() - before) * count / len(rows)}


if __name__ == "__main__":
    name, *numbers = sys.argv[1:]
    size, messages, port = map(int, numbers)
    print(json.dumps(hold(size) if name == "list" else watch(name, size, messages, port)))
