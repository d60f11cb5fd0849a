"""Asking a model over the network: one module a provider, and what all of them share.

Questions come from `subtasks.questions`, replies go to `subtasks.store` the moment they arrive.
"""
