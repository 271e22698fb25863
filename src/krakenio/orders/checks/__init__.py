"""What a user passes for an order, checked before anything is sent: Kraken's fields go in, its parameters come out.

`fields`        what places an order; `changefields` what amends, edits and cancels
`fitting`       whether the fields fit the order's type
`increments`    whether the numbers fit the market's steps and minima, which `markets` knows
"""
