"""The matching engine: orders, changes and cancels go in, transactions come out.

`engine`        runs the markets: `matching` trades, `triggers` wait for a price, `closes` follow a fill, `terms` amend
`precision`     gives a market other decimals while it trades
`makers`        send orders of others, so that markets move
"""
