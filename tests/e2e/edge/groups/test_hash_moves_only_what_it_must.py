# SPDX-License-Identifier: Apache-2.0


def test_a_target_that_goes_moves_its_own_share(edge):
    origins = edge.named_origins("a", "b", "c", "d")
    group = {"algorithm": "hash", "hash": {"by": "header", "name": "X-User"}}

    def owners():
        with edge.connect() as client:
            return [client.get(headers={"X-User": str(n)}).body for n in range(200)]

    edge.forward(*origins, group=group)
    before = owners()
    edge.forward(*origins[:3], group=group)
    after = owners()
    for old, new in zip(before, after):
        assert new == old or old == b"d"
    assert b"d" not in after
    edge.forward(*origins, group=group)
    assert owners() == before
