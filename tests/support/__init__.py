"""Helpers that several tests share: rendered data, and ways to run programs and workflows."""
