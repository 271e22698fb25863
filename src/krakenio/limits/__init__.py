"""Count what Kraken allows: costs and what Kraken tells go in, how long to wait comes out. All pure."""
