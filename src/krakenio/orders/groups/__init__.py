"""Groups of orders: what is placed in a block cannot outlive it unnoticed (contract I).

`group`         the block and what it owns
`leftopen`      the error that tells of orders which may be open still
`leaving`       what a library task does when it is left, with the cancels of `groupcancels`
"""
