"""Datasets that lie elsewhere: on the Hugging Face Hub or in object storage."""
