"""How a request gets out: it waits for the matching engine, then takes the socket or REST.

`pacing`        what it costs in the engine's counter, and the wait until there is room, in a `line`
`roads`         the two ways to Kraken; for REST `overrest` turns its words, `editing` those of an edit
`asking`        the way of what concerns the whole account: ahead of all others, and over either
"""
