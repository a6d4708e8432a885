"""The pages over HTTP: the chat, its sandboxes, the manifest, the gallery and the probes."""
