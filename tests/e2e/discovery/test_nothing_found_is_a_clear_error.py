# SPDX-License-Identifier: Apache-2.0

def test_error_names_the_files_and_the_folder(project):
    errors = project.refuses()
    for word in ("compose.yaml", "docker-compose.yml", str(project.folder), "-f"):
        assert word in errors
