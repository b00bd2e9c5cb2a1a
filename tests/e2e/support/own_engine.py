# SPDX-License-Identifier: Apache-2.0
"""A Docker Engine of a test session's own whose containers survive it, as those of a well-kept machine
do (live-restore, and a containerd that is not the engine's child); and images made of nothing."""

import io
import json
import os
import subprocess
import sys
import tarfile
import time
from pathlib import Path

from support.binary import REPOSITORY
from support.space import Space

sys.path.insert(1, str(REPOSITORY / "tests" / "lib"))

import engine as lib  # noqa: E402

PATIENCE_SECONDS = 40
Unavailable = lib.Unavailable
REGISTRY_USER, REGISTRY_PASSWORD = lib.REGISTRY_USER, lib.REGISTRY_PASSWORD


class Engine(lib.Engine):
    holder = containerd = None

    # The engine's process

    def _start_daemon(self):
        if self.holder is None:
            self.start_holder()
            self.start_containerd()
        super()._start_daemon()

    def start_holder(self):
        """Of the namespaces that the engine and containerd share, and a later engine, too."""
        script = "mount -t tmpfs tmpfs /run/containerd && echo up && exec sleep infinity"
        Path("/run/containerd").mkdir(exist_ok=True)
        self.holder = subprocess.Popen(
            [*self.prefix, "unshare", "--mount", "--propagation", "private", "sh", "-c", script],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=lib._die_with_parent,
        )
        assert self.holder.stdout.readline() == "up\n", "no namespaces of its own"
        self._note_pid(self.holder.pid)
        self.space = Space(self.holder.pid)

    def launch(self, log, *command):
        environment = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
        environment.pop("DOCKER_HOST", None)
        with open(self.folder / log, "ab") as output:
            process = subprocess.Popen(
                ["nsenter", "-t", str(self.holder.pid), "-n", "-m", "--", *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                start_new_session=True,
                preexec_fn=lib._die_with_parent,
            )
        self._note_pid(process.pid)
        return process

    def start_containerd(self):
        path = self.folder / "containerd.toml"
        path.write_text(
            f"version = 2\n"
            f'root = "{self.folder}/containerd/root"\n'
            f'state = "{self.folder}/containerd/state"\n'
            f'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
            f'[grpc]\naddress = "{self.folder}/containerd.sock"\n'
            f'[ttrpc]\naddress = "{self.folder}/containerd.sock.ttrpc"\n'
        )
        self.containerd = self.launch("containerd.log", "containerd", "-c", str(path), "-l", "warn")
        end = time.monotonic() + PATIENCE_SECONDS
        while not (self.folder / "containerd.sock").exists():
            assert self.containerd.poll() is None and time.monotonic() < end, "no containerd"
            time.sleep(0.02)

    def _launch(self, options):
        folder = self.folder
        self.options = options
        settings = {
            "features": {"buildkit": False},
            "live-restore": True,
            "insecure-registries": ["127.0.0.0/8"],
        }
        (folder / "daemon.json").write_text(json.dumps(settings))
        self.process = self.launch(
            "dockerd.log",
            *("dockerd", "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec"),
            *("--host", self.address, "--pidfile", f"{folder}/docker.pid"),
            *("--containerd", f"{folder}/containerd.sock", f"--cgroup-parent=/{self.name}"),
            *("--config-file", f"{folder}/daemon.json", "--log-level=warn", *options),
        )
        return folder / "dockerd.log"

    def begin(self):
        self._start_daemon()

    def end(self):
        """Containers go on."""
        self._end_daemon()

    def crash(self):
        self.process.kill()
        self.process.wait()
        self.process = None
        (self.folder / "docker.pid").unlink(missing_ok=True)

    def stop(self):
        super().stop()
        if self.containerd is not None:
            self.containerd.wait()
        if self.holder is not None:
            self.holder.wait()
            self.holder.stdout.close()

    @property
    def address(self):
        return f"unix://{self.socket_path}"

    # Its own program, to look and to arrange

    @property
    def client_environment(self):
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "DOCKER_HOST": self.address,
            "LC_ALL": "C.UTF-8",
        }

    def try_docker(self, *words, given=None):
        return subprocess.run(
            ["docker", *map(str, words)],
            env=self.client_environment,
            input=given,
            capture_output=True,
            text=given is None,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def docker(self, *words, given=None):
        done = self.try_docker(*words, given=given)
        output = done.stdout if given is None else done.stdout.decode(errors="replace")
        assert done.returncode == 0, f"docker {words}: {done.stderr}"
        return output.strip()

    def inspect(self, *words):
        return json.loads(self.docker("inspect", *words))[0]

    def containers(self, *filters):
        words = [word for each in filters for word in ("--filter", each)]
        return self.docker("ps", "-a", "--format", "{{.Names}}", *words).split()

    def project_containers(self, name):
        return sorted(self.containers(f"label=com.docker.compose.project={name}"))

    # Images

    def make_image(self, name, files, changes=(), platform=None):
        """files: of name in the image to a path, bytes, or a tuple of path or bytes, mode, uid."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for target, source in files.items():
                add_file(tar, target, source)
        words = [word for change in changes for word in ("-c", change)]
        if platform:
            words += ["--platform", platform]
        return self.docker("import", *words, "-", name, given=buffer.getvalue())

    def import_app(self, name, program, **environment):
        changes = ['ENTRYPOINT ["/app"]']
        changes += [f"ENV {key}={value}" for key, value in environment.items()]
        return self.make_image(name, {"app": program}, changes)

    def import_shell(self, name="shell:1", **environment):
        links = ("sh", "cat", "echo", "sleep", "ls", "touch", "wc", "id", "env", "nslookup", "wget")
        files = {"bin/busybox": "/bin/busybox", "tmp": None}
        files.update({f"bin/{link}": ("link", "busybox") for link in links})
        changes = ["ENV PATH=/bin"] + [f"ENV {key}={value}" for key, value in environment.items()]
        return self.make_image(name, files, changes)


def add_file(tar, target, source):
    """A folder is None, or a tuple of None and more."""
    mode, owner = 0o755, 0
    if isinstance(source, tuple) and source[0] == "link":
        entry = tarfile.TarInfo(target)
        entry.type, entry.linkname = tarfile.SYMTYPE, source[1]
        tar.addfile(entry)
        return
    if isinstance(source, tuple):
        source, mode, owner = source
    entry = tarfile.TarInfo(target)
    entry.mode, entry.uid, entry.gid, entry.mtime = mode, owner, owner, 0
    if source is None:
        entry.type = tarfile.DIRTYPE
        tar.addfile(entry)
        return
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    entry.size = len(data)
    tar.addfile(entry, io.BytesIO(data))
