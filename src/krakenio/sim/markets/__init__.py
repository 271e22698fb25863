"""What is traded, as data: a market with its orders, its book and its past.

`listing`       the markets and assets that there are
`prices`        prices as clients write them, in a market's units
`wallets`       where an account keeps money, and why it moves
`orders`        what an order is, of which of the `kinds`, and what happened to it; what its owner can be asked
`book`          the orders that rest, in price-time priority
`history`       what was traded
`places`        a market with all of these
"""
