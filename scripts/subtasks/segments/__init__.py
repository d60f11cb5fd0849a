"""Subtasks of one episode: the values, their JSON file, and how well two labellings agree."""
