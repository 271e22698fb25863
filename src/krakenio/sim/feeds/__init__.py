"""What WebSockets are told unasked: transactions go in, frames of channels go out to whoever subscribed.

`feeds`         who listens to what
public          `market_data` writes; `windows` knows what a book of levels shows, `level3` one of orders
private         `private` decides who hears of what; `executions` writes reports
"""
