"""Servers on this machine that stand in for the real services while tests run."""
