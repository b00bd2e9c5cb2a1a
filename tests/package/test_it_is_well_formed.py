# SPDX-License-Identifier: Apache-2.0
"""What is in it, as Debian wants it."""

import re


def test_lintian_finds_no_errors(package):
    """script/package fails where it does; warnings are shown."""
    print(package.report)
    assert "lintian" not in package.report
    assert not re.search("^E: ", package.report, re.M)


def test_what_is_where(package):
    contents = package.contents()
    assert any(path.startswith("/usr/share/doc/slipway/README.Debian") for path in contents)
    for path in ("/usr/bin/slipway", "/lib/systemd/system/slipway.service", "/etc/slipway/slipway.env",
                 "/etc/needrestart/conf.d/slipway.conf",
                 "/usr/share/man/man1/slipway.1.gz", "/usr/share/man/man5/x-slipway.5.gz",
                 "/usr/share/bash-completion/completions/slipway",
                 "/usr/share/zsh/vendor-completions/_slipway",
                 "/usr/share/fish/vendor_completions.d/slipway.fish",
                 "/usr/share/doc/slipway/copyright",
                 "/usr/share/doc/slipway/changelog.gz"):
        assert path in contents, path
    assert contents["/var/lib/slipway/"] == ("drwx------", "root/root")
    assert {owner for _, owner in contents.values()} == {"root/root"}
    assert not any(re.search(r"node_modules|__pycache__|\.(o|d|pyc)$", path) for path in contents)


def test_links_of_the_documentation_lead_somewhere(package):
    contents = package.contents()
    folder = "/usr/share/doc/slipway/"
    texts = [path for path in contents if path.startswith(folder) and path.count("/") == 5
             and path.endswith(".md")]
    assert folder + "api.md" in texts and folder + "openapi.yaml" in contents
    for text in texts:
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", package.read(text)):
            assert folder + link in contents, (text, link)


def test_it_says_whose_the_parts_are(package):
    text = package.read("/usr/share/doc/slipway/copyright")
    assert "Jason Miller (Preact)" in text and "Leon Sorokin (uPlot)" in text
    assert "web/dist/licenses.txt" in text and "License: Expat" in text


def test_it_wants_no_docker_to_be_installed(package):
    assert "docker" in package.control("Recommends")
    assert "docker" not in package.control("Depends")
