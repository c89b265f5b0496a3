//! How much is logged, in which form, and to which file.

use std::path::{Path, PathBuf};

use tracing::level_filters::LevelFilter;

use super::read::{number, optional, required};
use super::table::{LOG_FILE, LOG_FILE_COUNT, LOG_FILE_SIZE, LOG_FORMAT, LOG_LEVEL, NODE_ENV};
use super::{ConfigError, Values};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    pub level: LevelFilter,
    pub format: LogFormat,
    /// None: standard error alone.
    pub file: Option<PathBuf>,
    pub file_bytes: u64,
    pub file_count: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Pretty,
    Json,
}

impl Log {
    pub(super) fn from_values(values: &Values, data_dir: &Path) -> Result<Self, ConfigError> {
        Ok(Self {
            level: required(values, &LOG_LEVEL, level)?,
            format: format(values)?,
            file: file(values, data_dir),
            file_bytes: u64::from(required(values, &LOG_FILE_SIZE, number)?) << 20,
            file_count: required(values, &LOG_FILE_COUNT, number)?,
        })
    }
}

fn level(text: &str) -> Result<LevelFilter, String> {
    match text.to_ascii_lowercase().as_str() {
        "error" => Ok(LevelFilter::ERROR),
        "warn" | "warning" => Ok(LevelFilter::WARN),
        "info" => Ok(LevelFilter::INFO),
        "debug" => Ok(LevelFilter::DEBUG),
        "trace" => Ok(LevelFilter::TRACE),
        _ => Err(format!("is `{text}`; it can be error, warn, info, debug or trace")),
    }
}

fn format(values: &Values) -> Result<LogFormat, ConfigError> {
    let production = values.get(&NODE_ENV).is_some_and(|v| v.text == "production");
    required(values, &LOG_FORMAT, |text| match text {
        "auto" => Ok(if production { LogFormat::Json } else { LogFormat::Pretty }),
        "pretty" => Ok(LogFormat::Pretty),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("is `{text}`; it can be auto, pretty or json")),
    })
}

fn file(values: &Values, data_dir: &Path) -> Option<PathBuf> {
    let given = optional(values, &LOG_FILE, |t| Ok(t.to_owned())).ok().flatten();
    match given.as_deref() {
        Some("off") => None,
        Some(path) => Some(PathBuf::from(path)),
        None => Some(data_dir.join("logs").join("app.log")),
    }
}
