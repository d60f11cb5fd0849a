"""Reports that nothing depends on: `snakemake estimate` and `snakemake status`, not part of `all`.

`estimate` prints what is still to be asked and what that will cost. `status` prints how far the
episodes have come: it lists folders and plans none of their jobs, so it answers at once, whatever
the size of the datasets, and also while another run is going on.
"""


rule write_config:
    input:
        local(WORKFLOW / "rules/value.json.jinja"),
    output:
        PATHS.pattern(File.CONFIG),
    log:
        PATHS.pattern(File.LOG, "write_config"),
    localrule: True
    params:
        value=config,
    message:
        "Writing the settings of this run"
    template_engine:
        "jinja2"


rule estimate:
    input:
        config=PATHS.pattern(File.CONFIG),
        runs=[paths.pattern(File.CONFIG) for paths in RUN_PATHS.values()],
    log:
        PATHS.pattern(File.LOG, "estimate"),
    localrule: True
    message:
        "Estimating what is still to be asked"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/estimate.py \
            --config {input.config:q} \
            --runs {input.runs:q} \
            2> >(tee {log:q} >&2)
        """


rule status:
    input:
        PATHS.pattern(File.CONFIG),
    log:
        PATHS.pattern(File.LOG, "status"),
    localrule: True
    message:
        "Checking how far the episodes have come"
    shell:
        """
        SUBTASKS_FAILURE={log:q}.json \
            python "$SUBTASKS_SCRIPTS"/status.py \
            --config {input:q} \
            2> >(tee {log:q} >&2)
        """
