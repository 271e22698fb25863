"""What became of a request whose reply was lost: reports tell of it, or Kraken's tables (contract B6, B8).

by reports      `reported` for adds, found by their `names`; `doubts` for amends and cancels
by tables       `ledger` for adds, amends and edits, by a `survey` and its `verdicts`
`cancelledger` for cancels, of the orders that `targets` finds
for all         `sharedreading`: what one reading of the tables tells, all hear who are in doubt
"""
