//! A PostgreSQL database for one test, dropped with it.

use std::process::Command;

pub(crate) struct Postgres {
    name: String,
}

impl Postgres {
    pub(crate) fn create() -> Self {
        let name = format!("gateway_{}", uuid::Uuid::new_v4().simple());
        psql(&format!("CREATE DATABASE {name}"));
        Self { name }
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:5432/{}", self.name)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        psql(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

fn psql(statement: &str) {
    let output = Command::new("psql")
        .args(["-h", "127.0.0.1", "-U", "postgres", "-qc", statement])
        .output()
        .expect("psql, of the package postgresql-client, is installed");
    assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
}
