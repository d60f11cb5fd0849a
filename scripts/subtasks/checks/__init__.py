"""Which episodes a person should look at first, judged by the labels of the whole dataset."""
