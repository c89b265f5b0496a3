//! For the shell: completions, and the manual, both made of the command line itself.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, Failure, say};

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  switchboard completions bash > /etc/bash_completion.d/switchboard\n  switchboard completions zsh > /usr/local/share/zsh/site-functions/_switchboard\n  switchboard completions fish > ~/.config/fish/completions/switchboard.fish"
)]
pub(super) struct Completions {
    shell: Shell,
}

/// Print the manual page, or write one for each command
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  switchboard man | man -l -\n  switchboard man --dir /usr/local/share/man/man1")]
pub(super) struct Man {
    /// The directory to write a page for each command to
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(super) fn completions(command: &Completions) {
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut Cli::command(), "switchboard", &mut script);
    say(String::from_utf8_lossy(&script).trim_end());
}

pub(super) fn man(command: &Man) -> Result<(), Failure> {
    if let Some(dir) = &command.dir {
        let written = std::fs::create_dir_all(dir).and_then(|()| clap_mangen::generate_to(Cli::command(), dir));
        return written.map_err(|e| format!("the pages cannot be written to {}: {e}", dir.display()).into());
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    say(String::from_utf8_lossy(&page).trim_end());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Commands that only lead to others show those instead.
    fn without_example(command: &clap::Command, path: &str) -> Vec<String> {
        let path = format!("{path} {}", command.get_name());
        let below: Vec<_> = command.get_subcommands().flat_map(|below| without_example(below, &path)).collect();
        let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let bare = !text.contains("Example") && !command.has_subcommands();
        below.into_iter().chain(bare.then_some(path)).collect()
    }

    #[test]
    fn every_command_shows_an_example() {
        assert_eq!(without_example(&Cli::command(), ""), Vec::<String>::new());
    }

    #[test]
    fn the_command_line_is_in_order() {
        Cli::command().debug_assert();
    }
}
