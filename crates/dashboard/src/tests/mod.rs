//! Who gets in, and what they see, on a gateway in memory.

mod calls;
mod chats;
mod entrance;
mod events;
mod house;
mod live;
mod people;
mod sessions;
mod webhooks;
