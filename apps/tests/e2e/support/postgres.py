# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL server of the tests' own, from Debian's package."""

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from support.tools import free_port, new_folder, unprivileged, until

BIN = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"))), None)


class Postgres:
    def __init__(self):
        if BIN is None:
            pytest.skip("no PostgreSQL here: apt-get install postgresql")
        self.folder = new_folder("postgres")
        self.port = free_port()
        self.process = None
        self.count = 0
        self.database = "postgres"
        self._tool("initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "-N", "-E", "UTF8",
                   "--locale=C")

    @property
    def data(self):
        return self.folder / "data"

    @property
    def url(self):
        return f"postgresql://postgres@127.0.0.1:{self.port}/{self.database}"

    def _tool(self, name, *arguments):
        done = subprocess.run([BIN / name, *arguments], capture_output=True, text=True,
                              cwd=self.folder, check=False, **unprivileged())
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self):
        if self.process is not None:
            return
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [BIN / "postgres", "-D", self.data, "-p", str(self.port),
                 "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
                 "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=60"],
                stdout=log, stderr=log, cwd=self.folder, **unprivileged())
        until(self._is_ready, "PostgreSQL to answer")

    def _is_ready(self):
        assert self.process.poll() is None, (self.folder / "log").read_text()
        return subprocess.run([BIN / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)],
                              check=False).returncode == 0

    def stop(self):
        """As a restart does it: sessions are ended, not waited for."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)
            self.process = None

    def new_database(self):
        self.count += 1
        self.database = "postgres"
        self.query(f"CREATE DATABASE test{self.count}")
        self.database = f"test{self.count}"

    def query(self, sql):
        environment = {**os.environ, "PGAPPNAME": "test"}
        done = subprocess.run([BIN / "psql", "-X", "-At", "-v", "ON_ERROR_STOP=1", "-c", sql,
                               self.url], capture_output=True, text=True, check=False,
                              env=environment)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def new_role(self):
        """Roles belong to the server, not to a database; so each has a name of its own."""
        role = f"role{self.count}"
        self.query(f"CREATE ROLE {role} LOGIN")
        return role, self.url.replace("postgres@", f"{role}@")

    def make_reads_wait(self):
        """An address. Whoever reads base.users by it stops in the middle of that, with the rows as
        they were at its begin, while somebody is inside of held_up()."""
        role, url = self.new_role()
        self.query(f"GRANT USAGE ON SCHEMA base TO {role};"
                   f"GRANT SELECT, INSERT, UPDATE ON base.users TO {role};"
                   "ALTER TABLE base.users ENABLE ROW LEVEL SECURITY;"
                   f"CREATE POLICY wait ON base.users TO {role} USING"
                   " ((SELECT true FROM (SELECT pg_advisory_xact_lock_shared(1)) AS lock))")
        return url

    @contextlib.contextmanager
    def held_up(self):
        holder = subprocess.Popen([BIN / "psql", "-X", "-q", self.url], stdin=subprocess.PIPE,
                                  stdout=subprocess.DEVNULL, text=True)
        try:
            holder.stdin.write("SELECT pg_advisory_lock(1);\n")
            holder.stdin.flush()
            until(lambda: self._locks("granted"), "the lock")
            yield
        finally:
            holder.stdin.close()
            holder.wait(30)

    def _locks(self, which):
        return int(self.query("SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database"
                              f" WHERE locktype = 'advisory' AND objid = 1 AND {which}"
                              " AND datname = current_database()"))

    def wait_held_up(self):
        until(lambda: self._locks("NOT granted"), "a reader to wait for the lock")

    def remove(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(30)
        shutil.rmtree(self.folder)
