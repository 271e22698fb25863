"""The two switches over the whole account: the dead-man's switch (contract H) and the kill switch.

`deadman`       keeps Kraken's countdown armed while a block runs; `countdown` follows it from here
`halting`       stops trading at once, until it is resumed
"""
