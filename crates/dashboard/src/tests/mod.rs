//! Who gets in, and what they see, on a gateway in memory.

mod entrance;
mod house;
mod live;
mod sessions;
