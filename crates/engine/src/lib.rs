//! whatsapp-rust behind the gateway's [`Engine`](switchboard_core::engine::Engine).
mod backend;
