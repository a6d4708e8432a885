"""People in real browsers, a real server and a fake upstream over TCP. They run in a separate process without the ORM."""
