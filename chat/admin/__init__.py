"""The administration: one module for each subject. The doors are in chatsite.admin, the reading in chat.review."""

from chat.admin import audit, conversations, invitations, mcp, messages, runs, tools, upstreams, users

__all__ = ["audit", "conversations", "invitations", "mcp", "messages", "runs", "tools", "upstreams", "users"]
