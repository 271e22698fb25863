"""Count what the process holds: two pictures go in, what the second has more than the first comes out."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import anyio

DESCRIPTORS = Path("/dev/fd")

Kind = Literal["task", "socket", "descriptor"]


@dataclass(frozen=True, slots=True)
class Held:
    """One thing that is held: a task of the running loop, or an open descriptor."""

    kind: Kind
    identity: tuple[int, ...]
    name: str


def footprint() -> list[Held]:
    """Return every task of the running loop and every open descriptor of the process."""
    tasks = [Held("task", (task.id,), str(task.name)) for task in anyio.get_running_tasks()]
    return [*tasks, *_descriptors()]


def left_behind(before: list[Held], after: list[Held]) -> list[Held]:
    """Return what is held after and was not before."""
    return [held for held in after if held not in before]


def _descriptors() -> list[Held]:
    numbers = [int(entry.name) for entry in DESCRIPTORS.iterdir()] if DESCRIPTORS.is_dir() else []
    return [held for number in sorted(numbers) if (held := _descriptor(number)) is not None]


def _descriptor(number: int) -> Held | None:
    """Return an open descriptor with what it is open on, so that a number which was given out again is another one."""
    try:
        status = os.fstat(number)
    except OSError:  # the one that listed the directory
        return None
    kind: Kind = "socket" if stat.S_ISSOCK(status.st_mode) else "descriptor"
    return Held(kind, (number, status.st_dev, status.st_ino), f"{kind} {number}")
