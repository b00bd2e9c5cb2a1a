# SPDX-License-Identifier: Apache-2.0
"""The daemon as a service: what systemd does with it, and what that costs."""

from support.machine import Load, wait_until


def test_one_that_hangs_is_started_again(installed):
    installed.write("/etc/systemd/system/slipway.service.d/own.conf", "[Service]\nWatchdogSec=2\n")
    installed.run("systemctl", "daemon-reload")
    installed.run("systemctl", "restart", "slipway")
    wait_until(installed.get, "the project")
    main, processes = installed.main, installed.processes()
    with Load(installed) as load:
        installed.run("kill", "-STOP", str(main))
        wait_until(lambda: installed.main not in (0, main) and
                   installed.show("ActiveState") == "active", "another", installed.log)
        load.goes_on()
    assert load.failures == []
    assert installed.show("NRestarts") == "1"
    assert installed.processes() == processes


def test_control_that_is_killed_comes_again(installed):
    main, control, processes = installed.main, installed.child("slipway-control"), installed.processes()
    with Load(installed) as load:
        installed.run("kill", "-KILL", str(control))
        wait_until(lambda: installed.child("slipway-control") != control, "another", installed.log)
        wait_until(lambda: installed.run("slipway", "ps", "--all-projects", check=False).returncode == 0,
                   "the API", installed.log)
        load.goes_on()
    assert load.failures == []
    assert (installed.main, installed.processes()) == (main, processes)


def test_a_reload_loses_nothing(installed):
    with Load(installed) as load:
        installed.run("systemctl", "reload", "slipway")
        load.goes_on()
    assert load.failures == []
    assert installed.show("ActiveState") == "active"


def test_a_restart_keeps_the_instances(installed):
    processes = installed.processes()
    installed.run("systemctl", "restart", "slipway")
    wait_until(installed.get, "the project", installed.log)
    assert installed.processes() == processes


def test_a_service_cannot_load_modules_or_set_the_clock(installed):
    """The bounding set of the unit reaches native services, and what they need stays."""
    shim = next(line.split()[1] for line in installed.processes() if line.startswith("service"))
    status = installed.run("cat", f"/proc/{shim}/status").stdout
    bounding = int(status.split("CapBnd:")[1].split()[0], 16)
    assert bounding & (1 << 16 | 1 << 17 | 1 << 22 | 1 << 25) == 0  # module, rawio, boot, time
    assert bounding & 1 << 10  # net_bind_service
    assert bounding & 1 << 21  # sys_admin
