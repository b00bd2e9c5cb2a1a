# SPDX-License-Identifier: Apache-2.0
"""Each key that `config --report docker` calls honoured: how it is written, and where the engine's
own inspect shows it."""

import re
from dataclasses import dataclass, field


@dataclass
class Key:
    paths: str  # from the top of the file; several with spaces
    service: str = ""  # lines of the service
    shows: dict = field(default_factory=dict)  # place in inspect -> what stands there
    top: str = ""  # lines of the file
    image: str = "slipway.test/base"
    since: int = 0  # the engine's API that knows it; an earlier one must refuse, by name
    refused: str = ""  # what the engine says where this machine cannot do it: it was asked
    of: str = ""  # "network", "volume": what is inspected instead of the container
    machine: str = ""  # of HostConfig: what an engine drops where its machine cannot do it

    def names(self):
        return self.paths.split()

    def __str__(self):
        return self.paths.split()[0]


def matches(pattern):
    return re.compile(pattern)


NET = 'networks: {back: {ipam: {config: [{subnet: "10.77.5.0/24"}]}}}'
NET6 = ('networks: {back: {enable_ipv6: true, ipam: {config: '
        '[{subnet: "10.77.6.0/24"}, {subnet: "fd77:6::/64"}]}}}')
BACK = "NetworkSettings.Networks.{project}_back"

KEYS = [
    Key("services.annotations", "annotations: {a.b: c}", {"HostConfig.Annotations": {"a.b": "c"}},
        since=43),
    Key("services.blkio_config services.blkio_config.weight", "blkio_config: {weight: 300}",
        {"HostConfig.BlkioWeight": 300}, machine="BlkioWeight"),
    Key("services.blkio_config.weight_device services.blkio_config.weight_device.path "
        "services.blkio_config.weight_device.weight",
        "blkio_config: {weight_device: [{path: /dev/null, weight: 400}]}",
        {"HostConfig.BlkioWeightDevice": [{"Path": "/dev/null", "Weight": 400}]},
        machine="BlkioWeightDevice"),
    *[Key(f"services.blkio_config.{key} services.blkio_config.{key}.path "
          f"services.blkio_config.{key}.rate",
          f"blkio_config: {{{key}: [{{path: /dev/null, rate: 1024}}]}}",
          {f"HostConfig.{name}": [{"Path": "/dev/null", "Rate": 1024}]})
      for key, name in (("device_read_bps", "BlkioDeviceReadBps"),
                        ("device_read_iops", "BlkioDeviceReadIOps"),
                        ("device_write_bps", "BlkioDeviceWriteBps"),
                        ("device_write_iops", "BlkioDeviceWriteIOps"))],
    Key("services.cap_add", "cap_add: [NET_ADMIN]",
        {"HostConfig.CapAdd": [matches("^(CAP_)?NET_ADMIN$")]}),
    Key("services.cap_drop", "cap_drop: [MKNOD, CHOWN]",
        {"HostConfig.CapDrop": [matches("MKNOD"), matches("CHOWN")]}),
    Key("services.cgroup_parent", "cgroup_parent: /slipway-of-tests",
        {"HostConfig.CgroupParent": "/slipway-of-tests"}),
    Key("services.cgroup", "cgroup: private", {"HostConfig.CgroupnsMode": "private"}),
    Key("services.cpu_period services.cpu_quota", "cpu_period: 50000\ncpu_quota: 25000",
        {"HostConfig.CpuPeriod": 50000, "HostConfig.CpuQuota": 25000}),
    Key("services.cpu_rt_period services.cpu_rt_runtime",
        "cpu_rt_period: 950000\ncpu_rt_runtime: 10000",
        {"HostConfig.CpuRealtimePeriod": 950000, "HostConfig.CpuRealtimeRuntime": 10000},
        machine="CpuRealtimePeriod"),
    Key("services.cpus", "cpus: 0.5", {"HostConfig.NanoCpus": 500000000}),
    Key("services.cpuset", 'cpuset: "0"', {"HostConfig.CpusetCpus": "0"}),
    Key("services.cpu_shares", "cpu_shares: 512", {"HostConfig.CpuShares": 512}),
    Key("services.command", "command: [echo, 'a b', $$HOME]",
        {"Config.Cmd": ["echo", "a b", "$HOME"]}),
    Key("services.container_name", "container_name: {project}-by-hand",
        {"Name": "/{project}-by-hand"}),
    Key("services.deploy services.deploy.resources services.deploy.resources.limits "
        "services.deploy.resources.limits.cpus services.deploy.resources.limits.memory "
        "services.deploy.resources.limits.pids services.deploy.resources.reservations "
        "services.deploy.resources.reservations.memory",
        "deploy: {resources: {limits: {cpus: '1.5', memory: 96m, pids: 77}, "
        "reservations: {memory: 24m}}}",
        {"HostConfig.NanoCpus": 1500000000, "HostConfig.Memory": 96 << 20,
         "HostConfig.PidsLimit": 77, "HostConfig.MemoryReservation": 24 << 20}),
    Key("services.deploy.resources.reservations.devices "
        "services.deploy.resources.reservations.devices.capabilities "
        "services.deploy.resources.reservations.devices.count "
        "services.deploy.resources.reservations.devices.driver "
        "services.deploy.resources.reservations.devices.options",
        "deploy: {resources: {reservations: {devices: [{capabilities: [gpu, tpu], count: 2, "
        "driver: nvidia, options: {a: b}}]}}}",
        {"HostConfig.DeviceRequests": [{"Driver": "nvidia", "Count": 2, "DeviceIDs": None,
                                        "Capabilities": [["gpu", "tpu"]], "Options": {"a": "b"}}]}),
    Key("services.deploy.resources.reservations.devices.device_ids",
        "deploy: {resources: {reservations: {devices: [{capabilities: [gpu], device_ids: "
        "['0', '3']}]}}}",
        {"HostConfig.DeviceRequests.0.DeviceIDs": ["0", "3"]}),
    Key("services.device_cgroup_rules", "device_cgroup_rules: ['c 1:3 mr']",
        {"HostConfig.DeviceCgroupRules": ["c 1:3 mr"]}),
    Key("services.devices services.devices.source services.devices.target "
        "services.devices.permissions", "devices: ['/dev/null:/dev/nothing:r', '/dev/zero']",
        {"HostConfig.Devices": [
            {"PathOnHost": "/dev/null", "PathInContainer": "/dev/nothing",
             "CgroupPermissions": "r"},
            {"PathOnHost": "/dev/zero", "PathInContainer": "/dev/zero",
             "CgroupPermissions": "rwm"}]}),
    Key("services.dns", "dns: [9.9.9.9, 8.8.4.4]", {"HostConfig.Dns": ["9.9.9.9", "8.8.4.4"]}),
    Key("services.dns_opt", "dns_opt: ['ndots:2']", {"HostConfig.DnsOptions": ["ndots:2"]}),
    Key("services.dns_search", "dns_search: example.org",
        {"HostConfig.DnsSearch": ["example.org"]}),
    Key("services.domainname", "domainname: example.org", {"Config.Domainname": "example.org"}),
    Key("services.entrypoint", "entrypoint: [sh, -c]", {"Config.Entrypoint": ["sh", "-c"]}),
    Key("services.environment", "environment: {A: '1', B: x=y}", {"Config.Env": ["A=1", "B=x=y",
                                                                                "PATH=/bin"]}),
    Key("services.expose", "expose: ['3000', '4000-4001/udp']",
        {"Config.ExposedPorts": {"3000/tcp": {}, "4000/udp": {}, "4001/udp": {}}}),
    Key("services.external_links", "external_links: ['some:thing', 'one']\nnetworks: [back]",
        {BACK + ".Links": ["some:thing", "one:one"]}, top=NET),
    Key("services.extra_hosts", "extra_hosts: ['here=10.0.0.1', 'six=::1']",
        {"HostConfig.ExtraHosts": ["here:10.0.0.1", "six:::1"]}),
    Key("services.group_add", "group_add: ['7', mail]", {"HostConfig.GroupAdd": ["7", "mail"]}),
    Key("services.gpus services.gpus.capabilities services.gpus.count services.gpus.driver "
        "services.gpus.options",
        "gpus: [{driver: nvidia, count: 1, capabilities: [utility], options: {c: d}}]",
        {"HostConfig.DeviceRequests": [{"Driver": "nvidia", "Count": 1, "DeviceIDs": None,
                                        "Capabilities": [["utility", "gpu"]],
                                        "Options": {"c": "d"}}]}),
    Key("services.gpus.device_ids", "gpus: [{device_ids: [GPU-7]}]",
        {"HostConfig.DeviceRequests.0.DeviceIDs": ["GPU-7"]}),
    Key("services.hostname", "hostname: here", {"Config.Hostname": "here"}),
    Key("services.healthcheck services.healthcheck.test services.healthcheck.timeout "
        "services.healthcheck.interval services.healthcheck.retries "
        "services.healthcheck.start_period",
        "healthcheck: {test: ['CMD', 'ls', '/'], interval: 1m30s, timeout: 2500ms, retries: 4, "
        "start_period: 1s}",
        {"Config.Healthcheck": {"Test": ["CMD", "ls", "/"], "Interval": 90000000000,
                                "Timeout": 2500000000, "Retries": 4, "StartPeriod": 1000000000}}),
    Key("services.healthcheck.start_interval", "healthcheck: {test: 'true', start_interval: 2s}",
        {"Config.Healthcheck.StartInterval": 2000000000}, since=44),
    Key("services.healthcheck.disable", "healthcheck: {disable: true}",
        {"Config.Healthcheck.Test": ["NONE"]}),
    Key("services.image", "", {"Image": matches("^sha256:"), "Config.Image": matches("^sha256:")}),
    Key("services.init", "init: true", {"HostConfig.Init": True}),
    Key("services.ipc", "ipc: shareable", {"HostConfig.IpcMode": "shareable"}),
    Key("services.labels", "labels: {a.b: c, d: ''}",
        {"Config.Labels.a\\.b": "c", "Config.Labels.d": ""}),
    Key("services.logging services.logging.driver services.logging.options",
        "logging: {driver: json-file, options: {max-size: 10m, max-file: 3}}",
        {"HostConfig.LogConfig": {"Type": "json-file",
                                  "Config": {"max-size": "10m", "max-file": "3"}}}),
    Key("services.mem_limit services.memswap_limit", "mem_limit: 64m\nmemswap_limit: 128m",
        {"HostConfig.Memory": 64 << 20, "HostConfig.MemorySwap": 128 << 20}, machine="MemorySwap"),
    Key("services.mem_reservation", "mem_reservation: 32m",
        {"HostConfig.MemoryReservation": 32 << 20}),
    Key("services.mem_swappiness", "mem_swappiness: 0", {"HostConfig.MemorySwappiness": 0},
        machine="MemorySwappiness"),
    Key("services.mac_address", "mac_address: '02:42:0a:4d:05:07'",
        {"Config.MacAddress": "02:42:0a:4d:05:07"}),
    Key("services.network_mode", "network_mode: none", {"HostConfig.NetworkMode": "none"}),
    Key("services.networks services.networks.ipv4_address services.networks.link_local_ips",
        "networks: {back: {ipv4_address: 10.77.5.9, link_local_ips: [169.254.8.8]}}",
        {BACK + ".IPAMConfig": {"IPv4Address": "10.77.5.9", "LinkLocalIPs": ["169.254.8.8"]}},
        top=NET),
    Key("services.networks.ipv6_address", "networks: {back: {ipv6_address: 'fd77:6::9'}}",
        {BACK + ".IPAMConfig.IPv6Address": "fd77:6::9"}, top=NET6),
    Key("services.networks.driver_opts", "networks: {back: {driver_opts: {a: b}}}",
        {BACK + ".DriverOpts": {"a": "b"}}, top=NET),
    Key("services.networks.mac_address", "networks: {back: {mac_address: '02:42:0a:4d:05:08'}}",
        {"Config.MacAddress": "02:42:0a:4d:05:08"}, top=NET),
    Key("services.networks.priority",
        "networks: {default: {priority: 1}, back: {priority: 100}}",
        {"HostConfig.NetworkMode": "{project}_back"}, top=NET),
    Key("services.networks.aliases",
        "networks: {back: {aliases: [nick]}}\nports: ['5353/udp']",
        {BACK + ".Aliases": ["one", "nick"]}, top=NET),
    Key("services.networks.gw_priority", "networks: {back: {gw_priority: 7}}",
        {BACK + ".GwPriority": 7}, top=NET, since=48),
    Key("services.networks.interface_name", "networks: {back: {interface_name: eth7}}",
        {BACK + ".DriverOpts": {"com.docker.network.endpoint.ifname": "eth7"}}, top=NET, since=48),
    Key("services.oom_kill_disable", "oom_kill_disable: true\nmem_limit: 64m",
        {"HostConfig.OomKillDisable": True}, machine="OomKillDisable"),
    Key("services.oom_score_adj", "oom_score_adj: 321", {"HostConfig.OomScoreAdj": 321}),
    Key("services.pid", "pid: host", {"HostConfig.PidMode": "host"}),
    Key("services.pids_limit", "pids_limit: 55", {"HostConfig.PidsLimit": 55}),
    Key("services.platform", "platform: linux/riscv64", refused="riscv64"),
    Key("services.privileged", "privileged: true", {"HostConfig.Privileged": True}),
    Key("services.read_only", "read_only: true", {"HostConfig.ReadonlyRootfs": True}),
    Key("services.restart", "restart: on-failure:4",
        {"HostConfig.RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 4}}),
    Key("services.runtime", "runtime: of-nobody", refused="of-nobody"),
    Key("services.security_opt", "security_opt: ['no-new-privileges:true', 'seccomp:unconfined']",
        {"HostConfig.SecurityOpt": ["no-new-privileges=true", "seccomp=unconfined"]}),
    Key("services.shm_size", "shm_size: 12m", {"HostConfig.ShmSize": 12 << 20}),
    Key("services.stdin_open", "stdin_open: true", {"Config.OpenStdin": True}),
    Key("services.stop_grace_period", "stop_grace_period: 1m5s", {"Config.StopTimeout": 65}),
    Key("services.stop_signal", "stop_signal: SIGQUIT", {"Config.StopSignal": "SIGQUIT"}),
    Key("services.storage_opt", "storage_opt: {size: 1G}", refused="storage-opt"),
    Key("services.sysctls", "sysctls: {net.core.somaxconn: 1024}",
        {"HostConfig.Sysctls": {"net.core.somaxconn": "1024"}}),
    Key("services.tmpfs", "tmpfs: ['/run:size=64k', /tmp]",
        {"HostConfig.Tmpfs": {"/run": "size=64k", "/tmp": ""}}),
    Key("services.tty", "tty: true", {"Config.Tty": True}),
    Key("services.ulimits services.ulimits.soft services.ulimits.hard",
        "ulimits: {nproc: 65535, nofile: {soft: 20000, hard: 40000}}",
        {"HostConfig.Ulimits": [{"Name": "nofile", "Soft": 20000, "Hard": 40000},
                                {"Name": "nproc", "Soft": 65535, "Hard": 65535}]}),
    Key("services.user", "user: '1000:7'", {"Config.User": "1000:7"}),
    Key("services.userns_mode", "userns_mode: host", {"HostConfig.UsernsMode": "host"}),
    Key("services.uts", "uts: host", {"HostConfig.UTSMode": "host"}),
    Key("services.volumes services.volumes.type services.volumes.source services.volumes.target "
        "services.volumes.read_only services.volumes.bind services.volumes.bind.create_host_path "
        "services.volumes.bind.propagation",
        "volumes: ['data:/data:ro', '{folder}/made/here:/here:rshared']",
        {"HostConfig.Mounts": [{"Type": "volume", "Source": "{project}_data", "Target": "/data",
                                "ReadOnly": True}],
         "HostConfig.Binds": ["{folder}/made/here:/here:rw,rshared"]},
        top="volumes: {data: {}}"),
    Key("services.volumes.bind.selinux",
        "volumes: [{type: bind, source: '{folder}', target: /z, bind: {selinux: z}}]",
        {"HostConfig.Binds": ["{folder}:/z:rw,z"]}),
    Key("services.volumes.bind.recursive services.volumes.consistency",
        "volumes: [{type: bind, source: '{folder}', target: /r, consistency: cached, "
        "bind: {create_host_path: false, recursive: disabled}}]",
        {"HostConfig.Mounts": [{"Type": "bind", "Source": "{folder}", "Target": "/r",
                                "Consistency": "cached", "BindOptions": {"NonRecursive": True}}]}),
    Key("services.volumes.volume services.volumes.volume.labels services.volumes.volume.nocopy",
        "volumes: [{type: volume, target: /anon, volume: {nocopy: true, labels: {e: f}}}]",
        {"HostConfig.Mounts": [{"Type": "volume", "Target": "/anon",
                                "VolumeOptions": {"NoCopy": True, "Labels": {"e": "f"}}}]}),
    Key("services.volumes.volume.subpath",
        "volumes: [{type: volume, source: data, target: /s, volume: {subpath: in/side}}]",
        {"HostConfig.Mounts.0.VolumeOptions.Subpath": "in/side"}, top="volumes: {data: {}}",
        since=45),
    Key("services.volumes.tmpfs services.volumes.tmpfs.size services.volumes.tmpfs.mode",
        "volumes: [{type: tmpfs, target: /t, tmpfs: {size: 128k, mode: 0o1770}}]",
        {"HostConfig.Mounts": [{"Type": "tmpfs", "Target": "/t",
                                "TmpfsOptions": {"SizeBytes": 131072, "Mode": 0o1770}}]}),
    Key("services.volumes.image services.volumes.image.subpath",
        "volumes: [{type: image, source: slipway.test/web, target: /i, image: {subpath: www}}]",
        {"HostConfig.Mounts.0.ImageOptions.Subpath": "www"}, since=48),
    Key("services.volumes_from", "volumes_from: ['container:{keeper}:ro']",
        {"HostConfig.VolumesFrom": ["{keeper}:ro"]}),
    Key("services.working_dir", "working_dir: /www", {"Config.WorkingDir": "/www"}),
    Key("networks networks.driver networks.driver_opts networks.ipam networks.ipam.driver "
        "networks.ipam.config networks.ipam.config.subnet networks.ipam.config.gateway "
        "networks.ipam.config.ip_range networks.ipam.config.aux_addresses networks.ipam.options "
        "networks.labels", "networks: [back]",
        {"Driver": "bridge", "Options.com\\.docker\\.network\\.driver\\.mtu": "1400",
         "IPAM.Driver": "default", "IPAM.Options": {"g": "h"},
         "IPAM.Config": [{"Subnet": "10.77.7.0/24", "Gateway": "10.77.7.3",
                          "IPRange": "10.77.7.128/25", "AuxiliaryAddresses": {"k": "10.77.7.9"}}],
         "Labels.a": "b", "Labels.com\\.docker\\.compose\\.network": "back",
         "Labels.com\\.docker\\.compose\\.project": "{project}"},
        top="networks: {back: {driver: bridge, driver_opts: {com.docker.network.driver.mtu: 1400}, "
            "labels: {a: b}, ipam: {driver: default, options: {g: h}, config: [{subnet: "
            "10.77.7.0/24, gateway: 10.77.7.3, ip_range: 10.77.7.128/25, aux_addresses: {k: "
            "10.77.7.9}}]}}}", of="network {project}_back"),
    Key("networks.name networks.internal networks.attachable", "networks: [back]",
        {"Internal": True, "Attachable": True, "Name": "{project}-other"},
        top="networks: {back: {name: '{project}-other', internal: true, attachable: true}}",
        of="network {project}-other"),
    Key("networks.enable_ipv6", "networks: [back]", {"EnableIPv6": True}, top=NET6,
        of="network {project}_back"),
    Key("networks.enable_ipv4", "networks: [back]", {"EnableIPv4": False},
        top="networks: {back: {enable_ipv4: false, enable_ipv6: true}}",
        of="network {project}_back", since=48),
    Key("volumes volumes.name volumes.driver volumes.driver_opts volumes.labels",
        "volumes: ['data:/data']",
        {"Name": "{project}-kept", "Driver": "local",
         "Options": {"type": "tmpfs", "device": "tmpfs", "o": "size=1m"}, "Labels.a": "b",
         "Labels.com\\.docker\\.compose\\.volume": "data"},
        top="volumes: {data: {name: '{project}-kept', driver: local, labels: {a: b}, driver_opts: "
            "{type: tmpfs, device: tmpfs, o: size=1m}}}", of="volume {project}-kept"),
]

# Those that other tests of this folder show, and those that are no business of the engine.
ELSEWHERE = {
    "version": "says nothing since Compose has a specification",
    "name": "test_honoured_is_true: every key is tried in a project of its own name",
    "services": "all of them",
    "services.profiles": "which services there are is decided before",
    "include": "done when the file is read",
    "include.path": "done when the file is read",
    "include.env_file": "done when the file is read",
    "include.project_directory": "done when the file is read",
    "networks.external": "test_external_resources",
    "networks.external.name": "test_external_resources; written out as name when it is read",
    "volumes.external": "test_external_resources",
    "volumes.external.name": "test_external_resources; written out as name when it is read",
    "services.build.context": "the command line packs it; test_build",
    **{f"services.build{key}": "test_build" for key in (
        "", ".dockerfile", ".dockerfile_inline", ".args", ".labels", ".cache_from", ".no_cache",
        ".pull", ".extra_hosts", ".network", ".target", ".shm_size", ".tags", ".ulimits",
        ".ulimits.soft", ".ulimits.hard")},
}
