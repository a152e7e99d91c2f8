# The front of a service that runs as processes: takes connections on the service's port of 127.0.0.1 and hands each to
# the process that serves now. That one's port is read from the service's record at every connection, so that one
# renamed file moves the service and no connection is refused. SIGUSR1 asks how many connections lead where.
import asyncio
import json
import os
import signal
import sys

PATIENCE_SECONDS = 30


class Front:
    def __init__(self, record, counts):
        self.record = record
        self.counts = counts
        self.open = {}

    def serving(self):
        with open(self.record, encoding="utf-8") as file:
            return json.load(file)["serving"]["port"]

    async def connect(self):
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while True:
            try:
                port = self.serving()
                # Counted before it is there: whoever asks meanwhile is told of it.
                self.open[port] = self.open.get(port, 0) + 1
                try:
                    return port, await asyncio.open_connection("127.0.0.1", port)
                except BaseException:
                    self.closed(port)
                    raise
            except (OSError, ValueError, KeyError, TypeError):
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(0.02)

    def closed(self, port):
        self.open[port] -= 1
        if self.open[port] == 0:
            del self.open[port]

    async def serve(self, reader, writer):
        try:
            port, (upstream_reader, upstream_writer) = await self.connect()
        except (OSError, ValueError, KeyError, TypeError):
            writer.close()
            return
        try:
            await asyncio.gather(forward(reader, upstream_writer), forward(upstream_reader, writer))
        finally:
            self.closed(port)
            for one in (upstream_writer, writer):
                one.close()

    def tell(self):
        aside = self.counts + ".new"
        with open(aside, "w", encoding="utf-8") as file:
            json.dump({str(port): count for port, count in self.open.items()}, file)
        os.replace(aside, self.counts)


async def forward(reader, writer):
    try:
        while True:
            data = await reader.read(65536)
            if not data:
                break
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except (OSError, RuntimeError):
        writer.close()


async def main(order):
    front = Front(order["record"], order["counts"])
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, front.tell)
    server = await asyncio.start_server(front.serve, "127.0.0.1", order["port"], backlog=512)
    with os.fdopen(3, "w") as owner:
        owner.write(json.dumps({"port": server.sockets[0].getsockname()[1]}) + "\n")
    async with server:
        await server.serve_forever()


# Nothing is done before the one who starts this has written down that it is there; the line is then the order.
asyncio.run(main(json.loads(sys.stdin.readline())))
