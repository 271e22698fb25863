"""REST as the exchange answers it: bytes of a request go in, Kraken's envelope comes out.

the whole       `endpoints` is the one table of what exists
in              `body`, `params`; orders by `reading`
public          `market`, `books`, `history`, `transparency`
an account      `account`, `activity`, `worth`, `keys`, `subaccounts`, `exports`
orders, money   `trading`; `funding`, `earn`; `beta`, `beta_addresses`, `beta_pages`
out             `orders` as rows, prices in their `digits`, lists cut into `pages`
"""
