//! A PostgreSQL database for one test, dropped with it.

use std::process::Command;

pub(crate) struct Postgres {
    name: String,
}

impl Postgres {
    pub(crate) fn create() -> Self {
        let name = format!("gateway_{}", uuid::Uuid::new_v4().simple());
        psql(&["-qc", &format!("CREATE DATABASE {name}")]);
        Self { name }
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:5432/{}", self.name)
    }

    /// The first column of what a query finds.
    pub(crate) fn ask(&self, query: &str) -> Vec<String> {
        psql(&["-d", &self.name, "-Atc", query]).lines().map(str::to_owned).collect()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        psql(&["-qc", &format!("DROP DATABASE {} WITH (FORCE)", self.name)]);
    }
}

fn psql(order: &[&str]) -> String {
    let output = Command::new("psql")
        .args(["-h", "127.0.0.1", "-U", "postgres"])
        .args(order)
        .output()
        .expect("psql, of the package postgresql-client, is installed");
    assert!(output.status.success(), "{order:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
