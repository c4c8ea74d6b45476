"""What clients and functions said to each other, byte for byte, so that it can be known in the end which secrets were used.

Stands before cargo-lambda where a stack is asked to (`run --tap`). Nothing is parsed on the way: the bytes are passed on
and noted in one file, in the order in which they came, each piece with its connection and its direction.
"""

import asyncio
import contextlib
import struct

from .proxy import Proxy

_HEAD = struct.Struct(">I?I")
REQUEST, RESPONSE = False, True


class Wiretap(Proxy):
    """The proxy that notes."""

    def __init__(self, port, upstream_port, path):
        super().__init__(port, upstream_port)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb", buffering=0)
        self._connections = 0

    def stop(self):
        super().stop()
        self._file.close()

    async def serve(self, reader, writer):
        self._connections += 1
        number, upstream = self._connections, None
        try:
            upstream = await self.upstream()
            answering = asyncio.create_task(self._pass_on(number, RESPONSE, upstream[0], writer))
            await self._pass_on(number, REQUEST, reader, upstream[1])
            answering.cancel()  # Who has hung up reads no more answers.
        except OSError:
            pass  # Either side hung up; the other is told below.
        finally:
            for end in filter(None, (writer, upstream and upstream[1])):
                end.close()

    async def _pass_on(self, number, direction, reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                self._file.write(_HEAD.pack(number, direction, len(data)) + data)
                writer.write(data)
                await writer.drain()
            writer.write_eof()


def conversations(path):
    """Every connection's bytes, both directions apart."""
    streams = {}
    with open(path, "rb") as file:
        while head := file.read(_HEAD.size):
            number, direction, length = _HEAD.unpack(head)
            streams.setdefault((number, direction), bytearray()).extend(file.read(length))
    return streams.values()
