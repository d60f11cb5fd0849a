"""True labels of any form, settled on the episodes of a dataset."""
