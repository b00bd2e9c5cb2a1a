# SPDX-License-Identifier: Apache-2.0

import pytest

DATA = "volumes: {data: {}}\n"


@pytest.mark.parametrize(
    "short, mount",
    [
        ("data:/data", {"type": "volume", "source": "data", "target": "/data", "volume": {}}),
        (
            "data:/data:ro",
            {
                "type": "volume",
                "source": "data",
                "target": "/data",
                "read_only": True,
                "volume": {},
            },
        ),
        (
            "data:/data:nocopy",
            {"type": "volume", "source": "data", "target": "/data", "volume": {"nocopy": True}},
        ),
        ("/data", {"type": "volume", "target": "/data", "volume": {}}),
        (
            "/srv/a:/a",
            {
                "type": "bind",
                "source": "/srv/a",
                "target": "/a",
                "bind": {"create_host_path": True},
            },
        ),
        (
            "/srv/a:/a:ro,z",
            {
                "type": "bind",
                "source": "/srv/a",
                "target": "/a",
                "read_only": True,
                "bind": {"create_host_path": True, "selinux": "z"},
            },
        ),
        (
            "/srv/a:/a:rslave",
            {
                "type": "bind",
                "source": "/srv/a",
                "target": "/a",
                "bind": {"create_host_path": True, "propagation": "rslave"},
            },
        ),
        (
            r"C:\\data:/a:rw",
            {
                "type": "bind",
                "source": "C:\\data",
                "target": "/a",
                "bind": {"create_host_path": True},
            },
        ),
        (
            "data:/data/../other/",
            {"type": "volume", "source": "data", "target": "/other", "volume": {}},
        ),
    ],
)
def test_short_form_is_written_out(web, short, mount):
    assert web(f'volumes: ["{short}"]', DATA)["volumes"] == [mount]


@pytest.mark.parametrize(
    "short, source", [("./a:/a", "a"), ("../shop/a:/a", "a"), ("./b/../a/:/a", "a"), (".:/a", "")]
)
def test_relative_source_becomes_absolute(web, project, short, source):
    mount = web(f"volumes: ['{short}']")["volumes"][0]
    assert mount["source"] == project.path(source).rstrip("/")


def test_tilde_is_the_home_folder(web, project):
    mounts = web("volumes: ['~/keys:/keys', '~:/home']")["volumes"]
    assert [mount["source"] for mount in mounts] == [f"{project.home}/keys", str(project.home)]


@pytest.mark.parametrize("short", ["", "aa:bb:cc:dd", ":/a", "data:"])
def test_nonsense_is_refused(project, short):
    project.compose(f"services: {{web: {{image: x, volumes: ['{short}']}}}}\n{DATA}")
    assert project.mistake()["path"].startswith("services.web.volumes")


def test_unknown_option_is_a_warning(project):
    project.compose("services: {web: {image: x, volumes: ['/a:/a:fast']}}")
    assert "fast" in project.warnings()[0]["message"]
