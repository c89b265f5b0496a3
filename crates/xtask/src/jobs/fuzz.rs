//! Looks for input that breaks something: libFuzzer on the targets in `fuzz/`.

use std::{collections::BTreeSet, fs};

use anyhow::Context as _;
use clap::builder::PossibleValuesParser;
use tokio::process::Command;

use super::run::{cargo, root};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Time for all targets together, without what it takes to build them
    #[arg(long, default_value_t = 20)]
    minutes: u32,
    /// Without any, all of them
    #[arg(value_name = "TARGET", value_parser = PossibleValuesParser::new(TARGETS.map(|(name, _)| name)))]
    targets: Vec<String>,
}

/// Each target, and the feature it needs: what can be tried without the protocol is built in much less time.
const TARGETS: [(&str, &str); 5] =
    [("addresses", ""), ("api", "gateway"), ("imports", "engine"), ("nodes", "wire"), ("sealed_files", "gateway")];

pub(super) async fn fuzz(args: Args) -> anyhow::Result<()> {
    anyhow::ensure!(is_installed().await, "cargo-fuzz is not installed: cargo install --locked cargo-fuzz");
    let targets = chosen(&args.targets);
    let (features, seconds) = (features(&targets), share(args.minutes, targets.len()));
    for (target, _) in &targets {
        let failed = || format!("the target {target} does not build");
        cargo_fuzz("build", &features, &[(*target).to_owned()]).await.with_context(failed)?;
    }
    for (target, _) in &targets {
        println!("{target}: {seconds} s");
        let found = || format!("the target {target} has found something: it lies in fuzz/artifacts/{target}");
        cargo_fuzz("run", &features, &order(target, seconds)?).await.with_context(found)?;
    }
    println!("nothing was found");
    Ok(())
}

async fn is_installed() -> bool {
    let asked = Command::new("cargo").args(["fuzz", "--version"]).output().await;
    asked.is_ok_and(|output| output.status.success())
}

fn chosen(named: &[String]) -> Vec<(&'static str, &'static str)> {
    let wanted = |name: &str| named.is_empty() || named.iter().any(|other| other == name);
    TARGETS.into_iter().filter(|(name, _)| wanted(name)).collect()
}

/// The same for all of them, so that nothing is built twice.
fn features(targets: &[(&str, &str)]) -> String {
    let needed: BTreeSet<_> =
        targets.iter().map(|(_, feature)| *feature).filter(|feature| !feature.is_empty()).collect();
    needed.into_iter().collect::<Vec<_>>().join(",")
}

fn share(minutes: u32, targets: usize) -> u64 {
    (u64::from(minutes) * 60 / targets.max(1) as u64).max(1)
}

/// What comes up goes into the first folder; the others are only read.
fn order(target: &str, seconds: u64) -> anyhow::Result<Vec<String>> {
    let (corpus, seeds) = (format!("fuzz/corpus/{target}"), format!("fuzz/seeds/{target}"));
    fs::create_dir_all(root().join(&corpus)).with_context(|| format!("{corpus} cannot be made"))?;
    let mut order = vec![target.to_owned(), corpus];
    order.extend(Some(seeds).filter(|seeds| root().join(seeds).exists()));
    // An input that takes a minute is a finding, too.
    let limits = ["--", &format!("-max_total_time={seconds}"), "-rss_limit_mb=4096", "-timeout=60"];
    order.extend(limits.map(str::to_owned));
    Ok(order)
}

/// Without a sanitizer, which only nightly compilers have.
async fn cargo_fuzz(word: &str, features: &str, rest: &[String]) -> anyhow::Result<()> {
    let flags = ["fuzz", word, "-s", "none", "--no-default-features"].join(" ");
    let features = if features.is_empty() { Vec::new() } else { vec![format!("--features={features}")] };
    cargo(&flags, &[features.as_slice(), rest].concat()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_shares_the_time_and_is_built_once() {
        let few = chosen(&["nodes".to_owned(), "addresses".to_owned()]);
        assert_eq!((few.len(), features(&few), share(20, few.len())), (2, "wire".to_owned(), 600));
        let all = chosen(&[]);
        assert_eq!((features(&all), share(20, all.len())), ("engine,gateway,wire".to_owned(), 240));
        assert_eq!((features(&chosen(&["addresses".to_owned()])), share(0, 1)), (String::new(), 1));
    }

    #[test]
    fn every_target_is_there_with_its_feature() {
        let manifest = fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
        assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
        for (name, feature) in TARGETS {
            let about = manifest.split("[[bin]]").find(|part| part.contains(&format!("name = \"{name}\""))).unwrap();
            let needed = format!("required-features = [\"{feature}\"]");
            assert_eq!(about.contains(&needed), !feature.is_empty(), "{name}");
            assert!(root().join(format!("fuzz/fuzz_targets/{name}.rs")).exists(), "{name}");
        }
    }
}
