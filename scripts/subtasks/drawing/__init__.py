"""Pictures of labels as parts of HTML pages, which people look at."""
