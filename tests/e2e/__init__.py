"""People in real browsers, a real server and a fake upstream over TCP. A process of its own: it never touches the ORM."""
