"""The demonstration dataset: a simulated arm, drawn and written in the formats of LeRobot."""
