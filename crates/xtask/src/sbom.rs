//! What the gateway is built of, as a CycloneDX document: for those who look through it for known holes and licences.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use tokio::process::Command;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The binary's package
    #[arg(long, default_value = "switchboard")]
    package: String,
    /// Where to write it; without it, standard output
    #[arg(long)]
    output: Option<PathBuf>,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let document = serde_json::to_string_pretty(&document(&metadata().await?, &args.package)?)?;
    match args.output {
        Some(path) => std::fs::write(&path, document).with_context(|| format!("{} cannot be written", path.display())),
        None => {
            println!("{document}");
            Ok(())
        }
    }
}

/// Of the machine that asks: other platforms build a few other packages.
async fn metadata() -> anyhow::Result<Value> {
    let rustc = Command::new("rustc").arg("-vV").output().await.context("rustc cannot be run")?;
    let told = String::from_utf8(rustc.stdout)?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let mut cargo = Command::new("cargo");
    cargo.args(["metadata", "--format-version", "1", "--locked", "--filter-platform", host]);
    let output = cargo.output().await.context("cargo cannot be run")?;
    if !output.status.success() {
        bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn document(metadata: &Value, package: &str) -> anyhow::Result<Value> {
    let packages = by_id(&metadata["packages"]);
    let nodes = by_id(&metadata["resolve"]["nodes"]);
    let root = packages.iter().find(|(_, found)| found["name"] == package).map(|(id, _)| *id);
    let root = root.with_context(|| format!("there is no package {package}"))?;
    let used = built_in(root, &nodes);
    let known = |id: &&str| packages.get(*id).copied();
    let components: Vec<_> = used.iter().filter(|id| **id != root).filter_map(known).map(component).collect();
    let dependencies: Vec<_> = used
        .iter()
        .filter_map(|id| {
            let on = needs(nodes.get(id)?).into_iter().filter_map(|id| packages.get(id).map(|found| purl(found)));
            Some(json!({ "ref": purl(packages.get(id)?), "dependsOn": on.collect::<BTreeSet<_>>() }))
        })
        .collect();
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": { "type": "application", "bom-ref": purl(packages[root]),
            "name": packages[root]["name"], "version": packages[root]["version"] } },
        "components": components,
        "dependencies": dependencies,
    }))
}

fn by_id(list: &Value) -> BTreeMap<&str, &Value> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(|item| Some((item["id"].as_str()?, item))).collect()
}

/// Everything that is linked in, or runs while building; tests apart.
fn built_in<'m>(root: &'m str, nodes: &BTreeMap<&'m str, &'m Value>) -> BTreeSet<&'m str> {
    let (mut used, mut open) = (BTreeSet::new(), vec![root]);
    while let Some(id) = open.pop() {
        if used.insert(id) {
            open.extend(nodes.get(id).copied().into_iter().flat_map(needs));
        }
    }
    used
}

fn needs(node: &Value) -> Vec<&str> {
    let wanted = |dependency: &&Value| {
        let kinds = dependency["dep_kinds"].as_array();
        kinds.is_none_or(|kinds| kinds.iter().any(|kind| kind["kind"] != "dev"))
    };
    let dependencies = node["deps"].as_array().into_iter().flatten().filter(wanted);
    dependencies.filter_map(|dependency| dependency["pkg"].as_str()).collect()
}

fn component(package: &Value) -> Value {
    let license =
        package["license"].as_str().map(|expression| json!([{ "expression": expression.replace('/', " OR ") }]));
    let mut component = json!({ "type": "library", "bom-ref": purl(package), "name": package["name"],
        "version": package["version"], "purl": purl(package) });
    if let Some(license) = license {
        component["licenses"] = license;
    }
    component
}

fn purl(package: &Value) -> String {
    let text = |name: &str| package[name].as_str().unwrap_or_default().to_owned();
    format!("pkg:cargo/{}@{}", text("name"), text("version"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_what_is_built_in_and_not_what_only_tests_use() {
        let package = |name: &str| json!({ "id": name, "name": name, "version": "1.0.0", "license": "MIT/Apache-2.0" });
        let on = |name: &str, kind: Value| json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        let metadata = json!({
            "packages": [package("app"), package("lib"), package("deep"), package("gen"), package("check")],
            "resolve": { "nodes": [
                { "id": "app", "deps": [on("lib", json!(null)), on("check", json!("dev"))] },
                { "id": "lib", "deps": [on("deep", json!(null)), on("gen", json!("build"))] },
                { "id": "deep", "deps": [] }, { "id": "gen", "deps": [] }, { "id": "check", "deps": [] },
            ] },
        });
        let document = document(&metadata, "app").unwrap();
        let names: Vec<_> = document["components"].as_array().unwrap().iter().map(|part| &part["name"]).collect();
        assert_eq!(names, ["deep", "gen", "lib"]);
        assert_eq!(document["components"][0]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(document["dependencies"][0]["dependsOn"], json!(["pkg:cargo/lib@1.0.0"]));
        assert!(super::document(&metadata, "nothing").is_err());
    }
}
