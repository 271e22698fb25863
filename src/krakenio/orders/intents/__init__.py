"""One request about an order, from before it is sent until its outcome is certain: contract B is kept here.

`intent`        the request itself: a `record` of what is known of it, with an `outcome`
`identity`      the names that Kraken and we call the order by
`deadlines`     how long Kraken may take it, and how long replies are waited for
`gates`         whether it may go out, and its taking back
`needs`         what an intent needs of its session, in protocols
"""
