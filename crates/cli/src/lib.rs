//! The gateway as a program: what is configured, what is started, and in which order it stops.
//!
//! - [`config`]: the settings, from the table to their meaning
//! - [`logs`]: where records go, and which never do
//! - [`serve`]: the composition root
//! - [`backup`]: a copy of everything, and the way back from it
//! - [`commands`]: the subcommands

pub mod backup;
pub mod commands;
pub mod config;
pub mod logs;
pub mod serve;

/// Of SQLite too. Many small things come and go here on a few threads: a tenth of all time less than the system's takes.
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;
