"""WebSocket v2 as the exchange answers it: texts of a client go in, replies and what it subscribed to go out.

`client`        what one client is told; `pulse` keeps its connection alive, or ends it
`hearing`       takes its texts: `calls` checks their form, `methods` is the one table of what exists
methods         `subscribing` to market data, `following` an account; `trading`, with orders by `reading`
"""
