"""One request about several orders, with an outcome for each (contract B11).

`legs`          the orders of a batch that are placed at once, each an intent of its own
`cancellist`    orders that are cancelled at once, each with its outcome
`tags`          orders that are cancelled by the `order_userref` they share
"""

from krakenio.orders.batch.legs import Batch, Leg

__all__ = ["Batch", "Leg"]
