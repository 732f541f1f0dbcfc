"""Outbound HTTP/1.1: `pool` makes one call of a peer within its limits, `responses` reads what it answered.

`lookups`, `transport` and `connection` are the way to the socket. Nothing else calls the network, but for Redis.
"""
