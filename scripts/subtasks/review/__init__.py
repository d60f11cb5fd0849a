"""What people look at: the files of the review page, and the report of a dataset's labels."""
