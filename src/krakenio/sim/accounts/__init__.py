"""Who trades: what an account owns and may do, and by which keys.

`limits`        how much of what a tier allows
`vault`         transfers, addresses, allocations and reports
`account`       balances, holds, orders, ledger
`access`        keys and tokens, with the account that each stands for
"""
