//! The ways of telling: each makes its bytes in pure functions, and sends them.

mod alertmanager;
mod email;
mod http;
mod slack;
mod syslog;
mod webhook;

use std::collections::BTreeMap;

use crate::config::NotifyConfig;
use crate::error::NotifyError;
use crate::message::Message;

/// Why something could not be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Not now: it is tried again.
    #[error("{0}")]
    Later(String),
    /// The receiver will not take this one, now or later.
    #[error("{0}")]
    Refused(String),
}

/// A way of telling, ready to be used.
pub struct Channel {
    /// Its name in the configuration.
    pub name: String,
    /// `webhook`, `slack`, `alertmanager`, `syslog` or `email`.
    pub kind: &'static str,
    /// Messages in a minute; 0: no limit.
    pub(crate) per_minute: u32,
    /// Whether it is told of closed alerts whatever its routes say.
    pub(crate) wants_closed: bool,
    /// Whether it takes many alerts in one message as easily as one.
    pub(crate) takes_many: bool,
    sender: Box<dyn Sender>,
}

/// What sends.
trait Sender: Send + Sync {
    /// Sends, and returns when the receiver has it, as far as that can be known. `now_ns` is the server's clock.
    fn send(&self, message: &Message<'_>, now_ns: i64) -> Result<(), SendError>;

    /// What can be told to be wrong without sending, in words.
    fn check(&self) -> Result<(), String>;
}

impl Channel {
    /// Sends a message, and returns when the receiver has it, as far as that can be known.
    ///
    /// # Errors
    /// It could not be sent.
    pub fn send(&self, message: &Message<'_>, now_ns: i64) -> Result<(), SendError> {
        self.sender.send(message, now_ns)
    }

    /// What can be told to be wrong without sending: secrets that cannot be read, files that are not there.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self) -> Result<(), NotifyError> {
        self.sender.check().map_err(|problem| NotifyError::Channel { name: self.name.clone(), problem })
    }
}

/// Every channel of a configuration, by name.
pub(crate) fn open(config: &NotifyConfig) -> Result<Vec<Channel>, NotifyError> {
    let mut channels: BTreeMap<String, Channel> = BTreeMap::new();
    let base = config.url.as_deref();
    let mut add = |name: &str, kind, per_minute, sender: Result<Box<dyn Sender>, String>| {
        let sender = sender.map_err(|problem| NotifyError::Channel { name: name.to_owned(), problem })?;
        let is_alertmanager = kind == "alertmanager";
        let channel = Channel {
            name: name.to_owned(),
            kind,
            per_minute,
            wants_closed: is_alertmanager,
            takes_many: is_alertmanager,
            sender,
        };
        match channels.insert(name.to_owned(), channel) {
            Some(_) => Err(NotifyError::Twice { name: name.to_owned() }),
            None => Ok(()),
        }
    };
    for (name, one) in &config.webhook {
        add(name, "webhook", one.per_minute, boxed(webhook::Webhook::new(one, base)))?;
    }
    for (name, one) in &config.slack {
        add(name, "slack", one.per_minute, boxed(Ok(slack::Slack::new(one, base))))?;
    }
    for (name, one) in &config.alertmanager {
        add(name, "alertmanager", 0, boxed(Ok(alertmanager::Alertmanager::new(one, base))))?;
    }
    for (name, one) in &config.syslog {
        add(name, "syslog", one.per_minute, boxed(syslog::Syslog::new(one, base)))?;
    }
    for (name, one) in &config.email {
        add(name, "email", one.per_minute, boxed(email::Email::new(one, base)))?;
    }
    Ok(channels.into_values().collect())
}

fn boxed<S: Sender + 'static>(sender: Result<S, String>) -> Result<Box<dyn Sender>, String> {
    sender.map(|sender| Box::new(sender) as Box<dyn Sender>)
}
