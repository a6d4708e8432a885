"""Reading what others wrote: stored conversations, the audit trail of that reading, and exports.

Takes rows and returns values; knows neither pages nor sockets. Callers check permission (see access.py).
"""
