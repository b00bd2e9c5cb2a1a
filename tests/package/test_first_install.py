# SPDX-License-Identifier: Apache-2.0
import re


def test_it_runs_and_comes_again_after_a_boot(machine, package):
    machine.install(package.file)
    assert machine.show("ActiveState") == "active"
    assert machine.show("UnitFileState") == "enabled"
    assert machine.run("stat", "-c", "%a %U", "/var/lib/slipway").stdout.split() == ["700", "root"]
    assert machine.ps() == []
    # The edge has a user of its own, and not one of the numbers that systemd gives away.
    edge = machine.child("slipway-edge")
    assert machine.run("stat", "-c", "%U", f"/proc/{edge}/task/{edge}").stdout.strip() == "slipway-edge"


def test_the_unit_is_valid(machine, package):
    machine.install(package.file)
    done = machine.run("systemd-analyze", "verify", "--man=no", "slipway.service")
    assert done.stdout + done.stderr == ""
    exposure = machine.run("systemd-analyze", "security", "--no-pager", "slipway.service").stdout
    figure = float(re.search(r"exposure level for slipway.service: ([\d.]+)", exposure)[1])
    print(f"systemd-analyze security: {figure}")
    # Without any setting it is 9.6.
    assert figure < 9


def test_a_daemon_that_is_not_wanted_is_not_started(machine, package):
    machine.run("ln", "-s", "/dev/null", "/etc/systemd/system/slipway.service")
    machine.install(package.file)
    assert machine.show("ActiveState") == "inactive"
