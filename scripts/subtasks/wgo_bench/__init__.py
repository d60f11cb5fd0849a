"""WGO-Bench, a table of videos with true subtasks, as a LeRobot dataset."""
