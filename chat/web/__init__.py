"""The HTTP views: the chat's page, its sandboxes, the manifest, the gallery and the probes."""
