//! What no single endpoint says.

use utoipa::{OpenApi as _, openapi::OpenApi};

use crate::http::Credentials;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Switchboard",
        description = "A self-hosted WhatsApp gateway.\n\n\
            Errors are problem details (RFC 9457) with a stable `code`, and `field` where one does not fit. \
            Every answer carries `x-request-id`. Lists go on at their `next_cursor`. \
            Credentials are login tokens and API keys, as `Authorization: Bearer` or `x-api-key`.",
        license(name = "MIT", identifier = "MIT"),
    ),
    tags(
        (name = "sessions", description = "Linked accounts, and the state each is in"),
        (name = "messages", description = "Sending, and what became of it"),
        (name = "chats", description = "Conversations, and what is unread in them"),
        (name = "labels", description = "How a business account sorts its chats"),
        (name = "groups", description = "What the account is in, who else is, and what they may do"),
        (name = "newsletters", description = "What apps call channels: what the account runs, follows and reads"),
        (name = "contacts", description = "Who is on WhatsApp, who is there, who types"),
        (name = "people", description = "What is stored about one person: handed out, and erased"),
        (name = "profile", description = "What people and the account show, who may see it, whom the account has blocked"),
        (name = "events", description = "Everything that happens, in order, for as long as it is kept"),
        (name = "calls", description = "Calls, those who may not make any more, and the rules about both"),
        (name = "webhooks", description = "Events brought to your own server, signed, until it has taken them"),
        (name = "keys", description = "Credentials for programs"),
        (name = "users", description = "Credentials for people"),
    ),
)]
struct Document;

pub(in crate::native) fn description() -> OpenApi {
    let mut document = Document::openapi();
    Credentials::BearerOrKey.describe(&mut document);
    document
}
