"""Know what is wanted and who gets it: streams and replies go in, requests and rows come out. All pure."""
