"""Whoever walks through lists page by page, by whichever cursor, sees each row once."""

import pytest

from tests.sim.clients import raw_rest, still

SYMBOL = "ETH/BTC"


@pytest.mark.virtual
@pytest.mark.parametrize("count", [1, 7, 1000])
async def test_reported_trades_are_walked_by_their_last_time(count: int) -> None:
    async with still(markets=[SYMBOL], limits=False) as exchange, raw_rest(exchange) as rest:
        path = f"/0/public/PostTrade?symbol={SYMBOL}&count={count}"
        found, last = list[str](), "2020-01-01T00:00:00Z"
        for _ in range(100):
            page = (await rest.get(f"{path}&from_ts={last}"))["result"]
            found += [trade["trade_id"] for trade in page["trades"]]
            last = page.get("last_ts", last)
        assert found == [f"{SYMBOL}-{number}" for number in range(1, len(found) + 1)] != []
