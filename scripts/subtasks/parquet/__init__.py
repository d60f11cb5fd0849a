"""Parquet files: reading them within bounds, and adding columns without decoding the others."""
