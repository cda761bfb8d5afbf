//! The `weir` binary: what is on my network, and who is attacking it?

mod cli;
mod client;
mod command;
mod configuration;
mod failure;
mod memory;
mod output;
mod run_file;

use std::process::ExitCode;

use clap::Parser as _;

use cli::{Cli, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match &cli.command {
        Command::Serve(arguments) => command::serve::run(arguments),
        Command::Generate(arguments) => command::generate::run(arguments),
        Command::Load(arguments) => command::load::run(arguments),
        Command::Decode(arguments) => command::decode::run(arguments),
        Command::Query(arguments) => command::query::run(arguments),
        Command::Flows(arguments) => command::flows::run(arguments),
        Command::Alerts(arguments) => command::alerts::run(arguments),
        Command::Notify(arguments) => command::notify::run(arguments),
        Command::Fields => command::fields::run(),
        Command::Doctor(arguments) => return command::doctor::run(arguments),
        Command::Store(arguments) => command::store::run(arguments),
        Command::Rules(arguments) => command::rules::run(arguments),
        Command::Hunt(arguments) => command::hunt::run(arguments),
        Command::Config(arguments) => command::config::run(arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
