"""LeRobot datasets as they are read: metadata, episodes and paths of v2.0, v2.1 and v3.0.

Knows nothing of what is written back; see `subtasks.outputs`.
"""
