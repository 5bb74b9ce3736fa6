"""Every Web API method that the server knows."""

from tests.slack import chat, conversations, files, history, usergroups, users, views
from tests.slack.asked import Method

METHODS: dict[str, Method] = {
    **chat.METHODS,
    **conversations.METHODS,
    **files.METHODS,
    **history.METHODS,
    **usergroups.METHODS,
    **users.METHODS,
    **views.METHODS,
}
