# SPDX-License-Identifier: Apache-2.0
"""A Docker Engine of the benchmark's own. It lives in the namespaces of the benchmark, so that its
networks, mounts and processes are gone with it."""

import os
import signal
import subprocess
import time

import processes
from proxies import Failure

START_S = 30


class Engine:
    def __init__(self, folder):
        self.folder = os.path.join(folder, "engine")
        os.mkdir(self.folder)
        self.socket = os.path.join(self.folder, "docker.sock")
        self.environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": self.folder, "LC_ALL": "C.UTF-8", "DOCKER_HOST": "unix://" + self.socket}
        self.cgroup = "/slipway-bench-%d" % time.monotonic_ns()
        command = ["dockerd", "--data-root", self.path("data"), "--exec-root", self.path("exec"),
                   "--pidfile", self.path("pid"), "--host", "unix://" + self.socket,
                   "--cgroup-parent", self.cgroup, "--log-level", "warn"]
        self.child = processes.Child(command, None, self.path("log"), self.environment)
        until = time.monotonic() + START_S
        while subprocess.run(["docker", "version"], env=self.environment, check=False,
                             capture_output=True).returncode != 0:
            if self.child.has_ended() or time.monotonic() > until:
                raise Failure("the engine does not start: " + self.child.last_words())
            time.sleep(0.1)

    def path(self, name):
        return os.path.join(self.folder, name)

    def docker(self, *words, limit_s=60, given=None):
        """What the command printed."""
        done = subprocess.run(["docker", *words], env=self.environment, check=False, input=given,
                              capture_output=True, timeout=limit_s)
        if done.returncode != 0:
            raise Failure("docker %s: %s" % (words[0], done.stderr.decode(errors="replace").strip()))
        return done.stdout.decode(errors="replace").strip()

    def make_image(self, name, program, answer):
        """Of the program alone, which answers that."""
        folder = self.path("image")
        os.makedirs(folder, exist_ok=True)
        tar = subprocess.run(["tar", "-C", os.path.dirname(program), "-c", os.path.basename(program)],
                             check=True, capture_output=True).stdout
        changes = ['ENTRYPOINT ["/%s"]' % os.path.basename(program), "ENV ANSWER=%s" % answer,
                   'HEALTHCHECK --interval=500ms --timeout=2s --retries=3 '
                   'CMD ["/%s", "--check"]' % os.path.basename(program)]
        words = [word for change in changes for word in ("-c", change)]
        self.docker("import", *words, "-", name, given=tar)

    def remove_all(self):
        """Containers, services and networks of a contestant."""
        found = self.docker("ps", "-aq").split()
        if found:
            self.docker("rm", "-f", "-v", *found)
        self.docker("network", "prune", "-f")

    def version(self):
        return "docker " + self.docker("version", "-f", "{{.Server.Version}}")

    def stop(self):
        try:
            self.remove_all()
        except (Failure, subprocess.TimeoutExpired, OSError):
            pass
        if not self.child.has_ended():
            os.kill(self.child.pid, signal.SIGTERM)
            try:
                self.child.process.wait(15)
            except subprocess.TimeoutExpired:
                pass
        self.child.stop()
        for root, folders, _ in os.walk("/sys/fs/cgroup"):
            if self.cgroup.strip("/") in folders:
                remove_groups(os.path.join(root, self.cgroup.strip("/")))
                folders.remove(self.cgroup.strip("/"))


def remove_groups(path):
    for root, _, _ in os.walk(path, topdown=False):
        try:
            os.rmdir(root)
        except OSError:
            pass
