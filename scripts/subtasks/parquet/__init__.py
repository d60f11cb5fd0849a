"""Parquet files: read with bounds, and extended by columns without decoding the others."""
