"""Uploading and downloading files over HTTP."""
