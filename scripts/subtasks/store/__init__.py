"""The reply store, which holds what was paid for or ordered, and the outcomes made from it.

The store's files are money: each is written whole or not at all, processes lock each other out,
and no rule deletes one.
"""
