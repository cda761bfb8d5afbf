//! A webhook with a body of one's own, signed.
//!
//! Signature: the header `Weir-Signature: v1=HEX` has the HMAC-SHA256, by the secret, of the value of `Weir-Timestamp` (seconds
//! since 1970), a full stop, and the body. `Weir-Delivery` stays the same when a message is delivered again.

use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use ring::hmac;
use serde_json::{Value, json};

use super::http::Poster;
use super::{SendError, Sender};
use crate::config::WebhookConfig;
use crate::message::{Item, Message};
use crate::secret;

/// The name that the template has in its environment.
const TEMPLATE: &str = "template";

pub(super) struct Webhook {
    url: secret::Value,
    secret: Option<secret::Secret>,
    authorization: Option<secret::Secret>,
    template: Option<Environment<'static>>,
    poster: Poster,
    base_url: Option<String>,
}

impl Webhook {
    pub(super) fn new(config: &WebhookConfig, base_url: Option<&str>) -> Result<Self, String> {
        let made = Self {
            url: config.url.clone(),
            secret: config.secret.clone(),
            authorization: config.authorization.clone(),
            template: config.template.as_ref().map(|text| environment(text)).transpose()?,
            poster: Poster::new(config.ca.as_deref(), config.timeout.0),
            base_url: base_url.map(str::to_owned),
        };
        // A test has every name that a template can ask for.
        made.body(&Message::Test)?;
        Ok(made)
    }

    fn body(&self, message: &Message<'_>) -> Result<String, String> {
        let base = self.base_url.as_deref();
        let alerts: Vec<Value> = message.items().iter().map(|item| told(item, base)).collect();
        let text = message.headline();
        let Some(environment) = &self.template else {
            let mut body = json!({
                "event": message.event(), "text": text, "count": alerts.len(),
                "alerts": message.items().iter().map(|item| item.subject(base).ocsf()).collect::<Vec<_>>(),
            });
            if let Message::One(item) = message {
                body["why"] = json!(item.words);
            }
            return Ok(body.to_string());
        };
        // A digest and a test have no one alert: its names are there, and empty.
        let alert = match (message, alerts.first()) {
            (Message::One(_), Some(alert)) => alert.clone(),
            _ => nothing(&text, message.level().name()),
        };
        let lines = message.lines();
        let rendered = environment
            .get_template(TEMPLATE)
            .and_then(|template| {
                template.render(context! {
                    event => message.event(), text, count => alerts.len(), alert, alerts, lines,
                    body => message.text(base),
                })
            })
            .map_err(|error| format!("the template cannot be filled in: {}", in_words(&error)))?;
        serde_json::from_str::<Value>(&rendered)
            .map_err(|error| format!("the template does not give JSON ({error}): {rendered}"))?;
        Ok(rendered)
    }
}

/// Reads a template. Values are written as JSON: texts with their quotes.
fn environment(text: &str) -> Result<Environment<'static>, String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Json);
    environment
        .add_template_owned(TEMPLATE, text.to_owned())
        .map_err(|error| format!("the template is not understood: {}", in_words(&error)))?;
    Ok(environment)
}

/// An error of the template with its line.
fn in_words(error: &minijinja::Error) -> String {
    let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    error.line().map_or_else(|| what.clone(), |line| format!("line {line}: {what}"))
}

/// An alert as templates see it.
fn told(item: &Item, base_url: Option<&str>) -> Value {
    let (alert, latest) = (&item.alert, &item.alert.latest);
    let subject = item.subject(base_url);
    json!({
        "id": alert.id, "title": alert.title, "level": alert.level.name(), "rule": latest.rule,
        "about": item.about(), "sentence": latest.sentence, "why": alert.counterfactual(), "cause": item.cause.name(),
        "words": item.words, "state": alert.state.name(), "techniques": alert.techniques, "flows": alert.flows,
        "risk": latest.risk, "confidence": latest.confidence, "source": alert.source(), "target": alert.target(),
        "filter": latest.evidence.filter, "link": subject.link(), "ocsf": subject.ocsf(),
    })
}

/// The same names without an alert.
fn nothing(text: &str, level: &str) -> Value {
    json!({
        "id": 0, "title": text, "level": level, "rule": "", "about": "", "sentence": text, "why": "", "cause": "",
        "words": "", "state": "", "techniques": [], "flows": 0, "risk": 0, "confidence": 0, "source": null,
        "target": null, "filter": "", "link": null, "ocsf": null,
    })
}

/// The signature of a body at a time.
fn signature(secret: &str, seconds: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{seconds}.{body}").as_bytes());
    tag.as_ref().iter().fold("v1=".to_owned(), |mut text, byte| {
        use std::fmt::Write as _;
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Sender for Webhook {
    fn send(&self, message: &Message<'_>, now_ns: i64) -> Result<(), SendError> {
        let body = self.body(message).map_err(SendError::Refused)?;
        let seconds = now_ns.div_euclid(1_000_000_000);
        let mut headers = vec![
            ("Weir-Event", message.event().to_owned()),
            ("Weir-Delivery", message.id()),
            ("Weir-Timestamp", seconds.to_string()),
        ];
        if let Some(secret) = &self.secret {
            let secret = secret.read().map_err(SendError::Later)?;
            headers.push(("Weir-Signature", signature(&secret, seconds, &body)));
        }
        if let Some(secret) = &self.authorization {
            headers.push(("Authorization", secret.read().map_err(SendError::Later)?));
        }
        self.poster.post(&self.url.read().map_err(SendError::Later)?, &headers, &body)
    }

    fn check(&self) -> Result<(), String> {
        for secret in [&self.secret, &self.authorization].into_iter().flatten() {
            secret.read()?;
        }
        self.poster.check(&self.url.read()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::tests::item;

    fn webhook(template: Option<&str>) -> Result<Webhook, String> {
        let mut config = json!({"url": "http://127.0.0.1:1/"});
        if let Some(template) = template {
            config["template"] = json!(template);
        }
        Webhook::new(&serde_json::from_value(config).unwrap(), Some("https://weir"))
    }

    #[test]
    fn without_a_template_the_body_has_the_finding() {
        let webhook = webhook(None).unwrap();
        let body: Value = serde_json::from_str(&webhook.body(&Message::One(&item(7))).unwrap()).unwrap();
        assert_eq!((&body["event"], &body["count"]), (&json!("new"), &json!(1)));
        assert_eq!(body["alerts"][0]["class_uid"], 2004);
        let digest = [item(7), item(8)];
        let body: Value = serde_json::from_str(&webhook.body(&Message::Digest(&digest)).unwrap()).unwrap();
        assert_eq!((&body["event"], &body["count"]), (&json!("digest"), &json!(2)));
    }

    #[test]
    fn a_template_gives_json_whatever_is_in_the_alert() {
        let webhook = webhook(Some(
            r#"{"summary": {{ alert.title }}, "what": {{ alert.sentence }}, "n": {{ count }}, "link": {{ alert.link }}}"#,
        ))
        .unwrap();
        let mut item = item(7);
        item.alert.title = "a \"quoted\" \\ name\n".to_owned();
        let body: Value = serde_json::from_str(&webhook.body(&Message::One(&item)).unwrap()).unwrap();
        assert_eq!(body["summary"], "a \"quoted\" \\ name\n");
        assert_eq!((&body["n"], &body["link"]), (&json!(1), &json!("https://weir/alerts/1")));
    }

    #[test]
    fn a_template_that_cannot_be_used_is_told_at_once() {
        let problem = |text| webhook(Some(text)).err().unwrap();
        assert!(problem("{{ alert.title").contains("line 1"), "{}", problem("{{ alert.title"));
        assert!(
            problem(r#"{"a": {{ alert.titel }}}"#).contains("undefined"),
            "{}",
            problem(r#"{"a": {{ alert.titel }}}"#)
        );
        assert!(problem("hello {{ text }}").contains("does not give JSON"));
    }

    #[test]
    fn the_signature_is_hmac_sha256_of_time_and_body() {
        // Computed with another implementation: printf '1740830400.{"a":1}' | openssl dgst -sha256 -hmac key
        let expected = "v1=06d35bcb4f0c3381b7c8526e93013753403d2af347ad76212062491d7076a69f";
        assert_eq!(signature("key", 1_740_830_400, "{\"a\":1}"), expected);
    }
}
