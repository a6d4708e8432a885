"""How a file comes in and goes out over HTTP, and how it becomes an attachment."""
