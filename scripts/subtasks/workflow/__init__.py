"""What the Snakemake rules need: the config, the plan, file paths, parameters and reports.

Never imports `subtasks.api`: reading a plan asks nobody anything.
"""
