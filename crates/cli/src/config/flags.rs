//! The settings as flags of the command line, made from the table.

use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches};

use super::{SETTINGS, Setting};

/// The settings that were given as flags.
#[derive(Clone, Debug, Default)]
pub struct SettingFlags(pub Vec<(&'static Setting, String)>);

impl FromArgMatches for SettingFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let given = SETTINGS.iter().filter(|s| s.flag.is_some()).filter_map(|setting| {
            let text = matches.try_get_one::<String>(setting.key).ok().flatten()?;
            Some((*setting, text.clone()))
        });
        Ok(Self(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for SettingFlags {
    fn augment_args(command: Command) -> Command {
        SETTINGS.iter().filter_map(|s| Some((s, s.flag?))).fold(command, |command, (setting, flag)| {
            command.arg(
                Arg::new(setting.key)
                    .long(flag)
                    .value_name(setting.shape)
                    .help(format!("{} [env {}]", setting.doc, setting.env))
                    .help_heading("Settings")
                    .global(true)
                    // `-h` stays short; `--help` lists them all.
                    .hide_short_help(!matches!(
                        flag,
                        "config" | "data-dir" | "database-url" | "port" | "only" | "bind"
                    )),
            )
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}
