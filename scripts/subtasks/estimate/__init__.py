"""What is still to be asked about a dataset, and what it will cost before anything is asked."""
