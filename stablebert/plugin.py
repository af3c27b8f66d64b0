"""The pytest doors."""
