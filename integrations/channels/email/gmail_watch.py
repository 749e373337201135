"""Asking Gmail to push: `users.watch` for one mailbox.

Source: Gmail API, users.watch and the push guide: a watch ends after at most seven days, a second call replaces the
first, daily renewal is advised. The scope `https://mail.google.com/` that XOAUTH2 needs covers it.
"""

from __future__ import annotations

import datetime as dt

from hotel_agent.common.exceptions import DependencyDown, UnknownOutcome
from integrations import http
from integrations.channels.email import oauth
from integrations.channels.email.accounts import Login
from integrations.exceptions import AccountRefused
from integrations.outside import Service


def watch(login: Login, *, topic: str, api_url: str) -> dt.datetime:
    """Have pushes of the mailbox's inbox sent to the topic; returns until when. Safe to repeat.

    Args:
        topic: "projects/<project>/topics/<name>", of the OAuth client's project.

    Raises:
        AccountRefused: Google refuses it: no access, or a topic it may not publish to. A person must act.
        DependencyDown: no usable answer now; ask again later.
    """
    try:
        response = http.request(
            Service.GMAIL,
            "POST",
            f"{api_url}/gmail/v1/users/me/watch",
            headers={"Authorization": f"Bearer {oauth.access_token(login)}"},
            json={"topicName": topic, "labelIds": ["INBOX"], "labelFilterBehavior": "INCLUDE"},
            changes=False,  # a second watch replaces the first
        )
    except UnknownOutcome as error:
        raise DependencyDown(str(error)) from error
    if response.status == 401:
        oauth.forget(login)
        raise DependencyDown("Gmail did not take the token; a fresh one is asked for next time")
    if response.status == 429 or response.status >= 500:
        raise DependencyDown(f"Gmail answered {response.status}", retry_after=response.retry_after)
    if not response.ok:
        raise AccountRefused(f"Gmail refuses to watch the mailbox ({response.status})", reason="watch")
    return _until(response)


def _until(response: http.Response) -> dt.datetime:
    """`expiration` is milliseconds since 1970, as a string."""
    try:
        answer = response.json()
        return dt.datetime.fromtimestamp(int(answer["expiration"]) / 1000, dt.UTC)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise DependencyDown("Gmail's answer says no end of the watch") from error
