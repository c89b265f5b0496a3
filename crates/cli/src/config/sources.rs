//! The places settings are read from, and how they are laid over one another.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::table::{self, CONFIG, SETTINGS};
use super::{ConfigError, Origin, Setting};

/// Everything that can carry a setting. Plain data, so that tests can make one up.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Defaults of an embedding program, over those of the table.
    pub presets: Vec<(&'static Setting, String)>,
    /// The directory that `.env` and `switchboard.toml` are looked for in.
    pub directory: PathBuf,
    pub environment: BTreeMap<String, String>,
    pub flags: Vec<(&'static Setting, String)>,
    /// Those that an embedding program takes from its flags alone, whatever file and environment say.
    pub flags_only: Vec<&'static Setting>,
}

/// A value and the layer it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    pub text: String,
    pub origin: Origin,
}

/// The effective text of every setting that has one.
#[derive(Clone, Debug, Default)]
pub struct Values(BTreeMap<&'static str, Value>);

impl Sources {
    /// What this process was given.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    #[must_use]
    pub fn of_process(flags: Vec<(&'static Setting, String)>) -> Self {
        // A variable that is not Unicode cannot be one of ours.
        let environment =
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect();
        Self { directory: PathBuf::from("."), environment, flags, ..Self::default() }
    }

    /// Lays the layers over one another: defaults, file, `.env`, environment, flags.
    pub fn gather(&self) -> Result<Values, ConfigError> {
        let dot_env = super::dot_env::read(&self.directory.join(".env"))?;
        let mut values = Values::default();
        for setting in SETTINGS {
            values.put(setting, setting.default, &Origin::Default);
        }
        for (setting, text) in &self.presets {
            values.put(setting, Some(text), &Origin::Default);
        }
        let defaults = values.clone();
        values.put_file(self.file(&dot_env).as_deref())?;
        values.put_variables(&dot_env, " (in .env)", |_| Origin::DotEnv)?;
        values.put_variables(&self.environment, " (in the environment)", |s| Origin::Environment(s.env))?;
        for setting in &self.flags_only {
            values.take_back(setting, &defaults);
        }
        for (setting, text) in &self.flags {
            values.put(setting, Some(text), &Origin::Flag(setting.flag.unwrap_or(setting.env)));
        }
        Ok(values)
    }

    /// What the file and the environment say in vain, because only flags count for it.
    pub fn passed_over(&self) -> Result<Vec<(&'static Setting, Origin)>, ConfigError> {
        let values = Self { flags_only: Vec::new(), ..self.clone() }.gather()?;
        let origin = |setting: &&'static Setting| Some((*setting, values.get(setting)?.origin.clone()));
        let given = self.flags_only.iter().filter_map(origin);
        Ok(given.filter(|(_, origin)| !matches!(origin, Origin::Default | Origin::Flag(_))).collect())
    }

    /// The file to read: the one that was named, which must then exist, or `switchboard.toml` if there is one.
    fn file(&self, dot_env: &BTreeMap<String, String>) -> Option<PathBuf> {
        let flag = self.flags.iter().find(|(s, _)| s.key == CONFIG.key).map(|(_, text)| text);
        let variable = self.environment.get(CONFIG.env).or_else(|| dot_env.get(CONFIG.env)).filter(|v| !v.is_empty());
        let usual = self.directory.join("switchboard.toml");
        flag.or(variable).map(|p| self.directory.join(p)).or_else(|| usual.exists().then_some(usual))
    }
}

impl Values {
    #[must_use]
    pub fn get(&self, setting: &Setting) -> Option<&Value> {
        self.0.get(setting.key)
    }

    /// Whether somebody gave the setting, rather than the table.
    #[must_use]
    pub fn is_given(&self, setting: &Setting) -> bool {
        self.get(setting).is_some_and(|v| v.origin != Origin::Default)
    }

    /// Empty means "not given": container tools pass `NAME=` for what was left out.
    fn put(&mut self, setting: &'static Setting, text: Option<&str>, origin: &Origin) {
        if let Some(text) = text.filter(|t| !t.is_empty()) {
            self.0.insert(setting.key, Value { text: text.to_owned(), origin: origin.clone() });
        }
    }

    fn take_back(&mut self, setting: &Setting, to: &Self) {
        match to.get(setting) {
            Some(value) => drop(self.0.insert(setting.key, value.clone())),
            None => drop(self.0.remove(setting.key)),
        }
    }

    fn put_variables(
        &mut self,
        variables: &BTreeMap<String, String>,
        place: &str,
        origin: impl Fn(&'static Setting) -> Origin,
    ) -> Result<(), ConfigError> {
        for (name, text) in variables {
            match table::by_env(name) {
                Some(setting) => self.put(setting, Some(text), &origin(setting)),
                None if name.starts_with("SWITCHBOARD_") => return Err(unknown_variable(name, place)),
                None => {}
            }
        }
        Ok(())
    }

    fn put_file(&mut self, path: Option<&Path>) -> Result<(), ConfigError> {
        let Some(path) = path else { return Ok(()) };
        for (key, text) in super::file::read(path)? {
            match table::by_key(&key).filter(|s| s.key != CONFIG.key) {
                Some(setting) => self.put(setting, Some(&text), &Origin::File),
                None => return Err(unknown_key(key, path)),
            }
        }
        Ok(())
    }
}

fn unknown_variable(name: &str, place: &str) -> ConfigError {
    let ours = SETTINGS.iter().map(|s| s.env).filter(|env| env.starts_with("SWITCHBOARD_"));
    ConfigError::Unknown { name: name.to_owned(), place: place.to_owned(), nearest: table::nearest(name, ours) }
}

fn unknown_key(key: String, path: &Path) -> ConfigError {
    let nearest = table::nearest(&key, SETTINGS.iter().map(|s| s.key));
    ConfigError::Unknown { name: key, place: format!(" (in {})", path.display()), nearest }
}
