"""The parts of an answer as Jira Cloud writes them: users, statuses, links, histories, in the caller's time zone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from connectors.simulators import jira_site as site
from connectors.simulators.jira_history import Comment, History, Issue, Item, Life, Link
from connectors.simulators.world import Supplier, World
from core.model import Instant, to_datetime

Json: TypeAlias = dict[str, Any]


def stamp(instant: Instant | None, zone: ZoneInfo) -> str | None:
    """A moment as Jira writes it: milliseconds, the offset without a colon."""
    if instant is None:
        return None
    local = to_datetime(instant).astimezone(zone)
    return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes for one call: links begin with the address the call used."""

    base: str  # "https://host:port", without a slash at the end
    version: str  # "3": rich text as a document; "2": as plain text
    zone: ZoneInfo
    world: World
    supplier: Supplier
    now: Instant
    issue_of: Callable[[str], Issue | None]  # by the ticket's key; None where nobody may see it
    server: bool = False  # Data Center: users have names and keys, histories no ids of fields

    def url(self, path: str) -> str:
        """The address of something of the platform's own interface."""
        return f"{self.base}/rest/api/{self.version}/{path}"

    def stamp(self, instant: Instant | None) -> str | None:
        """A moment in the caller's zone."""
        return stamp(instant, self.zone)

    def user(self, login: str, kind: str = "atlassian") -> Json:
        """A person or an app, without the address, which is hidden."""
        if login in self.supplier.automation:
            kind = "app"
        elif login in self.supplier.people:
            kind = "atlassian"
        if self.server:
            return {
                "self": self.url(f"user?username={login}"),
                "key": site.user_key(login),
                "name": login,
                "emailAddress": f"{login}@example.com",
                "active": True,
                "displayName": login,
                "timeZone": str(self.zone),
            }
        account = site.account_id(login)
        return {
            "self": self.url(f"user?accountId={account}"),
            "accountId": account,
            "accountType": kind,
            "active": True,
            "displayName": login,
            "timeZone": str(self.zone),
        }

    def author(self, who: str, actor: str) -> Json:
        """Whose act it was; nothing is left of a deleted account."""
        if actor == "unknown":
            return {}
        kind = {"automation": "app", "requester": "customer"}.get(actor, "atlassian")
        return {"author": self.user(who, kind)}

    def category(self, key: str) -> Json:
        """A status category."""
        number, name, colour = site.CATEGORIES[key]
        return {
            "self": self.url(f"statuscategory/{number}"),
            "id": number,
            "key": key,
            "colorName": colour,
            "name": name,
        }

    def status(self, status: site.Status) -> Json:
        """A status with its category."""
        return {
            "self": self.url(f"status/{status.id}"),
            "description": "",
            "iconUrl": f"{self.base}/images/icons/statuses/generic.png",
            "name": status.name,
            "id": status.id,
            "statusCategory": self.category(status.category),
        }

    def priority(self, number: int) -> Json:
        """A priority."""
        name = site.PRIORITIES[number]
        return {
            "self": self.url(f"priority/{number}"),
            "iconUrl": f"{self.base}/images/icons/priorities/{name.lower()}.svg",
            "name": name,
            "id": str(number),
        }

    def resolution(self, number: str, name: str) -> Json:
        """A resolution."""
        return {"self": self.url(f"resolution/{number}"), "id": number, "description": "", "name": name}

    def issue_type(self, kind: str) -> Json:
        """An issue type, by the kind of ticket."""
        number, name = site.ISSUE_TYPES[kind]
        return {
            "self": self.url(f"issuetype/{number}"),
            "id": number,
            "description": "",
            "iconUrl": f"{self.base}/images/icons/issuetypes/{kind}.svg",
            "name": name,
            "subtask": False,
            "hierarchyLevel": 0,
        }

    def project(self, key: str) -> Json:
        """A service project."""
        number = site.small_id("project", key)
        return {
            "self": self.url(f"project/{number}"),
            "id": number,
            "key": key,
            "name": f"{self.supplier.title} {key}",
            "projectTypeKey": "service_desk",
            "simplified": False,
        }

    def link_type(self, name: str) -> Json:
        """A type of link."""
        number, inward, outward = site.LINK_TYPES[name]
        return {
            "id": number,
            "name": name,
            "inward": inward,
            "outward": outward,
            "self": self.url(f"issueLinkType/{number}"),
        }

    def links(self, issue: Issue) -> list[Json]:
        """The links of an issue; those whose other end nobody may see are left out."""
        return [self._link(issue, link, other) for link in issue.links if (other := self.issue_of(link.other))]

    def _link(self, issue: Issue, link: Link, other: Issue) -> Json:
        # A link has one number, whichever of its ends tells of it.
        ends = " ".join([link.type, *sorted((issue.key, other.key))])
        number = site.small_id("link", ends)
        return {
            "id": number,
            "self": self.url(f"issueLink/{number}"),
            "type": self.link_type(link.type),
            "inwardIssue" if link.inward else "outwardIssue": {
                "id": str(other.id),
                "key": other.key,
                "self": self.url(f"issue/{other.id}"),
                "fields": {
                    "summary": other.ticket.title,
                    "status": self.status(other.status),
                    "priority": self.priority(other.priority),
                    "issuetype": self.issue_type(other.ticket.kind),
                },
            },
        }

    def text(self, words: str) -> Any:
        """Rich text: a document in version 3, plain in version 2."""
        if self.version != "3":
            return words
        paragraph = {"type": "paragraph", "content": [{"type": "text", "text": words}]}
        return {"type": "doc", "version": 1, "content": [paragraph]}

    def option(self, value: str) -> Json:
        """A chosen option of a select field."""
        number = site.small_id("option", value)
        return {"self": self.url(f"customFieldOption/{number}"), "value": value, "id": number}

    def history(self, history: History) -> Json:
        """A history as everywhere but in bulkfetch."""
        return {
            "id": history.id,
            **self.author(history.who, history.actor),
            "created": self.stamp(history.at),
            "items": [item(change, self.server) for change in history.items],
        }

    def embedded_changelog(self, life: Life, most: int) -> Json:
        """Histories inside an issue: on Cloud the newest ones, newest first; `total` tells how many there are."""
        newest = life.histories if self.server else life.histories[::-1][:most]
        return {
            "startAt": 0,
            "maxResults": len(newest),
            "total": len(life.histories),
            "histories": [self.history(history) for history in newest],
        }

    def comment(self, issue: Issue, comment: Comment) -> Json:
        """A comment; whether customers see it is in `jsdPublic`."""
        author = self.author(comment.who, comment.actor)
        return {
            "self": self.url(f"issue/{issue.id}/comment/{comment.id}"),
            "id": comment.id,
            **author,
            "body": self.text("(left out)"),
            **({"updateAuthor": author["author"]} if author else {}),
            "created": self.stamp(comment.at),
            "updated": self.stamp(comment.at),
            **({} if self.server else {"jsdPublic": comment.public}),
        }


def item(change: Item, server: bool = False) -> Json:
    """What a history changed, with nulls."""
    field_id = {"fieldId": change.field_id} if change.field_id and not server else {}
    return {
        "field": change.name,
        "fieldtype": "custom" if (change.field_id or "").startswith("customfield_") else "jira",
        **field_id,
        "from": change.old[0],
        "fromString": change.old[1],
        "to": change.new[0],
        "toString": change.new[1],
    }
