"""Datasets that are kept elsewhere: on the Hugging Face Hub or in S3 object storage."""
