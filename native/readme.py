"""Make the README hold where its neighbours are not: on the package index, a link to a file of ours leads nowhere.

hatchling calls this for each distribution. `pages` in `pyproject.toml` is where the repository's files can be read;
while there is no such place a link becomes its text and the name of the file, which the sdist has.
"""

import re
from pathlib import Path
from typing import Any, cast

from hatchling.metadata.plugin.interface import MetadataHookInterface

_LINK = re.compile(r"\[([^][]*)\]\((?![a-z]+:|#)([^()\s]+)\)")


class ReadmeHook(MetadataHookInterface):
    """Be what hatchling calls."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Write the README into the metadata."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        config = cast("dict[str, str]", self.config)  # pyright: ignore[reportUnknownMemberType] - hatchling's `dict`
        metadata["readme"] = {"content-type": "text/markdown", "text": elsewhere(text, config["pages"])}


def elsewhere(text: str, pages: str) -> str:
    """Return Markdown whose links to files hold anywhere: below `pages`, or without a link where that is empty."""
    return _LINK.sub(rf"[\1]({pages}\2)" if pages else r"\1 (`\2`)", text)
