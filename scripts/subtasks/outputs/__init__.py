"""The columns and tables that carry subtasks into a dataset, one module an output."""
