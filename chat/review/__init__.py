"""Who looks back: reading stored conversations, the audit trail of that reading, and exports.

Takes rows and gives values; knows neither pages nor sockets. Who may look is the caller's question (chat.admin).
"""
