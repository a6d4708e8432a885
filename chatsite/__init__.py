"""The site around the chat app: settings, addresses and the ASGI application."""
