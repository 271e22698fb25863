"""The exchange's end of connections: bytes come in from sockets or memory, requests and texts come out.

`stream`        what all of them are: bytes both ways
`tcp`           loopback sockets, with TLS by a `certificate` made on the spot
`memory`        two ends joined within the process
`http`          requests and answers
`websocket`     text messages, after an upgrade
"""
