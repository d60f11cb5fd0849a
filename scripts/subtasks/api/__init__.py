"""Asking a model over the network: one module for each provider, and what they share.

The only package that opens connections. Questions come from `subtasks.questions`; replies go to
`subtasks.store` the moment they arrive.
"""
