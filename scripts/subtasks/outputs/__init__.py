"""What is written into a dataset: the columns and tables that carry subtasks, and metadata.

Each output is one module, chosen by its name in `registry`.
"""
