"""The names of the passes, in the order in which they are made."""

DESCRIBE, SEGMENT, RELABEL, REFINE = "describe", "segment", "relabel", "refine"
