"""The JSON API: one file of routes for each resource, and its request and response models.

A route reads a body, calls one use case and returns a body. It makes no decisions.
"""
