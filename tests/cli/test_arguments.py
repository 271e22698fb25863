"""What the command line says to bad arguments, and what it takes for granted."""

import sys

import pytest

import krakenio
from krakenio.cli import main
from krakenio.cli.arguments import DemoOptions, parse


def test_the_demo_has_defaults() -> None:
    assert parse(["demo"]) == DemoOptions("trio", 10.0, 1)


def test_each_option_is_taken() -> None:
    assert parse(["demo", "--backend", "asyncio", "--seconds", "2.5", "--seed", "7"]) == DemoOptions("asyncio", 2.5, 7)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "the following arguments are required: command"),
        (["sell"], "invalid choice: 'sell'"),
        (["demo", "--seconds", "soon"], "'soon' is not a number of seconds from 1 to 3600"),
        (["demo", "--seconds", "0"], "'0' is not a number of seconds from 1 to 3600"),
        (["demo", "--seconds", "nan"], "'nan' is not a number of seconds"),
        (["demo", "--seed", "-1"], "'-1' is not a whole number from 0 on"),
        (["demo", "--seed", "1.5"], "'1.5' is not a whole number from 0 on"),
        (["demo", "--backend", "curio"], "invalid choice: 'curio'"),
        (["demo", "--fast"], "unrecognized arguments: --fast"),
    ],
)
def test_a_bad_argument_is_named_with_exit_code_2(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--help"], ["demo", "--help"]])
def test_help_names_the_demo(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 0
    assert "demo" in capsys.readouterr().out


def test_the_command_tells_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"krakenio {krakenio.__version__}\n"


def test_without_trustme_one_line_names_the_extra(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "trustme", None)
    assert main(["demo"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "trustme" in said
    assert "extra `sim`" in said
