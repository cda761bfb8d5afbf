//! Which alerts go where.

use std::net::IpAddr;

use weir_alert::{Alert, Cause};
use weir_sigma::Meta;

use crate::config::RouteConfig;

/// Whether a route leads an alert to its channels.
pub(crate) fn leads(route: &RouteConfig, cause: Cause, alert: &Alert, rule: Option<&Meta>) -> bool {
    let tags = rule.map_or(&[][..], |rule| &rule.tags);
    let is_tagged = || tags.iter().any(|tag| route.tags.iter().any(|wanted| stands_for(wanted, tag)));
    let entity = alert.entity().0.iter().map(|(_, value)| value);
    let mut addresses = entity.chain(&alert.latest.addresses).filter_map(|text| text.parse::<IpAddr>().ok());
    alert.level >= route.min_level
        && route.states.contains(&cause)
        && (route.rules.is_empty() || route.rules.contains(&alert.latest.rule))
        && (route.tags.is_empty() || is_tagged())
        && (route.networks.is_empty()
            || addresses.any(|address| route.networks.iter().any(|network| network.contains(address))))
}

/// Whether a tag is the wanted one, or a sub-technique of it.
fn stands_for(wanted: &str, tag: &str) -> bool {
    tag.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::tests::alert;

    #[test]
    fn every_condition_of_a_route_must_hold() {
        let alert = alert();
        let rule = Meta { tags: vec!["attack.t1110.001".to_owned()], ..Meta::default() };
        let asks = |text: &str| {
            let route: RouteConfig = toml_like(text);
            leads(&route, Cause::New, &alert, Some(&rule))
        };
        for (text, expected) in [
            ("{}", true),
            (r#"{"min_level": "high"}"#, true),
            (r#"{"min_level": "critical"}"#, false),
            (r#"{"states": ["closed"]}"#, false),
            (r#"{"rules": ["guess"]}"#, true),
            (r#"{"rules": ["scan"]}"#, false),
            (r#"{"tags": ["attack.t1110"]}"#, true),
            (r#"{"tags": ["attack.t111"]}"#, false),
            (r#"{"networks": ["198.51.100.0/24"]}"#, true),
            (r#"{"networks": ["203.0.113.0/24"], "min_level": "low"}"#, false),
            (r#"{"networks": ["10.0.0.0/8"], "tags": ["attack.t1110.001"], "rules": ["x", "guess"]}"#, true),
        ] {
            assert_eq!(asks(text), expected, "{text}");
        }
    }

    fn toml_like(text: &str) -> RouteConfig {
        serde_json::from_str(text).unwrap()
    }
}
