"""What a test does to the exchange: plain calls go in, things go wrong while clients run.

`part`          what all of them reach
by itself       what befalls `connections`, requests and their `answers`, the `messages` of channels; the `state` that
                all is in, with its `announcements`. `faults` are all of these
by chance       `misconduct` is the table that a seed draws from
`controls`      all of it: what an exchange offers
"""
