"""The demonstration dataset: a simulated arm, its pictures, and a LeRobot dataset of them."""
