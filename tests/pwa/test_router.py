"""Paths, routes and the messages that keep the page's history in step."""

from typing import Any

from reactpy import component, html
from reactpy.types import VdomDict

from pwa.router import Link, Route, Router, RouterContext, resolve, use_path
from pwa.runtime import MemoryPort
from tests.pwa.mounted import mounted


def test_routes_give_parameters_and_query_decoded() -> None:
    routes = [Route("/orders/new", "new"), Route("/orders/{order_id}", "detail")]  # type: ignore[arg-type]  # any thing will do for a screen
    found = resolve(routes, "/orders/a%2Fb?tab=timeline&q=%E6%B8%85%E6%B3%89")
    assert found == (routes[1], {"order_id": "a/b", "tab": "timeline", "q": "清泉"})
    assert resolve(routes, "/orders/new/") == (routes[0], {})
    assert resolve(routes, "/orders") is None
    assert resolve(routes, "/orders/1/2") is None


def test_a_path_parameter_wins_over_a_query_of_the_same_name() -> None:
    assert Route("/shops/{code}", "shop").match("/shops/S1?code=S2") == {"code": "S1"}  # type: ignore[arg-type]  # any thing will do for a screen


def test_navigating_tells_the_page_and_listeners_once() -> None:
    sent: list[dict[str, Any]] = []
    heard: list[str] = []
    router = Router("/", sent.append)
    stop = router.listen(heard.append)
    router.navigate("/orders")
    router.navigate("/orders")
    router.navigate("/orders/1", replace=True)
    stop()
    router.navigate("/me")
    assert heard == ["/orders", "/orders/1"]
    assert [(message["path"], message["replace"]) for message in sent] == [
        ("/orders", False),
        ("/orders/1", True),
        ("/me", False),
    ]


def test_going_back_in_the_page_is_not_sent_back_to_it() -> None:
    sent: list[dict[str, Any]] = []
    router = Router("/orders", sent.append)
    router.popped("/")
    assert (router.path, sent) == ("/", [])
    router.back("/home")
    assert sent == [{"type": "back", "fallback": "/home"}]


def test_what_is_kept_belongs_to_one_step_of_the_history() -> None:
    sent: list[dict[str, Any]] = []
    router = Router("/orders", sent.append)
    began = router.step
    router.keep("search", "清泉", began)
    router.navigate("/orders?filter=open", replace=True)
    assert router.kept == {"search": "清泉"}
    kept = {"type": "keep", "path": "/orders?filter=open", "kept": {"search": "清泉"}}
    assert sent[-1] == kept  # the page's entry was written anew
    router.navigate("/orders/1")
    assert router.kept == {}
    # The field's last word, when its screen has just gone.
    router.keep("search", "清泉水", began)
    assert router.kept == {}
    router.popped("/orders?filter=open", {"search": "清泉"})
    assert router.kept == {"search": "清泉"}
    router.navigate("/me", replace=True)
    assert router.kept == {}


@component
def Where() -> VdomDict:
    return html.div(html.p({"data-testid": "path"}, use_path()), Link("/next?x=1", "on", testid="link"))


async def test_a_link_moves_the_app_and_keeps_its_address() -> None:
    port = MemoryPort()
    router = Router("/", port.send)
    async with mounted(lambda: RouterContext(Where(), value=router), port):
        link = port.find("link")
        assert link is not None
        assert link["attributes"]["href"] == "/next?x=1"
        assert link["eventHandlers"]["onClick"]["preventDefault"] is True
        await port.fire("link", "onClick")
        assert port.text(port.find("path")) == "/next?x=1"
        router.popped("/")
        await port.settle()
        assert port.text(port.find("path")) == "/"
