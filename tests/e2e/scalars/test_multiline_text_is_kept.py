# SPDX-License-Identifier: Apache-2.0

def test_literal_and_folded_blocks(project):
    project.compose(
        """
        services:
          web:
            image: x
            environment:
              LITERAL: |
                one
                  two

                three
              FOLDED: >-
                one
                two

                three
              KEPT: |+
                end

              ESCAPED: "tab\\there \\u263a \\x41"
        """
    )
    assert project.service()["environment"] == {
        "LITERAL": "one\n  two\n\nthree\n",
        "FOLDED": "one two\nthree",
        "KEPT": "end\n\n",
        "ESCAPED": "tab\there \u263a A",
    }
