# SPDX-License-Identifier: Apache-2.0

from support.origin import answer

GROUP = {"stickiness": {"by": "application", "cookie": "SESSION"}}


def origins_with_sessions(edge, *names):
    def respond(name):
        def give(request):
            headers = []
            if request.target == "/login":
                headers = [("Set-Cookie", f"SESSION={name}; Path=/; HttpOnly")]
            elif request.target == "/logout":
                headers = [("Set-Cookie", "SESSION=; Max-Age=0")]
            return answer(name.encode(), headers=headers)

        return give

    return [edge.origin(respond(name)) for name in names]


def cookies_of(response):
    return dict(value.split(";")[0].split("=", 1) for value in response.all("set-cookie"))


def test_companion_follows_the_session(edge):
    edge.forward(*origins_with_sessions(edge, "a", "b", "c"), group=GROUP)
    assert not edge.get("/").all("set-cookie")
    for _ in range(3):
        login = edge.get("/login")
        cookies = cookies_of(login)
        assert set(cookies) == {"SESSION", "SESSION-SLIPWAY"}
        assert cookies["SESSION"] == login.body.decode()  # as the target set it
        both = "; ".join(f"{name}={value}" for name, value in cookies.items())
        for _ in range(4):
            assert edge.get("/", headers={"Cookie": both}).body == login.body


def test_companion_alone_means_nothing(edge):
    edge.forward(*origins_with_sessions(edge, "a", "b", "c"), group=GROUP)
    token = cookies_of(edge.get("/login"))["SESSION-SLIPWAY"]
    alone = {"Cookie": f"SESSION-SLIPWAY={token}"}
    assert len({edge.get("/", headers=alone).body for _ in range(3)}) == 3


def test_companion_goes_with_the_session(edge):
    edge.forward(*origins_with_sessions(edge, "a", "b"), group=GROUP)
    cookies = cookies_of(edge.get("/login"))
    both = "; ".join(f"{name}={value}" for name, value in cookies.items())
    logout = edge.get("/logout", headers={"Cookie": both})
    companion = [value for value in logout.all("set-cookie") if value.startswith("SESSION-SLIPWAY=")]
    assert len(companion) == 1 and "Max-Age=0" in companion[0]
