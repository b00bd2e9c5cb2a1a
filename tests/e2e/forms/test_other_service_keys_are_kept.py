# SPDX-License-Identifier: Apache-2.0

import pytest

KEYS = {
    "attach": ("false", False),
    "blkio_config": (
        "{weight: 300, weight_device: [{path: /dev/sda, weight: 400}], "
        "device_read_bps: [{path: /dev/sdb, rate: 12mb}], device_write_iops: [{path: /dev/sdb, rate: 30}]}",
        {
            "weight": 300,
            "weight_device": [{"path": "/dev/sda", "weight": 400}],
            "device_read_bps": [{"path": "/dev/sdb", "rate": "12582912"}],
            "device_write_iops": [{"path": "/dev/sdb", "rate": "30"}],
        },
    ),
    "cap_add": ("[ALL]", ["ALL"]),
    "cap_drop": ("[NET_ADMIN, SYS_ADMIN]", ["NET_ADMIN", "SYS_ADMIN"]),
    "cgroup": ("host", "host"),
    "cgroup_parent": ("m-executor", "m-executor"),
    "container_name": ("my-web", "my-web"),
    "cpu_count": ("2", 2),
    "cpu_percent": ("50", 50),
    "cpu_period": ("100000", 100000),
    "cpu_quota": ("50000", 50000),
    "cpu_rt_period": ("1400", 1400),
    "cpu_rt_runtime": ("400", 400),
    "cpu_shares": ("512", 512),
    "cpus": ("1.5", 1.5),
    "cpuset": ("'0,1'", "0,1"),
    "credential_spec": ("{file: my.json}", {"file": "my.json"}),
    "device_cgroup_rules": ("['c 1:3 mr']", ["c 1:3 mr"]),
    "dns_opt": ("[use-vc]", ["use-vc"]),
    "domainname": ("foo.com", "foo.com"),
    "external_links": ("['redis:cache']", ["redis:cache"]),
    "group_add": ("[mail, 1000]", ["mail", "1000"]),
    "hostname": ("h", "h"),
    "init": ("true", True),
    "ipc": ("host", "host"),
    "isolation": ("default", "default"),
    "mac_address": ("02:42:ac:11:65:43", "02:42:ac:11:65:43"),
    "mem_limit": ("1gb", "1073741824"),
    "mem_reservation": ("512m", "536870912"),
    "mem_swappiness": ("60", "60"),
    "memswap_limit": ("2g", "2147483648"),
    "network_mode": ("host", "host"),
    "oom_kill_disable": ("true", True),
    "oom_score_adj": ("-500", -500),
    "pid": ("host", "host"),
    "pids_limit": ("10", 10),
    "platform": ("linux/amd64", "linux/amd64"),
    "privileged": ("true", True),
    "pull_policy": ("always", "always"),
    "pull_refresh_after": ("24h", "24h"),
    "read_only": ("true", True),
    "restart": ("unless-stopped", "unless-stopped"),
    "runtime": ("runc", "runc"),
    "scale": ("3", 3),
    "security_opt": ("['label:user:USER']", ["label:user:USER"]),
    "shm_size": ("64m", "67108864"),
    "stdin_open": ("true", True),
    "stop_grace_period": ("1m30s", "1m30s"),
    "stop_signal": ("SIGUSR1", "SIGUSR1"),
    "storage_opt": ("{size: 1G}", {"size": "1G"}),
    "tty": ("true", True),
    "use_api_socket": ("true", True),
    "user": ("'1000:1000'", "1000:1000"),
    "userns_mode": ("host", "host"),
    "uts": ("host", "host"),
    "working_dir": ("/app", "/app"),
}


@pytest.mark.parametrize("key", KEYS)
def test_key_is_kept(web, key):
    written, canonical = KEYS[key]
    assert web(f"{key}: {written}")[key] == canonical


def test_if_not_present_is_missing(web):
    assert web("pull_policy: if_not_present")["pull_policy"] == "missing"
