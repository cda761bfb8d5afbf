//! Slack's incoming webhooks, and chats that take the same.

use serde_json::{Value, json};

use super::http::Poster;
use super::{SendError, Sender};
use crate::config::SlackConfig;
use crate::message::Message;
use crate::secret::Secret;

/// Longest text of a message, in characters: Slack cuts at 40 000, and nobody reads so much.
const LONGEST: usize = 3000;

pub(super) struct Slack {
    url: Secret,
    poster: Poster,
    base_url: Option<String>,
}

impl Slack {
    pub(super) fn new(config: &SlackConfig, base_url: Option<&str>) -> Self {
        let poster = Poster::new(config.ca.as_deref(), config.timeout.0);
        Self { url: config.url.clone(), poster, base_url: base_url.map(str::to_owned) }
    }
}

/// A message in Slack's mark-up.
fn body(message: &Message<'_>, base_url: Option<&str>) -> Value {
    let text = match message {
        Message::One(item) => {
            let alert = &item.alert;
            let title = match item.subject(base_url).link() {
                Some(link) => format!("<{link}|{}>", escaped(&alert.title)),
                None => format!("*{}*", escaped(&alert.title)),
            };
            format!(
                "*{}* {title} ({})\n{}\n_{}_ · {}",
                alert.level.name(),
                escaped(&item.about()),
                escaped(&alert.latest.sentence),
                escaped(&item.happened()),
                escaped(&alert.counterfactual())
            )
        }
        Message::Digest(_) => {
            let lines: Vec<String> =
                message.lines().iter().map(|line| format!("• {}", escaped(line))).collect();
            format!("*{}*\n{}", escaped(&message.headline()), lines.join("\n"))
        }
        Message::Test => format!("Weir: {}", message.headline()),
    };
    json!({ "text": text.chars().take(LONGEST).collect::<String>() })
}

/// Slack's three characters that mean something; with them nobody can be called and nothing linked.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

impl Sender for Slack {
    fn send(&self, message: &Message<'_>, _now_ns: i64) -> Result<(), SendError> {
        let url = self.url.read().map_err(SendError::Later)?;
        self.poster.post(&url, &[], &body(message, self.base_url.as_deref()).to_string())
    }

    fn check(&self) -> Result<(), String> {
        self.poster.check(&self.url.read()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::tests::item;

    #[test]
    fn what_came_from_the_network_calls_nobody() {
        let mut one = item(1);
        one.alert.title = "<!channel> & more".to_owned();
        let text = body(&Message::One(&one), Some("https://weir"))["text"].as_str().unwrap().to_owned();
        assert!(
            text.starts_with(
                "*high* <https://weir/alerts/1|&lt;!channel&gt; &amp; more> (src_ip 10.0.0.1)\n"
            ),
            "{text}"
        );
        assert!(text.contains("tried &amp; failed &lt;173&gt; times"), "{text}");
        let items: Vec<_> = (1..=37).map(item).collect();
        let text = body(&Message::Digest(&items), None)["text"].as_str().unwrap().to_owned();
        assert!(text.starts_with("*37 more alerts, the highest is high*\n• [high] guess"), "{text}");
    }
}
