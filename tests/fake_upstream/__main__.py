"""python -m tests.fake_upstream --port N: the fake upstream as a process of its own; see the package's docstring."""

import argparse
import asyncio

from .server import State, serve


async def main() -> None:
    """Serve until killed; says so on stdout once it listens."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9100)
    arguments = parser.parse_args()
    server = await serve(State(), arguments.host, arguments.port)
    print(f"fake upstream on http://{arguments.host}:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
