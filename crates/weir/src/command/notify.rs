//! `weir notify`: whether the channels of the configuration work.

use weir_telemetry::{Clock as _, SystemClock};

use crate::cli::{Notify, NotifyAction};
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::say;

pub(crate) fn run(arguments: &Notify) -> Result<(), Failure> {
    let NotifyAction::Test { channel, config } = &arguments.action;
    let configuration = Configuration::load(config.as_deref())?;
    let sent = weir_notify::test_channel(&configuration.notify, channel, SystemClock.now_ns())
        .map_err(|error| Failure::wrong_use(format!("notify: {error}")))?;
    let kind = sent.map_err(|error| Failure::failed(format!("channel `{channel}`: {error}")))?;
    say(&format!("a test was sent over `{channel}` ({kind})\n"))
}
