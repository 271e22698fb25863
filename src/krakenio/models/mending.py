"""Read results that are told in another form than documented: JSON and a type go in, the typed result comes out. Pure.

Only where a result does not decode: nothing is guessed, and no number becomes another one. Null or an empty text where
a field may be absent is its absence; an empty array stands for an empty map, and the other way round, as PHP writes
them; a number where text is expected is its digits, and one such as `3.0` where an integer is, that integer.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any, cast

import msgspec
from msgspec import inspect

from krakenio.finite import is_sane
from krakenio.numbers import plain

_MAPS = (inspect.DictType, inspect.StructType)
_LISTS = (inspect.ListType, inspect.VarTupleType)
_EXACT = msgspec.json.Decoder(float_hook=Decimal).decode
_described = cache(inspect.type_info)


def read(raw: msgspec.Raw, kind: Any) -> Any:  # noqa: ANN401 - checkers do not see that a union is a type
    """Decode JSON as `kind`, mended; raises what msgspec does."""
    return mended(_EXACT(raw), kind)


def mended(value: Any, kind: Any) -> Any:  # noqa: ANN401
    """Convert what was decoded, its fractions as `Decimal`, to `kind`; raises what msgspec does."""
    wanted = _described(kind)
    if isinstance(value, list) and isinstance(wanted, inspect.StructType):
        wanted = inspect.AnyType()  # an empty array is no answer to an order
    return msgspec.convert(_mended(value, wanted), kind, strict=False)


def _mended(value: Any, wanted: inspect.Type) -> Any:  # noqa: ANN401 - any JSON
    options = wanted.types if isinstance(wanted, inspect.UnionType) else (wanted,)
    match value:
        case dict():
            return _of_map(cast("dict[str, Any]", value), options)
        case list():
            return _of_list(cast("list[object]", value), options)
        case int() | Decimal() if not isinstance(value, bool):
            return _of_number(value, options)
        case _:
            return value


def _of_map(value: dict[str, Any], options: tuple[inspect.Type, ...]) -> Any:  # noqa: ANN401
    for option in options:
        if isinstance(option, inspect.StructType) and not option.array_like:
            return _of_fields(value, {field.encode_name: field for field in option.fields})
        if isinstance(option, inspect.DictType):
            return {name: _mended(each, option.value_type) for name, each in value.items()}
    return [] if not value and any(isinstance(option, _LISTS) for option in options) else value


def _of_fields(value: dict[str, Any], fields: Mapping[str, inspect.Field]) -> dict[str, Any]:
    known = {name: each for name, each in value.items() if name in fields and not _is_absent(each, fields[name])}
    return {name: _mended(each, fields[name].type) for name, each in known.items()}


def _is_absent(value: object, field: inspect.Field) -> bool:
    """Tell whether nothing stands for a field that need not be there; an empty text is one where text is wanted."""
    wanted = field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)
    is_text = any(isinstance(each, inspect.StrType) for each in wanted)
    return not field.required and (value is None or (value == "" and not is_text))


def _of_list(value: list[object], options: tuple[inspect.Type, ...]) -> Any:  # noqa: ANN401
    for option in options:
        if isinstance(option, _LISTS):
            return [_mended(each, option.item_type) for each in value]
    return {} if not value and any(isinstance(option, _MAPS) for option in options) else value


def _of_number(value: int | Decimal, options: tuple[inspect.Type, ...]) -> Any:  # noqa: ANN401
    if any(isinstance(option, inspect.DecimalType | inspect.FloatType) for option in options):
        return value
    if any(isinstance(option, inspect.IntType) for option in options):
        return int(value) if is_sane(Decimal(value)) and value == int(value) else value
    text = any(isinstance(option, inspect.StrType) for option in options)
    return plain(Decimal(value)) if text and is_sane(Decimal(value)) else value
