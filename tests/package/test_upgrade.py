# SPDX-License-Identifier: Apache-2.0
import pytest

from support.machine import Load, wait_until

NEWER = "99+1"


def unit_with(line):
    def change(tree):
        unit = tree / "lib/systemd/system/slipway.service"
        unit.write_text(unit.read_text().replace("[Service]\n", f"[Service]\n{line}\n"))
    return change


def program_of(text):
    def change(tree):
        program = tree / "usr/bin/slipway"
        program.write_text(text)
        program.chmod(0o755)
    return change


def test_under_load_no_request_fails_and_no_instance_notices(installed, package, tmp_path):
    newer = package.changed(tmp_path, NEWER, unit_with("Environment=NEWER=yes"))
    installed.write("/etc/systemd/system/slipway.service.d/own.conf", "[Service]\nNice=1\n")
    installed.run("systemctl", "daemon-reload")
    main, processes = installed.main, installed.processes()
    assert len(processes) == 4
    with Load(installed) as load:
        said = installed.install(newer)
        assert "slipway: " not in said
        assert installed.is_new()
        load.goes_on(500)
    assert load.failures == []
    assert installed.processes() == processes
    assert installed.main == main
    assert installed.show("ActiveState") == "active"
    assert installed.show("NRestarts") == "0"
    # The unit was read again, with the drop-in, and counts from the next start on.
    assert installed.show("NeedDaemonReload") == "no"
    assert "NEWER=yes" in installed.show("Environment")
    assert installed.show("Nice") == "1"
    assert [(item["edge"], item["target_state"]) for item in installed.ps()] == [
        ("serving", "passed")] * 2


@pytest.mark.parametrize("text", ["#!/bin/false\n", "no program at all\n"])
def test_a_program_that_does_not_run_changes_nothing(installed, package, tmp_path, text):
    broken = package.changed(tmp_path, NEWER, program_of(text))
    main, processes, edge = installed.main, installed.processes(), installed.child("slipway-edge")
    with Load(installed) as load:
        said = installed.install(broken)
        load.goes_on()
    assert "goes on as the version before" in said
    assert load.failures == []
    assert (installed.main, installed.processes()) == (main, processes)
    assert installed.child("slipway-edge") == edge
    # Then a good one.
    with Load(installed) as load:
        assert "slipway: " not in installed.install(package.changed(tmp_path, "99+2"))
        load.goes_on()
    assert load.failures == []
    assert installed.is_new() and installed.processes() == processes


def test_a_program_that_fails_at_its_work_is_told_of_and_serves_on(installed, package, tmp_path):
    """It says its version well, and ends as soon as it is the daemon."""
    broken = package.changed(tmp_path, NEWER, program_of(
        '#!/bin/sh\n[ "$1" = --version ] && exit 0\nexit 1\n'))
    processes = installed.processes()
    with Load(installed) as load:
        said = installed.install(broken)
        load.goes_on()
        assert "does not work as the daemon" in said
        installed.install(package.changed(tmp_path, "99+2"))
        wait_until(lambda: installed.show("ActiveState") == "active" and installed.is_new(),
                   "the good one", installed.log)
        load.goes_on()
    assert load.failures == []
    assert installed.processes() == processes


def test_who_was_stopped_stays_stopped(installed, package, tmp_path):
    installed.run("systemctl", "stop", "slipway")
    installed.install(package.changed(tmp_path, NEWER))
    assert installed.show("ActiveState") == "inactive"
    installed.run("systemctl", "start", "slipway")
    installed.install(package.changed(tmp_path, "99+2"))
    assert installed.show("ActiveState") == "active" and installed.is_new()
