# SPDX-License-Identifier: Apache-2.0

def test_local_bind_resolves_its_device(project):
    project.compose(
        """
        services: {web: {image: x, volumes: ['v:/v']}}
        volumes: {v: {driver: local, driver_opts: {type: none, o: bind, device: ./data}}}
        """
    )
    assert project.config()["volumes"]["v"] == {
        "name": "shop_v",
        "driver": "local",
        "driver_opts": {"device": project.path("data"), "o": "bind", "type": "none"},
    }
