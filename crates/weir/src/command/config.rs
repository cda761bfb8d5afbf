//! `weir config`: what is set, and what is wrong with it.

use crate::cli::{Config, ConfigAction};
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::say;

pub(crate) fn run(arguments: &Config) -> Result<(), Failure> {
    match &arguments.action {
        ConfigAction::Check { config } => {
            Configuration::load(config.as_deref())?;
            say("the configuration is fine\n")
        }
        ConfigAction::Show { config } => {
            let configuration = Configuration::load(config.as_deref())?;
            let text = toml::to_string(&configuration).map_err(|cause| Failure::from_error(&cause))?;
            say(&text)
        }
    }
}
