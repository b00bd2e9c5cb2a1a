# SPDX-License-Identifier: Apache-2.0
"""What cannot overlap is replaced by stopping it first, and requests wait for it meanwhile."""

import threading

from support.stack import wait_until


class Clients(threading.Thread):
    """One after the other comes, writes a number, and leaves."""

    def __init__(self, databases, stack, port):
        super().__init__(daemon=True)
        self.databases, self.stack, self.port = databases, stack, port
        self.is_over = threading.Event()
        self.written = 0
        self.failures = []

    def run(self):
        while not self.is_over.is_set():
            try:
                statement = f"insert into numbers values ({self.written})"
                self.databases.ask(self.stack.space, self.port, statement, 25)
                self.written += 1
            except OSError as error:
                self.failures.append(str(error))

    def __enter__(self):
        self.start()
        return self

    def go_on(self, count=3):
        goal = self.written + count
        wait_until(
            lambda: self.written >= goal or self.failures, "clients", lambda: self.stack.log()
        )

    def __exit__(self, *_):
        self.is_over.set()
        self.join(60)


def write(stack, image, port):
    stack.write(
        {
            "name": "shop",
            "services": {
                "database": {
                    "image": image,
                    "ports": [f"127.0.0.1:{port}:5432"],
                    "volumes": ["data:/data"],
                    "stop_signal": "SIGINT",
                    "stop_grace_period": "10s",
                    "environment": {"STACK": str(stack.folder)},
                }
            },
            "volumes": {"data": {}},
            "x-slipway": {
                "target_groups": {"database": {"service": "database", "port": 5432, "drain": "2s"}},
                "deploy": {"deadline": "15s", "hold": "20s"},
            },
        }
    )


def test_an_upgrade_and_one_that_fails(stack, databases):
    port = stack.space.free_port()
    write(stack, "database:1", port)
    stack.up()
    ask = lambda text: databases.ask(stack.space, port, text)
    wait_until(lambda: has_come(ask), "the database", stack.log)
    ask("create table numbers (number integer)")
    assert ask("show cluster_name") == "one"
    with Clients(databases, stack, port) as clients:
        clients.go_on()
        write(stack, "database:2", port)
        plan = stack.passes("plan")
        assert "data" in plan, plan  # why it cannot overlap
        stack.up()
        clients.go_on()
        assert ask("show cluster_name") == "two"
        write(stack, "database:bad", port)
        output = stack.fails("up", "-d")
        assert "not known here" in output, output
        clients.go_on()
        assert ask("show cluster_name") == "two"
    assert clients.failures == []
    assert int(ask("select count(*) from numbers")) == clients.written > 0
    assert stack.engine.project_containers("shop") == stack.containers()
    assert len(stack.containers()) == 1


def has_come(ask):
    try:
        return ask("select 1") == "1"
    except OSError:
        return False


def test_down_keeps_the_data_and_down_v_does_not(stack, databases):
    port = stack.space.free_port()
    write(stack, "database:1", port)
    stack.up()
    ask = lambda text: databases.ask(stack.space, port, text)
    wait_until(lambda: has_come(ask), "the database", stack.log)
    ask("create table numbers as select 7 as number")
    stack.passes("down")
    assert stack.engine.project_containers("shop") == []
    stack.up()
    wait_until(lambda: has_come(ask), "the database", stack.log)
    assert ask("select number from numbers") == "7"
    stack.passes("down", "-v")
    volumes = stack.engine.docker("volume", "ls", "-q").split()
    assert "shop_data" not in volumes
