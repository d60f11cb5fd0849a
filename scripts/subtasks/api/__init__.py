"""Asking a model over the network: one module a provider, and what all of them share.

The only package that opens connections. Questions come from `subtasks.questions`, replies go to
`subtasks.store` the moment they arrive.
"""
