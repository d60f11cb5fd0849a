"""The demonstration dataset: a simulated arm, rendered, and written in the formats of LeRobot."""
