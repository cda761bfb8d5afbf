//! E-mail over SMTP.

use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{SmtpTransport, Transport};

use super::{SendError, Sender};
use crate::config::{EmailConfig, Security};
use crate::message::Message;
use crate::tls::authorities;

/// SMTP's answers to a mail that it will not take, now or later.
const TOO_LARGE: u16 = 552;
const WILL_NOT: u16 = 554;

/// Longest subject, in characters.
const SUBJECT: usize = 200;

pub(super) struct Email {
    config: EmailConfig,
    from: Mailbox,
    to: Vec<Mailbox>,
    base_url: Option<String>,
}

impl Email {
    pub(super) fn new(config: &EmailConfig, base_url: Option<&str>) -> Result<Self, String> {
        let mailbox = |text: &String| {
            text.parse::<Mailbox>().map_err(|cause| format!("`{text}` is no e-mail address: {cause}"))
        };
        if config.to.is_empty() {
            return Err("`to` has no receiver".to_owned());
        }
        if config.user.is_some() != config.password.is_some() {
            return Err("`user` and `password` are needed together".to_owned());
        }
        Ok(Self {
            from: mailbox(&config.from)?,
            to: config.to.iter().map(mailbox).collect::<Result<_, _>>()?,
            config: config.clone(),
            base_url: base_url.map(str::to_owned),
        })
    }

    fn mail(&self, message: &Message<'_>) -> Result<lettre::Message, String> {
        let subject: String = format!("[Weir] {}", message.headline()).chars().take(SUBJECT).collect();
        let mut builder: MessageBuilder = lettre::Message::builder().from(self.from.clone()).subject(subject);
        for receiver in &self.to {
            builder = builder.to(receiver.clone());
        }
        builder
            .header(ContentType::TEXT_PLAIN)
            .body(message.text(self.base_url.as_deref()))
            .map_err(|cause| cause.to_string())
    }

    fn transport(&self) -> Result<SmtpTransport, String> {
        let config = &self.config;
        let parameters = || -> Result<TlsParameters, String> {
            let mut builder = TlsParameters::builder(config.server.clone());
            if let Some(path) = &config.ca {
                for authority in authorities(Some(path))? {
                    let certificate =
                        Certificate::from_der(authority.to_vec()).map_err(|cause| cause.to_string())?;
                    builder = builder.add_root_certificate(certificate);
                }
            }
            builder.build_rustls().map_err(|cause| cause.to_string())
        };
        let (tls, port) = match config.security {
            Security::Tls => (Tls::Wrapper(parameters()?), 465),
            Security::Starttls => (Tls::Required(parameters()?), 587),
            Security::None => (Tls::None, 25),
        };
        let timeout: Duration = config.timeout.0;
        let mut builder = SmtpTransport::builder_dangerous(config.server.clone())
            .port(config.port.unwrap_or(port))
            .tls(tls)
            .timeout(Some(timeout));
        if let (Some(user), Some(password)) = (&config.user, &config.password) {
            builder = builder.credentials(Credentials::new(user.clone(), password.read()?));
        }
        Ok(builder.build())
    }
}

impl Sender for Email {
    fn send(&self, message: &Message<'_>, _now_ns: i64) -> Result<(), SendError> {
        let mail = self.mail(message).map_err(SendError::Refused)?;
        let transport = self.transport().map_err(SendError::Later)?;
        transport.send(&mail).map(|_| ()).map_err(|cause| {
            let why = weir_telemetry::chain(&cause);
            match cause.status().map(u16::from) {
                Some(TOO_LARGE | WILL_NOT) => SendError::Refused(why),
                // Whatever else: users, receivers and rights can be put right.
                _ => SendError::Later(why),
            }
        })
    }

    fn check(&self) -> Result<(), String> {
        self.transport().map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::message::tests::item;

    fn email(config: serde_json::Value) -> Result<Email, String> {
        Email::new(&serde_json::from_value(config).unwrap(), Some("https://weir"))
    }

    #[test]
    fn what_came_from_the_network_stays_in_the_subject() {
        let email =
            email(json!({"server": "mail", "from": "weir@example.net", "to": ["a@example.net"]})).unwrap();
        let mut one = item(1);
        one.alert.title = "x\r\nBcc: all@example.net\r\n\r\nhello".to_owned();
        let text = String::from_utf8(email.mail(&Message::One(&one)).unwrap().formatted()).unwrap();
        let head = text.split("\r\n\r\n").next().unwrap();
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
        assert!(head.contains("Subject: [Weir] [high] x  Bcc: all@example.net"), "{head}");
        assert!(text.contains("https://weir/alerts/1"), "{text}");
    }

    #[test]
    fn what_cannot_be_used_is_told() {
        let told = |config| email(config).err().unwrap();
        assert!(
            told(json!({"server": "m", "from": "weir", "to": ["a@b.c"]}))
                .contains("`weir` is no e-mail address")
        );
        assert!(told(json!({"server": "m", "from": "w@b.c", "to": []})).contains("no receiver"));
        let half = json!({"server": "m", "from": "w@b.c", "to": ["a@b.c"], "user": "w"});
        assert!(told(half).contains("needed together"));
    }
}
