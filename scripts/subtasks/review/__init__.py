"""What people look at: the page for the labels, its files and server, and a dataset's report."""
