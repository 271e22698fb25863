"""Measure krakenio beside a compiled blocking loop and beside other libraries, on the same frames: `nox -s bench`.

In: nothing but this folder, gcc and OpenSSL's headers. Out: a table of messages a second and ratios to the limit.
"""
