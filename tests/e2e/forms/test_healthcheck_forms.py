# SPDX-License-Identifier: Apache-2.0

def test_string_is_run_by_a_shell(web):
    health = web("healthcheck: {test: curl -f http://localhost || exit 1}")["healthcheck"]
    assert health["test"] == ["CMD-SHELL", "curl -f http://localhost || exit 1"]


def test_list_stays(web):
    assert web("healthcheck: {test: [CMD, true]}".replace("true", "'true'"))["healthcheck"] == {
        "test": ["CMD", "true"]
    }
    assert web("healthcheck: {test: [NONE]}")["healthcheck"]["test"] == ["NONE"]


def test_times_are_canonical(web):
    health = web(
        """
        healthcheck:
          test: [CMD-SHELL, exit 0]
          interval: 90s
          timeout: 1500ms
          start_period: 1h
          start_interval: 0.5s
          retries: '3'
        """
    )["healthcheck"]
    assert health["interval"] == "1m30s"
    assert health["timeout"] == "1.5s"
    assert health["start_period"] == "1h0m0s"
    assert health["start_interval"] == "500ms"
    assert health["retries"] == 3


def test_disable_stays(web):
    assert web("healthcheck: {disable: true}")["healthcheck"] == {"disable": True}


def test_list_must_begin_with_a_known_word(project):
    project.compose("services: {web: {image: x, healthcheck: {test: [curl, localhost]}}}")
    assert "CMD" in project.mistake()["message"]
