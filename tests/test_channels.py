"""Each channel's row says what Kraken documents; parameters are checked before anything is sent."""

import pytest

from krakenio import InvalidRequest
from krakenio.subscriptions.channels import CHANNELS, Key, check_params


def test_each_channel_goes_to_its_own_host() -> None:
    """Defect 1: private channels at the public host cannot work."""
    assert {name: channel.link for name, channel in CHANNELS.items()} == {
        "ticker": "ws",
        "trade": "ws",
        "book": "ws",
        "level3": "ws_l3",
        "ohlc": "ws",
        "instrument": "ws",
        "executions": "ws_auth",
        "balances": "ws_auth",
    }
    assert [name for name, channel in CHANNELS.items() if channel.private] == ["level3", "executions", "balances"]


def test_only_state_can_be_conflated() -> None:
    """D4: `executions` and `balances` never drop silently."""
    assert {name for name, channel in CHANNELS.items() if "conflate" in channel.policies} == {"ticker", "ohlc"}
    for channel in CHANNELS.values():
        assert channel.on_full in channel.policies
        assert channel.buffer > 0


@pytest.mark.parametrize(
    ("channel", "name", "value", "offers"),
    [
        ("book", "depth", 11, "10, 25, 100, 500, 1000"),
        ("book", "depth", "10", "10, 25, 100, 500, 1000"),
        ("book", "depth", 10.0, "10, 25, 100, 500, 1000"),
        ("ticker", "event_trigger", "all", "'trades', 'bbo'"),
        ("trade", "snapshot", 1, "True, False"),
        ("trade", "snapshot", None, "True, False"),
    ],
)
def test_a_parameter_that_kraken_does_not_offer_is_named(channel: str, name: str, value: object, offers: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        check_params(channel, CHANNELS[channel], {name: value})
    assert str(caught.value) == f"{channel}({name}={value!r}): Kraken offers {offers}"


def test_parameters_come_out_in_a_fixed_order() -> None:
    assert check_params("book", CHANNELS["book"], {"depth": 25}) == (("depth", 25),)
    assert check_params("executions", CHANNELS["executions"], {}) == ()


def test_messages_tell_intervals_apart_but_neither_depths_nor_triggers() -> None:
    assert Key("ohlc", "BTC/USD", (("interval", 5),)).topic == ("BTC/USD", 5)
    assert Key("book", "BTC/USD", (("depth", 25),)).topic == "BTC/USD"
    assert Key("instrument", None, (("execution_venue", "international"),)).topic is None
