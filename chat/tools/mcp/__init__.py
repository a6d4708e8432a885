"""MCP servers as a model meets them: what they offer, and calls in a session for each conversation.

Pure: no rows and no runs. The `mcp` package and its HTTP client are imported at the first use, because they take 30 MB.
"""
