"""The simulated Jira Data Center: what it answers otherwise than Cloud."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.connectors.jira.site import BEGIN, DAY, Site, story

WORLD = story()
FOUND = {"jql": "updated >= 0 ORDER BY updated ASC", "expand": "changelog", "fields": "updated,comment,reporter"}


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    """Somebody with a personal access token."""
    with (
        Site(WORLD, BEGIN + 50 * DAY, server=True) as site,
        httpx.Client(base_url=site.url, headers={"Authorization": "Bearer api-token"}) as client,
    ):
        yield client


def test_it_says_that_it_is_a_server_and_has_no_third_version(client: httpx.Client) -> None:
    assert client.get("/rest/api/2/serverInfo").json()["deploymentType"] == "Server"
    assert client.get("/rest/api/3/search/jql", params=FOUND).status_code == 404
    assert client.post("/rest/api/2/changelog/bulkfetch", json={"issueIdsOrKeys": ["1"]}).status_code == 404


def test_a_page_tells_where_it_stands_and_histories_oldest_first_without_ids_of_fields(client: httpx.Client) -> None:
    page = client.get("/rest/api/2/search", params={**FOUND, "startAt": 7, "maxResults": 5000}).json()
    assert (page["startAt"], page["maxResults"]) == (7, 1000)
    assert len(page["issues"]) == page["total"] - 7
    told = [issue["changelog"]["histories"] for issue in page["issues"]]
    assert any(len(histories) > 1 for histories in told)
    for histories in told:
        assert histories == sorted(histories, key=lambda history: int(history["id"]))
        assert not [item for history in histories for item in history["items"] if "fieldId" in item]
    reporter = page["issues"][0]["fields"]["reporter"]
    assert reporter["key"].startswith("JIRAUSER")
    assert "accountId" not in reporter


def test_whether_customers_see_a_comment_is_told_one_issue_at_a_time(client: httpx.Client) -> None:
    issues = client.get("/rest/api/2/search", params={**FOUND, "maxResults": 1000}).json()["issues"]
    inside = [comment for issue in issues for comment in issue["fields"]["comment"]["comments"]]
    assert inside
    assert not [comment for comment in inside if "jsdPublic" in comment or "properties" in comment]
    secrets = 0
    for issue in issues[:60]:
        path = f"/rest/api/2/issue/{issue['id']}/comment"
        assert "properties" not in str(client.get(path).json())
        for comment in client.get(path, params={"expand": "properties"}).json()["comments"]:
            secrets += bool(comment["properties"])
    assert secrets


def test_one_query_shows_no_more_than_its_window(client: httpx.Client) -> None:
    assert client.get("/rest/api/2/search", params={**FOUND, "startAt": 9_900, "maxResults": 200}).status_code == 500
