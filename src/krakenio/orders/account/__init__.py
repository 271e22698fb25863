"""What the account has, live: reports go in, each once and without holes; orders and balances to look at come out.

`journal`       every order that was told of, as it is now
`executions`    keeps the reports whole: `lookup` asks REST for what the channel missed, `fetched` makes reports of it,
                `mending` knows by `reckoning` what is still missing, and `interleaving` finds each its place
`table`         the open orders, a view of the journal
`funds`         the balances, with what open orders hold (`holdings`)
"""
