# SPDX-License-Identifier: Apache-2.0

def test_list_and_map_give_the_same(web):
    expected = {"A": "1", "B": "", "C": None, "D": "x=y"}
    assert web("environment: [A=1, B=, C, D=x=y]")["environment"] == expected
    assert web("environment: {A: 1, B: '', C: , D: x=y}")["environment"] == expected


def test_values_become_text(web):
    environment = web("environment: {I: 42, F: 1.5, T: true, N: no, L: -1, S: '007'}")["environment"]
    assert environment == {"I": "42", "F": "1.5", "T": "true", "N": "no", "L": "-1", "S": "007"}


def test_variable_without_value_is_taken_from_the_process(web):
    environment = web("environment: [SEEN, UNSEEN]", env={"SEEN": "yes"})["environment"]
    assert environment == {"SEEN": "yes", "UNSEEN": None}


def test_later_item_of_a_list_wins(web):
    assert web("environment: [A=1, A=2]")["environment"] == {"A": "2"}
