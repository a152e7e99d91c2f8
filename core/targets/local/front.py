# The front of a service on this machine: takes connections and hands each to the container that serves now. That one is
# found by its name at every connection, so that renaming containers moves the service and no connection is refused.
import asyncio
import sys

PORT = 5001
PATIENCE_SECONDS = 30


async def connect(name):
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while True:
        try:
            return await asyncio.open_connection(name, PORT)
        except OSError:
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.02)


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


async def serve(name, reader, writer):
    try:
        upstream_reader, upstream_writer = await connect(name)
    except OSError:
        writer.close()
        return
    try:
        await asyncio.gather(forward(reader, upstream_writer), forward(upstream_reader, writer))
    finally:
        for one in (upstream_writer, writer):
            one.close()


async def main(name):
    server = await asyncio.start_server(lambda reader, writer: serve(name, reader, writer), "0.0.0.0", PORT, backlog=512)
    async with server:
        await server.serve_forever()


asyncio.run(main(sys.argv[1]))
