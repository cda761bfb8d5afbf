//! Tells people and programs about alerts: webhooks, chat, Alertmanager, syslog and e-mail.
//!
//! What is to be told stands in the outbox of [`weir_alert::AlertStore`], written in the transaction that makes it so. Each
//! channel has a thread and a cursor of its own: it reads the outbox, keeps what its routes want, sends, and moves the cursor.
//! So a notification is delivered at least once, whatever happens to the process; and a channel that cannot be reached delays
//! neither detection nor other channels. One that stays unreachable gives up what is too old or too far behind, and counts it.

mod channel;
mod config;
mod error;
mod message;
mod notifier;
mod route;
mod secret;
mod tls;
mod worker;

pub use channel::{Channel, SendError};
pub use config::{
    AlertmanagerConfig, EmailConfig, NotifyConfig, RouteConfig, SlackConfig, SyslogConfig, WebhookConfig,
};
pub use error::NotifyError;
pub use message::{Item, Message};
pub use notifier::{ChannelStatus, Notifier, check, test_channel};
