"""The administration: one module for each subject. chatsite.admin decides who gets in; chat.review reads conversations."""

from chat.admin import audit, conversations, invitations, mcp, messages, runs, tools, upstreams, users

__all__ = ["audit", "conversations", "invitations", "mcp", "messages", "runs", "tools", "upstreams", "users"]
