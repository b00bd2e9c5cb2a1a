# SPDX-License-Identifier: Apache-2.0

def test_five_groups_share_at_most(extended):
    groups = ", ".join(f"g{i}: {{targets: ['h:{i + 1}']}}" for i in range(6))
    five = ", ".join(f"g{i}: 1" for i in range(5))
    six = ", ".join(f"g{i}: 1" for i in range(6))
    text = "listeners: {l: {address: ':80', default: {weights: {%s}}}}\ntarget_groups: {%s}"
    extended(text % (five, groups)).config()
    assert "5" in extended(text % (six, groups)).mistake()["message"]
