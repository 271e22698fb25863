"""The permission that is missing is named before it is needed."""

import pytest

from krakenio import InvalidRequest
from krakenio.rest.known import METHODS
from krakenio.rest.permissions import NEEDS, missing


def test_every_signed_method_has_its_permissions() -> None:
    assert set(NEEDS) == {method.name for method in METHODS if method.path.startswith("/0/private/")}


@pytest.mark.parametrize(
    ("methods", "held", "lacking"),
    [
        (["AddOrder"], ["modify-trades"], {}),
        (["AddOrder", "Ledgers"], ["query-funds"], {"AddOrder": "modify-trades", "Ledgers": "query-ledger"}),
        (["CancelOrder"], ["close-trades"], {}),
        (["EditOrder"], ["modify-trades"], {"EditOrder": "close-trades"}),
        (["EditOrder"], [], {"EditOrder": "close-trades and modify-trades"}),
        (["QueryOrders"], ["query-closed-trades"], {}),
        (["GetApiKeyInfo", "Earn/Strategies"], [], {}),
    ],
)
def test_what_a_key_lacks_is_told_by_method(methods: list[str], held: list[str], lacking: dict[str, str]) -> None:
    assert missing(methods, held) == lacking


def test_a_method_that_does_not_exist_names_the_nearest() -> None:
    with pytest.raises(InvalidRequest, match="did you mean 'AddOrder'"):
        missing(["AddOrders"], [])
