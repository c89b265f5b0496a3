//! `switchboard user`: the people who sign in.

use std::io::BufRead as _;

use clap::Subcommand;
use secrecy::{ExposeSecret as _, SecretString};
use switchboard_core::{Caller, Core, NewUser, Role, User};

use super::{Failure, offline, say, told};
use crate::config::Sources;

const PAGE: u64 = 200;

/// Make, list and delete users, and change their passwords
#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Make a user; the password is generated and shown once, unless one is given
    #[command(
        after_help = "Examples:\n  switchboard user create ana\n  echo \"$SECRET\" | switchboard user create ana --password-stdin"
    )]
    Create {
        name: String,
        /// Make an administrator
        #[arg(long)]
        admin: bool,
        /// Read the password from standard input, one line
        #[arg(long)]
        password_stdin: bool,
    },
    /// List all users
    #[command(after_help = "Example:\n  switchboard user list")]
    List,
    /// Give a user a new password; every login of that user ends
    #[command(after_help = "Example:\n  switchboard user password admin")]
    Password {
        name: String,
        /// Read the password from standard input, one line
        #[arg(long)]
        password_stdin: bool,
    },
    /// Delete a user with all keys
    #[command(after_help = "Example:\n  switchboard user delete ana")]
    Delete { name: String },
}

pub(super) async fn run(command: &UserCommand, sources: &Sources) -> Result<(), Failure> {
    let held = offline::open(sources).await?;
    let core = held.core().await?;
    match command {
        UserCommand::Create { name, admin, password_stdin } => create(&core, name, *admin, *password_stdin).await?,
        UserCommand::List => list(&core).await?,
        UserCommand::Password { name, password_stdin } => password(&core, name, *password_stdin).await?,
        UserCommand::Delete { name } => {
            let user = find(&core, name).await?;
            core.delete_user(&Caller::System, user.id).await.map_err(told)?;
            say(&format!("Deleted user {name}."));
        }
    }
    held.close().await;
    Ok(())
}

async fn create(core: &Core, name: &str, admin: bool, from_stdin: bool) -> Result<(), Failure> {
    let chosen = Chosen::ask(from_stdin)?;
    let role = if admin { Role::Admin } else { Role::User };
    let new = NewUser { username: name.to_owned(), password: chosen.password.clone(), role };
    let user = core.create_user(&Caller::System, new).await.map_err(told)?;
    say(&format!("Made user {name}, number {}.", user.id));
    chosen.show();
    Ok(())
}

async fn password(core: &Core, name: &str, from_stdin: bool) -> Result<(), Failure> {
    let user = find(core, name).await?;
    let chosen = Chosen::ask(from_stdin)?;
    core.change_password(&Caller::System, user.id, None, &chosen.password).await.map_err(told)?;
    say(&format!("Changed the password of {name}."));
    chosen.show();
    Ok(())
}

async fn list(core: &Core) -> Result<(), Failure> {
    let mut after = None;
    loop {
        let page = core.users(&Caller::System, after, Some(PAGE)).await.map_err(told)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.id);
        page.iter().for_each(show);
    }
}

fn show(user: &User) {
    say(&format!("{:<6} {:<6} {}  {}", user.id, user.role.as_str(), user.created_at, user.username));
}

async fn find(core: &Core, name: &str) -> Result<User, Failure> {
    core.user_by_name(&Caller::System, name).await.map_err(told)
}

/// A password, and whether somebody has to be told it.
struct Chosen {
    password: SecretString,
    generated: bool,
}

impl Chosen {
    fn ask(from_stdin: bool) -> Result<Self, Failure> {
        if from_stdin {
            let mut line = String::new();
            std::io::stdin().lock().read_line(&mut line)?;
            return Ok(Self { password: line.trim_end_matches(['\r', '\n']).into(), generated: false });
        }
        let password = switchboard_core::generate_password().map_err(told)?;
        Ok(Self { password, generated: true })
    }

    fn show(&self) {
        if self.generated {
            say(&format!("Password (shown this once): {}", self.password.expose_secret()));
        }
    }
}
