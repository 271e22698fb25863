"""Give the user what arrives: rows go into bounded mailboxes, streams to iterate come out."""
