"""Subtasks and hints from a robot's state alone: limbs, movements, phases, and their labels."""
