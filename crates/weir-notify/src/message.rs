//! What is sent: one alert, several in one, or a test.

use std::fmt::Write as _;

use weir_alert::{Alert, Cause, Subject};
use weir_sigma::{Level, Meta};

/// Alerts that a digest names one by one.
const NAMED: usize = 10;

/// An alert that somebody is to be told of.
#[derive(Debug, Clone)]
pub struct Item {
    /// The number of its notice: what is delivered again has the same.
    pub notice: i64,
    /// When it became news. Nanoseconds since 1970, UTC.
    pub at_ns: i64,
    /// Why.
    pub cause: Cause,
    /// More, for people; may be empty.
    pub words: String,
    /// The alert.
    pub alert: Alert,
    /// What its rule says of itself.
    pub rule: Option<Meta>,
}

/// Something to be sent.
#[derive(Debug, Clone, Copy)]
pub enum Message<'a> {
    /// One alert.
    One(&'a Item),
    /// More alerts than may be sent one by one.
    Digest(&'a [Item]),
    /// A test of the channel.
    Test,
}

impl Item {
    /// The alert as it is told.
    pub fn subject<'a>(&'a self, base_url: Option<&'a str>) -> Subject<'a> {
        Subject { alert: &self.alert, rule: self.rule.as_ref(), base_url }
    }

    /// Whom it is about: `src_ip 10.0.0.1, dst_port 22`.
    pub(crate) fn about(&self) -> String {
        let fields = self.alert.entity().0.iter();
        fields.map(|(field, value)| format!("{field} {value}")).collect::<Vec<_>>().join(", ")
    }

    /// What happened, in words: `escalated: it grew from 30 to 300`.
    pub(crate) fn happened(&self) -> String {
        if self.words.is_empty() {
            return self.cause.name().to_owned();
        }
        format!("{}: {}", self.cause.name(), self.words)
    }
}

impl Message<'_> {
    /// What kind it is: the cause of one alert, `digest` or `test`.
    pub(crate) fn event(&self) -> &'static str {
        match self {
            Message::One(item) => item.cause.name(),
            Message::Digest(_) => "digest",
            Message::Test => "test",
        }
    }

    /// The alerts in it.
    pub(crate) fn items(&self) -> &[Item] {
        match self {
            Message::One(item) => std::slice::from_ref(item),
            Message::Digest(items) => items,
            Message::Test => &[],
        }
    }

    /// A name that stays the same when it is sent again.
    pub(crate) fn id(&self) -> String {
        match self.items() {
            [] => "test".to_owned(),
            [one] => one.notice.to_string(),
            [first, .., last] => format!("{}-{}", first.notice, last.notice),
        }
    }

    /// The highest level in it.
    pub(crate) fn level(&self) -> Level {
        self.items().iter().map(|item| item.alert.level).max().unwrap_or_default()
    }

    /// In one line, without line breaks.
    pub(crate) fn headline(&self) -> String {
        let text = match self {
            Message::One(item) => {
                let alert = &item.alert;
                format!("[{}] {} ({}), {}", alert.level.name(), alert.title, item.about(), item.cause.name())
            }
            Message::Digest(items) => {
                format!("{} more alerts, the highest is {}", items.len(), self.level().name())
            }
            Message::Test => "a test: this channel works".to_owned(),
        };
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
    }

    /// A digest in lines: the worst of its alerts by name, the rest as a number.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut items: Vec<&Item> = self.items().iter().collect();
        items.sort_by(|a, b| b.alert.level.cmp(&a.alert.level).then(a.notice.cmp(&b.notice)));
        let mut lines: Vec<String> =
            items.iter().take(NAMED).map(|item| Message::One(item).headline()).collect();
        if items.len() > NAMED {
            lines.push(format!("and {} others", items.len() - NAMED));
        }
        lines
    }

    /// For people: plain text of several lines.
    pub(crate) fn text(&self, base_url: Option<&str>) -> String {
        match self {
            Message::One(item) => {
                let subject = item.subject(base_url);
                let latest = &item.alert.latest;
                let mut text = format!(
                    "{}\n\n{}\n\nabout: {}\nwhat happened: {}\nwhy: {}\nrisk: {}, confidence: {}\n",
                    item.alert.title,
                    latest.sentence,
                    item.about(),
                    item.happened(),
                    item.alert.counterfactual(),
                    latest.risk,
                    latest.confidence
                );
                if !item.alert.techniques.is_empty() {
                    let _ = writeln!(text, "ATT&CK: {}", item.alert.techniques.join(", "));
                }
                let _ = writeln!(text, "flows: {}", latest.evidence.filter);
                if let Some(link) = subject.link() {
                    let _ = writeln!(text, "\n{link}");
                }
                text
            }
            Message::Digest(_) => {
                let mut text = format!("{}:\n\n", self.headline());
                for line in self.lines() {
                    let _ = writeln!(text, "- {line}");
                }
                if let Some(base) = base_url {
                    let _ = writeln!(text, "\n{}/alerts", base.trim_end_matches('/'));
                }
                text
            }
            Message::Test => "This is a test by `weir notify test`. The channel works.\n".to_owned(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use weir_alert::{AlertStore, Listing, Rules};
    use weir_detect::{Analytic, Detection, Entity, Evidence, Quality};

    use super::*;

    /// 2025-03-01T12:00:00Z.
    pub(crate) const NOW: i64 = 1_740_830_400_000_000_000;

    pub(crate) fn detection(source: &str) -> Detection {
        Detection {
            rule: "guess".to_owned(),
            analytic: Analytic::Behaviour,
            entity: Entity(vec![("src_ip".to_owned(), source.to_owned())]),
            level: Level::High,
            sentence: format!("{source} tried & failed <173> times."),
            first_ns: NOW,
            last_ns: NOW + 1_000_000_000,
            window_ns: NOW,
            flows: 173,
            measure: "sessions".to_owned(),
            value: 173.0,
            threshold: 25.0,
            usual: Some(3.0),
            exact: true,
            confidence: 90,
            risk: 60,
            contributions: Vec::new(),
            evidence: Evidence { filter: format!("src_ip = {source}"), from_ns: NOW, to_ns: NOW + 1 },
            addresses: vec![source.to_owned(), "198.51.100.7".to_owned()],
            quality: Quality::default(),
        }
    }

    pub(crate) fn alert() -> Alert {
        let folder = tempfile::tempdir().unwrap();
        let store = AlertStore::open(folder.path()).unwrap();
        store.set_rules(Rules::default());
        store.record(&[detection("10.0.0.1")], NOW).unwrap();
        let listing = Listing { limit: 1, ..Listing::default() };
        store.list(&listing, NOW).unwrap().alerts.remove(0).0
    }

    pub(crate) fn item(notice: i64) -> Item {
        Item { notice, at_ns: NOW, cause: Cause::New, words: String::new(), alert: alert(), rule: None }
    }

    #[test]
    fn a_digest_names_the_worst_and_counts_the_rest() {
        let mut items: Vec<Item> = (1..=37).map(item).collect();
        items[36].alert.level = Level::Critical;
        let digest = Message::Digest(&items);
        assert_eq!(digest.headline(), "37 more alerts, the highest is critical");
        let lines = digest.lines();
        assert!(lines[0].starts_with("[critical] guess (src_ip 10.0.0.1), new"), "{}", lines[0]);
        assert_eq!((lines.len(), lines[10].as_str()), (11, "and 27 others"));
        assert_eq!(digest.id(), "1-37");
        assert!(digest.text(Some("http://weir/")).ends_with("\nhttp://weir/alerts\n"));
    }
}
