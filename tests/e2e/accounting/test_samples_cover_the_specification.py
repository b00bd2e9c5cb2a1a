# SPDX-License-Identifier: Apache-2.0

import json

import pytest

from support.accounting import read
from support.samples import SCHEMA, own_samples

SERVICE_KEYS = """
    annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs
    container_name cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares
    cpus cpuset credential_spec depends_on deploy develop device_cgroup_rules devices dns dns_opt
    dns_search domainname entrypoint env_file environment expose extends external_links extra_hosts gpus
    group_add healthcheck hostname image init ipc isolation label_file labels links logging mac_address
    mem_limit mem_reservation mem_swappiness memswap_limit models network_mode networks oom_kill_disable
    oom_score_adj pid pids_limit platform ports post_start pre_stop privileged profiles provider
    pull_policy pull_refresh_after read_only restart runtime scale secrets security_opt shm_size
    stdin_open stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits use_api_socket user
    userns_mode uts volumes volumes_from working_dir
    """.split()


def test_there_are_enough_of_them():
    assert len(own_samples()) >= 25


def test_every_key_of_a_service_is_used():
    used = set()
    for sample in own_samples():
        for path in sample.source.rglob("*.y*ml"):
            for service in (read(path).get("services") or {}).values():
                used |= set(service or ())
    assert len(SERVICE_KEYS) == 92
    assert [key for key in SERVICE_KEYS if key not in used] == []


def test_those_are_the_keys_of_the_schema():
    if not SCHEMA.exists():
        pytest.skip("the published schema is not beside this repository")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    definitions = schema.get("$defs") or schema["definitions"]
    assert sorted(definitions["service"]["properties"]) == sorted(SERVICE_KEYS)


def test_corpus_is_complete(corpus, all_loaded):
    assert len([name for name in all_loaded if name.startswith("corpus-")]) == 39
