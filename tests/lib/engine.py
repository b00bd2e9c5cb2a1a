# SPDX-License-Identifier: Apache-2.0
"""A Docker Engine of the tests' own, in a network namespace of its own, so that neither disturbs
what else runs on the machine.

    with Engine() as engine:
        engine.import_web()
        subprocess.run([*engine.prefix, "slipway", "up", "-d"], env=engine.environment(...))

Containers are reached by the addresses of their networks from programs that run in the namespace
(`engine.prefix` in front of a command). Everything that it made goes at the end: containers,
daemons, mounts, the namespace, files. Where a run was killed, the next one clears up after it.
"""

import atexit
import base64
import ctypes
import http.client
import io
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import time
import urllib.parse
from pathlib import Path

FOLDER_PREFIX = "slipway-engine-"
NAMESPACE_PREFIX = "slipway-"
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 30
PR_SET_PDEATHSIG = 1

BASE = "slipway.test/base"
WEB = "slipway.test/web"

# bcrypt, as the registry wants it: of "keeper" and "open sesame".
REGISTRY_USER, REGISTRY_PASSWORD = "keeper", "open sesame"
REGISTRY_HTPASSWD = "keeper:$2b$05$SL46HaFXzNICV6wlvMgGCeCXM//FrRIC4NNlKhf4AXhBT3BJjtbHe\n"

# What a web container does is said by its environment:
#   VERSION     what /version answers
#   PORT        where it listens, 8080
#   DELAY       seconds before it listens
#   FAIL        start: exits with 1; health: /cgi-bin/health answers 503; never: never listens
#   DRAIN       seconds between SIGTERM and the end, while it goes on answering
WEB_SCRIPT = """#!/bin/sh
[ "$FAIL" = start ] && { echo "cannot start: told to fail" >&2; exit 1; }
mkdir -p /www/cgi-bin
printf '%s' "${VERSION:-1}" >/www/version
printf '%s' "$(hostname)" >/www/host
printf 'hello from %s, version %s\\n' "$(hostname)" "${VERSION:-1}" >/www/index.html
cat >/www/cgi-bin/health <<'END'
#!/bin/sh
[ -e /tmp/unhealthy ] || [ "$FAIL" = health ] && { printf 'Status: 503 Unavailable\\r\\n\\r\\nill\\n'; exit; }
printf 'Content-Type: text/plain\\r\\n\\r\\nwell\\n'
END
cat >/www/cgi-bin/slow <<'END'
#!/bin/sh
sleep "${QUERY_STRING:-1}"
printf 'Content-Type: text/plain\\r\\n\\r\\n%s\\n' "${VERSION:-1}"
END
chmod +x /www/cgi-bin/*
[ -n "$DELAY" ] && sleep "$DELAY"
[ "$FAIL" = never ] && exec sleep 1000000
echo "version ${VERSION:-1} listens"
httpd -f -p "${PORT:-8080}" -h /www &
server=$!
trap 'echo "stops"; sleep "${DRAIN:-0}"; kill $server; exit 0' TERM INT
wait $server
"""


class Unavailable(Exception):
    """No engine can run here; the text says why."""


class EngineFailure(Exception):
    def __init__(self, status, message):
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message


class _Connection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("docker", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class Api:
    """The engine's API as it is, for tests that look for themselves."""

    def __init__(self, path, version="v1.41"):
        self.path = path
        self.version = version

    def call(self, method, target, body=None, query=None, headers=None, timeout=120):
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, io.IOBase)):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        if query:
            target += "?" + urllib.parse.urlencode(query, doseq=True)
        connection = _Connection(self.path, timeout)
        try:
            connection.request(method, f"/{self.version}{target}", body, headers)
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:
            try:
                message = json.loads(data)["message"]
            except (ValueError, KeyError):
                message = data.decode(errors="replace")
            raise EngineFailure(answer.status, message)
        return data

    def json(self, method, target, body=None, **options):
        data = self.call(method, target, body, **options)
        return json.loads(data) if data.strip() else None

    def stream(self, method, target, body=None, **options):
        """All lines of a progress stream; an error in it is raised."""
        lines = [json.loads(line) for line in self.call(method, target, body, **options).splitlines()
                 if line.strip()]
        for line in lines:
            if "error" in line:
                raise EngineFailure(200, line["error"])
        return lines


def tar_of(files):
    """A tar of {path: text, bytes, or (content, mode)}; a content of None is a folder, and a
    content that begins with "-> " a symbolic link."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, content in files.items():
            content, mode = content if isinstance(content, tuple) else (content, 0o644)
            entry = tarfile.TarInfo(path)
            entry.mode = mode
            if content is None:
                entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if path == "tmp" else 0o755
                tar.addfile(entry)
            elif isinstance(content, str) and content.startswith("-> "):
                entry.type, entry.linkname = tarfile.SYMTYPE, content[3:]
                tar.addfile(entry)
            else:
                data = content.encode() if isinstance(content, str) else content
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def _find_busybox():
    for path in ("/bin/busybox", "/usr/bin/busybox"):
        if os.path.isfile(path):
            with open(path, "rb") as file:
                # A dynamic one names its loader.
                if b"/ld-linux" not in file.read(4096):
                    return path
    raise Unavailable("busybox-static is not installed")


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Unavailable(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def _wait_until(condition, timeout_s, what):
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.05)


class Engine:
    def __init__(self):
        self.name = NAMESPACE_PREFIX + secrets.token_hex(4)
        self.folder = None
        self.process = None
        self.registries = []
        self.api = None

    # What tests use

    @property
    def prefix(self):
        """In front of a command that shall run in the engine's network."""
        return ["nsenter", f"--net=/run/netns/{self.name}"]

    @property
    def socket_path(self):
        return self.folder / "docker.sock"

    def environment(self, environment=None):
        return {**(os.environ if environment is None else environment),
                "DOCKER_HOST": f"unix://{self.socket_path}"}

    def run(self, command, **options):
        """A command in the engine's network, with DOCKER_HOST set."""
        options.setdefault("env", self.environment())
        return subprocess.run([*self.prefix, *map(str, command)], **options)

    def import_image(self, name, files, config=()):
        """An image of these files; config is lines of a Dockerfile such as "CMD [...]"."""
        query = {"fromSrc": "-", "repo": name, "changes": list(config)}
        lines = self.api.stream("POST", "/images/create", tar_of(files), query=query,
                                headers={"Content-Type": "application/x-tar"})
        return lines[-1]["status"]

    def base_files(self):
        busybox = _find_busybox()
        applets = subprocess.run([busybox, "--list"], capture_output=True, text=True).stdout.split()
        files = {"bin": None, "tmp": None, "etc": None, "root": None, "www": None,
                 "bin/busybox": (Path(busybox).read_bytes(), 0o755),
                 "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n",
                 "etc/group": "root:x:0:\nnogroup:x:65534:\n"}
        for applet in applets:
            if applet != "busybox":
                files[f"bin/{applet}"] = "-> /bin/busybox"
        return files

    def import_base(self, name=BASE):
        """A shell and its tools."""
        return self.import_image(name, self.base_files(), ['CMD ["/bin/sh"]', "ENV PATH=/bin"])

    def import_web(self, name=WEB, config=()):
        """A web server on port 8080; see WEB_SCRIPT for how to make it fail."""
        files = {**self.base_files(), "bin/web": (WEB_SCRIPT, 0o755)}
        return self.import_image(
            name, files, ['CMD ["/bin/web"]', "ENV PATH=/bin", "EXPOSE 8080", *config])

    def start_registry(self, with_password=False):
        """A registry of its own, in the namespace: "127.0.0.1:PORT". With a password it wants
        REGISTRY_USER and REGISTRY_PASSWORD."""
        if shutil.which("docker-registry") is None:
            raise Unavailable("docker-registry is not installed")
        number = len(self.registries)
        port = 5000 + number
        folder = self.folder / f"registry{number}"
        folder.mkdir()
        auth = ""
        if with_password:
            (folder / "htpasswd").write_text(REGISTRY_HTPASSWD)
            auth = f"auth: {{htpasswd: {{realm: tests, path: {folder}/htpasswd}}}}\n"
        (folder / "config.yml").write_text(
            "version: 0.1\nlog: {level: warn}\n"
            f"storage: {{filesystem: {{rootdirectory: {folder}/data}}, delete: {{enabled: true}}}}\n"
            f"http: {{addr: '127.0.0.1:{port}'}}\n{auth}")
        with open(folder / "log", "wb") as log:
            process = subprocess.Popen(
                [*self.prefix, "docker-registry", "serve", str(folder / "config.yml")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=_die_with_parent)
        self.registries.append(process)
        self._note_pid(process.pid)
        probe = ["curl", "-s", "-o", os.devnull, f"http://127.0.0.1:{port}/v2/"]
        _wait_until(lambda: process.poll() is not None or
                    self.run(probe, capture_output=True).returncode == 0,
                    START_TIMEOUT_S, "the registry does not listen")
        if process.poll() is not None:
            raise RuntimeError((folder / "log").read_text())
        return f"127.0.0.1:{port}"

    def push(self, name, credentials=None):
        """To the registry that the name (with a tag) says."""
        repository, _, tag = name.rpartition(":")
        auth = json.dumps(credentials or {}).encode()
        return self.api.stream("POST", f"/images/{repository}/push", query={"tag": tag},
                               headers={"X-Registry-Auth": base64.urlsafe_b64encode(auth).decode()})

    def restart(self):
        """Stops the daemon and starts it again; containers end as they do with Docker."""
        self._end_daemon()
        self._start_daemon()

    # Its life

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self._check()
        reap_stale()
        self.folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))
        atexit.register(self.stop)
        try:
            (self.folder / "owner").write_text(f"{os.getpid()} {_start_time(os.getpid())}")
            (self.folder / "namespace").write_text(self.name)
            _run("ip", "netns", "add", self.name)
            _run("ip", "-n", self.name, "link", "set", "lo", "up")
            self._start_daemon()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self):
        if self.folder is None:
            return
        atexit.unregister(self.stop)
        folder = self.folder
        if self.process is not None and self.process.poll() is None:
            self._remove_containers()
            self._end_daemon()
        for registry in self.registries:
            registry.kill()
            registry.wait()
        self.folder = None
        _clear(folder)

    def _check(self):
        if os.geteuid() != 0:
            raise Unavailable("an engine of the tests' own needs root")
        for program in ("dockerd", "containerd", "runc", "ip", "nsenter", "unshare"):
            if shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None:
                raise Unavailable(f"{program} is not installed")
        _find_busybox()

    def _start_daemon(self):
        errors = []
        for options in self._variants():
            log = self._launch(options)
            if self._is_up():
                return
            errors.append(f"dockerd {' '.join(options)}:\n{log.read_text()[-2000:]}")
            self._end_daemon()
        raise Unavailable("dockerd does not start here:\n" + "\n".join(errors))

    def _variants(self):
        """The first that works is kept for later starts."""
        if getattr(self, "options", None):
            return [self.options]
        return [["--storage-driver=overlay2"],
                ["--storage-driver=overlay2", "--iptables=false", "--ip6tables=false"],
                ["--storage-driver=vfs", "--iptables=false", "--ip6tables=false"]]

    def _launch(self, options):
        """A mount namespace of its own: its mounts go with it, and it does not see the machine's
        containerd."""
        folder = self.folder
        self.options = options
        command = [
            "dockerd", "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec",
            "--host", f"unix://{folder}/docker.sock", "--pidfile", f"{folder}/docker.pid",
            "--config-file", f"{folder}/daemon.json", f"--cgroup-parent=/{self.name}",
            "--log-level=warn", "--shutdown-timeout=5", *options]
        (folder / "daemon.json").write_text('{"features": {"buildkit": false}}')
        script = ("mkdir -p /run/containerd && mount -t tmpfs tmpfs /run/containerd && "
                  f'exec nsenter --net=/run/netns/{self.name} "$@"')
        log = folder / "dockerd.log"
        environment = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
        environment.pop("DOCKER_HOST", None)
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                ["unshare", "-m", "sh", "-c", script, "sh", *command], stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, env=environment, start_new_session=True,
                preexec_fn=_die_with_parent)
        self._note_pid(self.process.pid)
        return log

    def _note_pid(self, pid):
        with open(self.folder / "pids", "a") as file:
            file.write(f"{pid} {_start_time(pid)}\n")

    def _is_up(self):
        self.api = Api(self.socket_path)

        def answers():
            try:
                self.api.call("GET", "/_ping", timeout=5)
                return True
            except (OSError, EngineFailure, http.client.HTTPException):
                return self.process.poll() is not None

        try:
            _wait_until(answers, START_TIMEOUT_S, "dockerd does not answer")
        except TimeoutError:
            return False
        return self.process.poll() is None

    def _remove_containers(self):
        try:
            for container in self.api.json("GET", "/containers/json", query={"all": 1}):
                self.api.call("DELETE", f"/containers/{container['Id']}",
                              query={"force": 1, "v": 1})
        except (OSError, EngineFailure, http.client.HTTPException):
            pass

    def _end_daemon(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        self.process = None


# What is left over when a run was killed

def _start_time(pid):
    """Tells a process from a later one of the same number; "" where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _is_running(line):
    pid, _, started = line.strip().partition(" ")
    return started != "" and _start_time(pid) == started


def _namespace_pids(name):
    """Processes whose network is that namespace: of containers and their proxies too, unless they
    have networks of their own, which go when the daemon's shims do."""
    try:
        wanted = os.stat(f"/run/netns/{name}").st_ino
    except OSError:
        return []
    found = []
    for entry in os.scandir("/proc"):
        try:
            if entry.name.isdigit() and os.stat(f"/proc/{entry.name}/ns/net").st_ino == wanted:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _cgroup_folders(name):
    return [Path(path) for root in ("/sys/fs/cgroup", "/sys/fs/cgroup/*")
            for path in Path("/").glob(f"{root[1:]}/{name}")]


def _cgroup_pids(name):
    pids = set()
    for folder in _cgroup_folders(name):
        for file in folder.rglob("cgroup.procs"):
            try:
                pids.update(int(pid) for pid in file.read_text().split())
            except OSError:
                continue
    return pids


def _kill_all(name):
    """Everything in the namespace and in its control groups."""
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while time.monotonic() < deadline:
        pids = {*_namespace_pids(name), *_cgroup_pids(name)} - {os.getpid()}
        if not pids:
            return
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.05)


def _clear(folder):
    try:
        name = (folder / "namespace").read_text()
    except OSError:
        name = ""
    if name.startswith(NAMESPACE_PREFIX):
        _kill_all(name)
        subprocess.run(["ip", "netns", "del", name], capture_output=True)
        for root in _cgroup_folders(name):
            for path in sorted(root.rglob("*"), key=lambda one: len(one.parts), reverse=True):
                if path.is_dir():
                    _try(path.rmdir)
            _try(root.rmdir)
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in sorted(mounts, key=len, reverse=True):
        if mount.startswith(f"{folder}/"):
            subprocess.run(["umount", "-l", mount], capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


def _try(function):
    try:
        function()
    except OSError:
        pass


def reap_stale():
    """Of runs whose process is gone."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*"):
        try:
            if folder.stat().st_uid != os.geteuid() or _is_running((folder / "owner").read_text()):
                continue
            for line in (folder / "pids").read_text().splitlines():
                if _is_running(line):
                    os.kill(int(line.split()[0]), signal.SIGKILL)
        except FileNotFoundError:
            try:
                if time.time() - folder.stat().st_mtime < 60:
                    continue  # is being made
            except FileNotFoundError:
                continue  # somebody else has cleared it up meanwhile
        except (OSError, ValueError):
            continue
        _clear(folder)
