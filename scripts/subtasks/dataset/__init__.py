"""LeRobot datasets as they are read: metadata, episodes and file paths of v2.0, v2.1 and v3.x.

This package only reads. What is written back is the subject of `subtasks.outputs`.
"""
