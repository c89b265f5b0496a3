-- The tables that Switchboard fills when SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY are set.
-- Run this once in the SQL editor of the project. It may be run again.

-- Every event, once. The key is the event's id, so a repeated one changes nothing.
create table if not exists switchboard_events (
    id         text primary key,
    position   bigint not null,             -- orders all events of the gateway
    session_id text not null,
    seq        bigint not null,             -- orders those of one session
    type       text not null,               -- message.received, session.state, ...
    at         timestamptz not null,
    event      jsonb not null               -- what GET /v1/events shows
);

create index if not exists switchboard_events_session on switchboard_events (session_id, seq);
create index if not exists switchboard_events_type on switchboard_events (type, at);

-- One row for each session, as its events tell of it: created, linked, each change of state, deleted. What no event tells,
-- such as a later change of the name, is not here: ask GET /v1/sessions for it.
create table if not exists switchboard_sessions (
    id         text primary key,
    name       text,
    state      text,                        -- connected, disconnected, waiting_qr, ..., deleted
    phone      text,                        -- digits only
    jid        text,
    deleted    boolean not null default false,
    updated_at timestamptz not null
);

-- Messages hold personal data: nobody but the service role reads these tables until a policy allows it.
alter table switchboard_events enable row level security;
alter table switchboard_sessions enable row level security;
