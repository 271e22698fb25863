"""Keep Kraken's sockets alive: an address goes in, decoded messages and answered requests come out."""
