//! `weir config`: what is set, and what is wrong with it.

use weir_telemetry::chain;

use crate::cli::{Config, ConfigAction};
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::say;

pub(crate) fn run(arguments: &Config) -> Result<(), Failure> {
    match &arguments.action {
        ConfigAction::Check { config } => {
            let configuration = Configuration::load(config.as_deref())?;
            configuration
                .http
                .check()
                .map_err(|error| Failure::wrong_use(chain(&error)).help(error.help()))?;
            let Configuration { enrich, networks, data, .. } = &configuration;
            let problems = weir_enrich::check(enrich, networks, &data.dir);
            let told: Vec<String> = problems
                .iter()
                .map(|problem| chain(problem))
                .chain(weir_notify::check(&configuration.notify).iter().map(|problem| chain(problem)))
                .collect();
            if told.is_empty() {
                return say("the configuration is fine\n");
            }
            Err(Failure::wrong_use(told.join("\nerror: ")))
        }
        ConfigAction::Show { config } => {
            let configuration = Configuration::load(config.as_deref())?;
            let text = toml::to_string(&configuration).map_err(|cause| Failure::from_error(&cause))?;
            say(&text)
        }
    }
}
