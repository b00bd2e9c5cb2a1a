# SPDX-License-Identifier: Apache-2.0

def test_later_document_overrides_the_earlier_one(project):
    project.compose(
        """
        services: {web: {image: one, hostname: kept}}
        ---
        services: {web: {image: two}, db: {image: pg}}
        """
    )
    services = project.config()["services"]
    assert services["web"]["image"] == "two"
    assert services["web"]["hostname"] == "kept"
    assert services["db"]["image"] == "pg"
