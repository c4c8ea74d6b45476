"""A server of connections between two parts of a stack, in a thread and an event loop of its own."""

import asyncio
import threading

from .config import StackError


class Proxy:
    """Listens on a port of this machine; `serve(reader, writer)`, which subclasses have, is a client's connection."""

    def __init__(self, port, upstream_port):
        self.port, self._upstream_port = port, upstream_port
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name=type(self).__name__, daemon=True)

    def start(self):
        self._thread.start()
        if not self._ready.wait(10):
            raise StackError(f"The {type(self).__name__.lower()} does not start.")

    def stop(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def upstream(self):
        """A new connection to the other side, as (reader, writer)."""
        return await asyncio.open_connection("127.0.0.1", self._upstream_port)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", self.port))
        self._ready.set()
        self._loop.run_forever()
        # Connections that are still open end, so that nobody waits for a loop that is gone.
        serving = asyncio.all_tasks(self._loop)
        for task in serving:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*serving, return_exceptions=True))
