"""Groups of orders: what is placed in a block cannot outlive it unnoticed (contract I).

`group`         the block and what it owns
`leaving`       what a library task does when it is left, with the cancels of `groupcancels`
"""
