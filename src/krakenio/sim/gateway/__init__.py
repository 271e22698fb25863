"""From what a client asks for to the engine, or to Kraken's refusal: the same for WebSocket and REST.

`requests`      what is asked for, however it was written
an order        `rules` by itself: its `sizes`, its `times`; `placing` by what there is, and finding and cancelling it
a change        `changing` an order, or many at once; `amending` tells what becomes of one
`timers`        what the engine is to do later
"""
