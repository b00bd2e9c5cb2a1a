# SPDX-License-Identifier: Apache-2.0

def test_watch_rules_are_kept(web, project):
    watch = web(
        """
        develop:
          watch:
            - {action: sync, path: ./src, target: /app, ignore: node_modules/, include: ['*.js']}
            - {action: rebuild, path: package.json}
            - {action: sync+exec, path: ./conf, target: /etc/c, initial_sync: true, exec: {command: reload now}}
        """
    )["develop"]["watch"]
    assert watch[0] == {
        "path": project.path("src"),
        "action": "sync",
        "target": "/app",
        "include": ["*.js"],
        "ignore": ["node_modules/"],
    }
    assert watch[1] == {"path": project.path("package.json"), "action": "rebuild"}
    assert watch[2]["exec"] == {"command": ["reload", "now"]}
    assert watch[2]["initial_sync"] is True
