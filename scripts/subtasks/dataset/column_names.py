"""Names of the columns by which LeRobot's data files say what a row is."""

EPISODE, FRAME, TASK = "episode_index", "frame_index", "task_index"
