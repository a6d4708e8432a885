"""Uploading and downloading files over HTTP, and storing an upload as an attachment."""
