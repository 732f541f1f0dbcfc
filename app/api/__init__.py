"""The JSON API: one file of routes for each resource, and its request and response models.

A route builds the input of an act, calls it, and builds the response; the rules stand in the act. `request-code` has
two acts, one for each kind of body; the public keys and `/livez` need none.
"""
