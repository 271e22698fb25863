"""What the account has, live: reports go in, each once and without holes; orders and balances to look at come out.

`executions`    keeps the reports whole; what the channel missed comes by `lookup`
`table`         the open orders, a view of them; `funds` the balances, with what open orders hold
"""
