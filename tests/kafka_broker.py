"""A real Kafka for tests: one node (KRaft) on free loopback ports, its data in a temporary folder.

Its jars come from Maven Central: `mvn -f deploy/kafka-ci/pom.xml package`. `python -m tests.kafka_broker [port]` runs
one in the foreground and prints its address on one line.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

POM = Path(__file__).parents[1] / "deploy" / "kafka-ci" / "pom.xml"
JARS = POM.parent / "target" / "kafka"
START_PATIENCE = 60.0
STOP_PATIENCE = 10.0
CLUSTER_ID = "cmVsaWdodC1rYWZrYS1jaQ"

PROPERTIES = """
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:{controller_port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={folder}/data
auto.create.topics.enable=false
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.cleaner.dedupe.buffer.size=2000000
num.network.threads=2
num.io.threads=2
"""


def why_not() -> str | None:
    """Say what this machine lacks to run a Kafka, if it lacks anything."""
    missing = [name for name in ("java", "mvn") if shutil.which(name) is None]
    if JARS.is_dir() and "java" not in missing:
        return None
    return f"no Kafka here: {' and '.join(missing)} not found" if missing else None


def fetch_jars() -> None:
    """Put the jars into place, once however many ask for them at once; Maven asks its repository."""
    with POM.open() as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        if JARS.is_dir():
            return
        try:
            subprocess.run(["mvn", "-q", "-B", "-ntp", "-f", str(POM), "package"], check=True, timeout=600)
        except subprocess.SubprocessError:
            shutil.rmtree(JARS, ignore_errors=True)  # half of the jars would pass for all of them
            raise


class KafkaBroker:
    """One Kafka server, from `start` to `stop`; `kill` is the power cut."""

    def __init__(self, *, port: int | None = None) -> None:
        self.port = port or _free_port()
        self._controller_port = _free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="relight-kafka-"))
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def servers(self) -> str:
        """The address for clients."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Format the folder if it is new, start the server and wait until it answers."""
        fetch_jars()
        settings = self._folder / "server.properties"
        if not settings.exists():
            properties = PROPERTIES.format(port=self.port, controller_port=self._controller_port, folder=self._folder)
            settings.write_text(properties, encoding="utf-8")
            subprocess.run(
                _java("kafka.tools.StorageTool", "format", "--standalone", "-t", CLUSTER_ID, "-c", str(settings)),
                check=True,
                capture_output=True,
                timeout=START_PATIENCE,
            )
        with (self._folder / "server.log").open("ab") as log:
            self._server = subprocess.Popen(
                _java("kafka.Kafka", str(settings)), stdout=log, stderr=log, start_new_session=True
            )
        self._await_answer()

    def stop(self) -> None:
        """End the server, by force if it takes too long, and remove its folder."""
        self._end(signal.SIGTERM)
        shutil.rmtree(self._folder, ignore_errors=True)

    def kill(self) -> None:
        """End the server at once and keep its folder: `start` brings it back."""
        self._end(signal.SIGKILL)

    def wait(self) -> None:
        """Return when the server has ended."""
        if self._server is not None:
            self._server.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _await_answer(self) -> None:
        ends = time.monotonic() + START_PATIENCE
        while time.monotonic() < ends:
            if self._server is None or self._server.poll() is not None:
                break
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        said = (self._folder / "server.log").read_text(encoding="utf-8", errors="replace")[-2000:]
        self.kill()
        raise RuntimeError(f"Kafka did not start:\n{said}")

    def _end(self, how: signal.Signals) -> None:
        if self._server is None:
            return
        self._server.send_signal(how)
        try:
            self._server.wait(STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._server = None


def _java(*command: str) -> list[str]:
    # The serial collector and the first compiler only: a small, quickly started server is all that tests need.
    options = ["-Xms128m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    logging = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
    return ["java", *options, *logging, "-cp", f"{JARS}{os.sep}*", *command]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def main() -> None:
    """Run one in the foreground until SIGINT or SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with KafkaBroker(port=int(sys.argv[1]) if len(sys.argv) > 1 else None) as broker:
        sys.stdout.write(f"{broker.servers}\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            broker.wait()


if __name__ == "__main__":
    main()
