"""Signatures against Kraken's vectors, and keys that keep their secrets."""

import base64
import copy
import dataclasses
import itertools
import json
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from krakenio import credentials
from krakenio.auth import JSON, Keys, nonces, sign, signed_headers
from krakenio.errors import CredentialsError, InvalidRequest

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "test-vectors.json").read_text())
SECRET = base64.b64encode(bytes(range(64))).decode()
OTP = "one-time-pass"
KEY = "publicpartofthekey"


def _keys() -> Keys:
    return Keys(KEY, SECRET, OTP)


def _vectors(function: Callable[..., None]) -> Any:
    return pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])(function)


def test_there_are_nineteen_vectors() -> None:
    assert len(VECTORS) == 19


@_vectors
def test_the_signature_is_the_published_one(vector: dict[str, Any]) -> None:
    secret, path, nonce, body = vector["secret"], vector["path"], vector["nonce"], vector["body"]
    assert sign(secret, path, nonce, body) == vector["expected"]
    assert sign(base64.b64decode(secret), path, int(nonce), body.encode()) == vector["expected"]
    assert len(vector["expected"]) == 88


@_vectors
def test_the_headers_carry_key_signature_type_and_where_wanted_the_nonce(vector: dict[str, Any]) -> None:
    in_header = vector["nonce_location"] == "header:API-Nonce"
    headers = signed_headers(
        Keys(KEY, vector["secret"]),
        vector["path"],
        vector["nonce"],
        vector["body"],
        vector["content_type"],
        nonce_header=in_header,
    )
    expected = {"API-Key": KEY, "API-Sign": vector["expected"]}
    expected |= {"API-Nonce": vector["nonce"]} if in_header else {}
    expected |= {"Content-Type": vector["content_type"]} if vector["content_type"] else {}
    assert headers == expected


def test_a_form_is_the_default_content_type() -> None:
    assert (
        signed_headers(_keys(), "/0/private/Balance", 7, b"nonce=7")["Content-Type"]
        == "application/x-www-form-urlencoded"
    )
    assert signed_headers(_keys(), "/0/private/Balance", 7, b"{}", JSON)["Content-Type"] == "application/json"


@pytest.mark.parametrize("nonce", [True, -1, 1.5, "", "1 ", "0x1", "\u0661"])
def test_a_nonce_that_is_not_digits_is_refused(nonce: Any) -> None:
    with pytest.raises(InvalidRequest, match="nonce"):
        sign(SECRET, "/0/private/Balance", nonce, b"")


def test_a_path_that_was_not_encoded_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="percent-encoded"):
        sign(SECRET, "/0/private/Bälance", 1, b"")


@given(st.lists(st.integers(min_value=-(2**63), max_value=2**64 - 1), min_size=1))
def test_nonces_increase_strictly_whatever_the_clock_does(times: list[int]) -> None:
    clock = iter(times)
    drawn = list(itertools.islice(nonces(lambda: next(clock)), len(times)))
    assert all(later > earlier for earlier, later in itertools.pairwise([0, *drawn]))
    assert all(nonce >= time for nonce, time in zip(drawn, times, strict=True))


def test_nonces_go_on_after_a_clock_that_raised() -> None:
    answers = iter([5, None, 5])

    def clock() -> int:
        answer = next(answers)
        if answer is None:
            message = "no clock"
            raise OSError(message)
        return answer

    numbers = iter(nonces(clock))
    assert next(numbers) == 5
    with pytest.raises(OSError, match="no clock"):
        next(numbers)
    assert next(numbers) == 6


def _silent(shown: str) -> bool:
    forbidden = (SECRET, OTP, repr(base64.b64decode(SECRET))[2:-1], base64.b64decode(SECRET).hex(), KEY)
    return not any(word in shown for word in forbidden)


def test_the_secret_has_no_voice() -> None:
    keys = _keys()
    assert (keys.api_key, keys.secret, keys.otp) == (KEY, base64.b64decode(SECRET), OTP)
    shown = [repr(keys), str(keys), f"{keys}", format(keys), repr([keys]), ascii({"keys": keys})]
    assert all(_silent(text) for text in shown)
    assert repr(keys) == "Keys(api_key='publ...')"
    assert not hasattr(keys, "__dict__")


WAYS_OUT: dict[str, Callable[[Any], object]] = {
    "vars": vars,
    "dataclasses": dataclasses.asdict,
    "msgspec": msgspec.to_builtins,
    "msgspec.json": msgspec.json.encode,
    "json": json.dumps,
    "getstate": lambda keys: keys.__getstate__(),
}


@pytest.mark.parametrize("way", WAYS_OUT)
def test_keys_do_not_leave_the_process(way: str) -> None:
    with pytest.raises(TypeError) as caught:
        WAYS_OUT[way](_keys())
    assert _silent(str(caught.value))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_keys_are_not_pickled(protocol: int) -> None:
    with pytest.raises(TypeError, match="read them again"):
        pickle.dumps(_keys(), protocol)


def test_a_copy_is_the_same_object_also_within_a_dataclass() -> None:
    @dataclasses.dataclass
    class Settings:
        keys: Keys

    keys = _keys()
    assert copy.copy(keys) is copy.deepcopy(keys) is keys
    assert _silent(repr(dataclasses.asdict(Settings(keys))))


def test_keys_are_frozen() -> None:
    keys = _keys()
    with pytest.raises(AttributeError, match="frozen"):
        setattr(keys, "_api_key", "other")  # noqa: B010 - to see that it cannot be set
    with pytest.raises(AttributeError, match="frozen"):
        delattr(keys, "_secret")
    with pytest.raises(AttributeError):
        setattr(keys, "extra", 1)  # noqa: B010 - checkers know that there is no such attribute


def test_keys_compare_by_value() -> None:
    assert _keys() == _keys()
    assert hash(_keys()) == hash(_keys())
    others = [Keys(KEY, SECRET), Keys("other", SECRET, OTP), Keys(KEY, base64.b64encode(b"x").decode(), OTP)]
    assert all(_keys() != other for other in others)
    assert _keys() != KEY


BAD_SECRETS = [
    "",
    "=",
    "====",
    SECRET[:-1],
    SECRET[:-2],
    SECRET + "\n",
    " " + SECRET,
    SECRET + SECRET,
    SECRET.replace("A", "-", 1),
    SECRET.replace("P", "_", 1),
    SECRET[:-3] + "x==",
    SECRET.replace("A", "Ä", 1),
    SECRET.replace("A", "\ud800", 1),
    None,
    SECRET.encode(),
    7,
]


@pytest.mark.parametrize("secret", BAD_SECRETS, ids=range(len(BAD_SECRETS)))
def test_a_malformed_secret_fails_at_once_and_is_not_shown(secret: Any) -> None:
    with pytest.raises(CredentialsError, match=r"^api_secret must be .* base64") as caught:
        Keys(KEY, secret)
    _shows_nothing_of(secret, caught.value)


def _shows_nothing_of(secret: object, error: BaseException) -> None:
    told = "".join(traceback.format_exception(error)) + repr(vars(error))
    assert not isinstance(secret, str) or len(secret) < 10 or secret[:20] not in told
    assert error.__context__ is None
    assert error.__cause__ is None


@pytest.mark.parametrize("secret", ["not base64!", "", "AAA"])
def test_sign_refuses_a_malformed_secret_too(secret: str) -> None:
    with pytest.raises(CredentialsError, match="base64"):
        sign(secret, "/0/private/Balance", 1, b"")


def test_a_private_key_in_the_place_of_the_public_one_is_neither_taken_nor_shown() -> None:
    """A mix-up would put the secret into each `repr` and send it to Kraken."""
    with pytest.raises(CredentialsError, match=r"^api_key has the form of the private key: .* swapped") as caught:
        Keys(SECRET, KEY)
    _shows_nothing_of(SECRET, caught.value)
    with pytest.raises(CredentialsError, match="are KRAKEN_API_KEY and KRAKEN_API_SECRET swapped"):
        Keys.from_env({"KRAKEN_API_KEY": SECRET, "KRAKEN_API_SECRET": KEY})


@pytest.mark.parametrize("text", ["", " ", "a b", "a\r\nX: y", "ä", None, 7, b"key"])
def test_a_key_or_password_that_fits_no_header_is_refused_by_name(text: Any) -> None:
    with pytest.raises(CredentialsError, match=r"^api_key must be"):
        Keys(text, SECRET)
    if text is not None:
        with pytest.raises(CredentialsError, match=r"^otp must be"):
            Keys(KEY, SECRET, text)


def test_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {"KRAKEN_API_KEY": KEY, "KRAKEN_API_SECRET": SECRET, "KRAKEN_API_OTP": OTP}
    assert Keys.from_env(environment) == _keys()
    assert Keys.from_env(environment | {"KRAKEN_API_OTP": ""}).otp is None
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Keys.from_env() == _keys()


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "KRAKEN_API_KEY and KRAKEN_API_SECRET are not set in the environment"),
        ({"KRAKEN_API_KEY": KEY}, "KRAKEN_API_SECRET is not set in the environment"),
        ({"KRAKEN_API_SECRET": SECRET, "KRAKEN_API_KEY": ""}, "KRAKEN_API_KEY is not set in the environment"),
        ({"KRAKEN_API_KEY": KEY, "KRAKEN_API_SECRET": SECRET[:-1]}, r"KRAKEN_API_SECRET must be .* base64"),
        ({"KRAKEN_API_KEY": "a b", "KRAKEN_API_SECRET": SECRET}, "KRAKEN_API_KEY must be ASCII"),
        ({"KRAKEN_API_KEY": KEY, "KRAKEN_API_SECRET": SECRET, "KRAKEN_API_OTP": " "}, "KRAKEN_API_OTP must be ASCII"),
    ],
)
def test_an_incomplete_environment_is_told_by_the_variables_name(environment: dict[str, str], message: str) -> None:
    with pytest.raises(CredentialsError, match=message) as caught:
        Keys.from_env(environment)
    assert _silent(str(caught.value))


GOOD_FILES = [
    f"api_key = {KEY}\napi_secret = {SECRET}\notp = {OTP}\n",
    f"# mine\r\n\r\nKRAKEN_API_SECRET={SECRET}\r\nKRAKEN_API_OTP='{OTP}'\r\n  Kraken_Api_Key = \"{KEY}\"",
    "\ufeff" + f"otp={OTP}\napi_secret={SECRET}\napi_key={KEY}",
    json.dumps({"api_key": KEY, "api_secret": SECRET, "otp": OTP, "name": "other members are ignored"}),
    "\n " + json.dumps({"KRAKEN_API_KEY": KEY, "KRAKEN_API_SECRET": SECRET, "KRAKEN_API_OTP": OTP}),
]


@pytest.mark.parametrize("content", GOOD_FILES, ids=range(len(GOOD_FILES)))
def test_keys_come_from_a_file(tmp_path: Path, content: str) -> None:
    path = tmp_path / "kraken.keys"
    path.write_bytes(content.encode())
    assert Keys.from_file(path) == Keys.from_file(str(path)) == _keys()


def test_a_file_needs_no_password(tmp_path: Path) -> None:
    path = tmp_path / "kraken.keys"
    path.write_text(f"api_key={KEY}\napi_secret={SECRET}\notp=\n")
    assert Keys.from_file(path).otp is None


BAD_FILES = [
    ("", r"missing: api_key in \S+ and api_secret in"),
    (f"api_key = {KEY}", "missing: api_secret in"),
    (json.dumps({"api_secret": SECRET}), "missing: api_key in"),
    (f"{KEY}\n{SECRET}\n", "line 1 of .* is not understood"),
    (f"api_key={KEY}\n{SECRET}\n", "line 2 of .* is not understood"),
    (f"api_key={KEY}\napi_secret={SECRET}\napi_key={KEY}", "line 3 of .* is not understood"),
    (f"api_key={KEY}\napi_secret=\"{SECRET}'", "api_secret in .* base64"),
    ('{"api_key": "' + SECRET, "begins like JSON"),
    ("{" * 100_000, "begins like JSON"),
    ('{"a":' * 100_000, "begins like JSON"),
    (json.dumps({"api_key": KEY, "api_secret": 7}), "api_secret in .* base64"),
    (json.dumps({"api_key": KEY, "api_secret": SECRET, "otp": 7}), "otp in .* must be text"),
]


@pytest.mark.parametrize(("content", "message"), BAD_FILES, ids=range(len(BAD_FILES)))
def test_a_file_of_another_form_is_refused_without_showing_it(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "kraken.keys"
    path.write_text(content)
    with pytest.raises(CredentialsError, match=message) as caught:
        Keys.from_file(path)
    _shows_nothing_of(SECRET, caught.value)


def test_a_file_that_is_no_text_is_refused_without_showing_it(tmp_path: Path) -> None:
    path = tmp_path / "kraken.keys"
    path.write_bytes(b"api_key=a\napi_secret=" + SECRET.encode() + b"\xff\n")
    with pytest.raises(CredentialsError, match="base64") as caught:
        Keys.from_file(path)
    _shows_nothing_of(SECRET, caught.value)


def test_a_missing_file_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match=r"cannot read the credentials in \S+nowhere: No such file"):
        Keys.from_file(tmp_path / "nowhere")


def test_what_was_found_is_not_shown_either() -> None:
    assert _silent(
        repr(credentials.from_env({"KRAKEN_API_KEY": KEY, "KRAKEN_API_SECRET": SECRET, "KRAKEN_API_OTP": OTP}))
    )
