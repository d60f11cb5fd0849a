"""Library of the workflow: one module a noun, pure where it can be."""
