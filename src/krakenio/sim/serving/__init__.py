"""Where clients reach the exchange: connections come in, WebSocket or REST is spoken on them until they end.

`hosting`       makes the addresses, and takes connections
`server`        serves each of them, and knows which are open
`freezing`      lets one stall, or send in pieces
"""
