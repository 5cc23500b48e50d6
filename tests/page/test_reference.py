"""`/docs`: the contract, rendered by what is installed with Dateline."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.processes import Server


def test_every_operation_of_the_contract_is_there_and_nothing_comes_from_elsewhere(
    page: Page, server: Server
) -> None:
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    page.goto("/docs")
    expect(page.locator(".opblock").first).to_be_visible()
    contract = server.get("/openapi.yaml").body
    assert page.locator(".opblock").count() == contract.count("operationId:")
    assert asked == {urlsplit(server.url).netloc}


def test_an_operation_can_be_tried(page: Page) -> None:
    page.goto("/docs")
    alive = page.locator("#operations-health-isAlive")
    alive.get_by_role("button").first.click()
    alive.get_by_role("button", name="Try it out").click()
    alive.get_by_role("button", name="Execute").click()
    expect(alive.locator(".live-responses-table")).to_contain_text('"status": "alive"')
