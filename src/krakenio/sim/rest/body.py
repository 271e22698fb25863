"""Read the body of a private call: a form or JSON goes in, parameters as texts come out, and lists where they may be.

In two steps, since who calls is asked in between: what the body says at all, and then whether that is what may be said.

Source: rest-auth §2.1-2.3.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast
from urllib.parse import parse_qsl

import msgspec

from krakenio.sim.connections.http import Request
from krakenio.sim.refusal import Refused
from krakenio.sim.rest.params import flat, refuse
from krakenio.sim.wire import decode

_INDEXED = re.compile(r"(\w+)\[(\d{1,2})\]\[(\w+)\](\[\w+\])?")
"""`orders[0][price]` or `orders[0][close][price]`, as the official Rust SDK writes a batch."""


def said(request: Request) -> Mapping[str, object]:
    """Return the fields of a body as they stand there; what is neither a form nor an object is a bad request."""
    if not _is_json(request):
        return dict(_pairs(request))
    try:
        found = decode(request.body)
    except msgspec.DecodeError as error:
        raise Refused("EAPI:Bad request") from error
    if not isinstance(found, dict):
        raise Refused("EAPI:Bad request")
    return cast("dict[str, object]", found)


def word(fields: Mapping[str, object], name: str) -> str:
    """Return the text of one field; of JSON the nonce may be a string or a number (rest-auth §2.2)."""
    value = fields.get(name)
    return flat({name: value})[name] if isinstance(value, (str, int, Decimal)) else ""


def read(request: Request, fields: Mapping[str, object], lists: Sequence[str], joined: str) -> Mapping[str, Any]:
    """Return the parameters that these fields of a request are.

    `lists`: the names whose values may be lists. `joined`: the name whose comma list JSON may write as a list of texts
    or of `{asset, aclass}`.
    """
    if _is_json(request):
        return _from_json(dict(fields), lists, joined)
    pairs, form = _pairs(request), cast("Mapping[str, str]", fields)
    repeated = {name: ",".join(value for key, value in pairs if key == name) for name in lists if name in form}
    return {**form, **repeated, **_indexed(form, lists)}


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").lower().startswith("application/json")


def _pairs(request: Request) -> list[tuple[str, str]]:
    return parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)


def _from_json(fields: dict[str, object], lists: Sequence[str], joined: str) -> Mapping[str, Any]:
    if isinstance(fields.get(joined), list):
        fields[joined] = _joined(joined, cast("list[object]", fields[joined]))
    listed: dict[str, object] = {name: fields[name] for name in lists if isinstance(fields.get(name), list)}
    return {**flat({name: value for name, value in fields.items() if name not in listed}), **listed}


def _joined(name: str, items: list[object]) -> str:
    """Return a comma list; the class of an asset adds nothing, since names are unique here."""
    texts = [cast("dict[str, object]", item).get("asset") if isinstance(item, dict) else item for item in items]
    if not all(isinstance(text, str) for text in texts):
        raise refuse(name)
    return ",".join(cast("list[str]", texts))


def _indexed(form: Mapping[str, str], lists: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    """Return the lists of objects that a form spells out, in the order of their numbers."""
    rows: dict[str, dict[int, dict[str, str]]] = {}
    for name, value in form.items():
        found = _INDEXED.fullmatch(name)
        if found and found[1] in lists:
            rows.setdefault(found[1], {}).setdefault(int(found[2]), {})[found[3] + (found[4] or "")] = value
    return {name: [row for _, row in sorted(numbered.items())] for name, numbered in rows.items()}
