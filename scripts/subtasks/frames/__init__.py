"""Frames sampled from a video: which ones, how they are decoded, laid out and archived."""
