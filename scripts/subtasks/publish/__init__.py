"""Publishing a result to where training reads it: into the source dataset or onto the Hub."""
