//! A record of an MMDB file, in any of the shapes that makers give it.
//!
//! MaxMind and DB-IP: `country.iso_code`, `subdivisions[].names.en`, `city.names.en`, `location.latitude`,
//! `autonomous_system_number`. IPinfo: `country` or `country_code`, `region`, `city`, `lat`, `lng`, `asn` (`AS15169`),
//! `as_name`. ip-location-db: `country_code`, `state1`, `city`, `latitude`.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What Weir takes of a record.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Record<'a> {
    #[serde(borrow)]
    country: Loose<'a>,
    #[serde(borrow)]
    registered_country: Loose<'a>,
    #[serde(borrow)]
    country_code: Loose<'a>,
    #[serde(borrow)]
    subdivisions: Loose<'a>,
    #[serde(borrow)]
    region: Loose<'a>,
    #[serde(borrow)]
    state1: Loose<'a>,
    #[serde(borrow)]
    city: Loose<'a>,
    #[serde(borrow)]
    location: Loose<'a>,
    #[serde(borrow)]
    latitude: Loose<'a>,
    #[serde(borrow)]
    longitude: Loose<'a>,
    #[serde(borrow)]
    lat: Loose<'a>,
    #[serde(borrow)]
    lng: Loose<'a>,
    #[serde(borrow)]
    autonomous_system_number: Loose<'a>,
    #[serde(borrow)]
    autonomous_system_organization: Loose<'a>,
    #[serde(borrow)]
    asn: Loose<'a>,
    #[serde(borrow)]
    as_name: Loose<'a>,
    #[serde(borrow)]
    name: Loose<'a>,
}

impl<'a> Record<'a> {
    /// Two letters.
    pub(super) fn country(&self) -> Option<&'a str> {
        let candidates = [&self.country_code, &self.country, &self.registered_country];
        candidates.into_iter().filter_map(|value| value.code.or(value.text)).find(|code| code.len() == 2)
    }

    pub(super) fn region(&self) -> Option<&'a str> {
        self.subdivisions.text().or(self.region.text()).or(self.state1.text())
    }

    pub(super) fn city(&self) -> Option<&'a str> {
        self.city.text()
    }

    /// `latitude,longitude`, no finer than 11 m.
    pub(super) fn location(&self) -> Option<String> {
        let pair = self.location.point.or_else(|| {
            let number = |one: &Loose<'_>, other: &Loose<'_>| one.number().or(other.number());
            Some((number(&self.latitude, &self.lat)?, number(&self.longitude, &self.lng)?))
        });
        let (latitude, longitude) = pair?;
        let rounded = |degrees: f64| (degrees * 1e4).round() / 1e4;
        Some(format!("{},{}", rounded(latitude), rounded(longitude)))
    }

    /// Number and name.
    pub(super) fn system(&self) -> Option<(u32, Option<&'a str>)> {
        let number = self.autonomous_system_number.number().or_else(|| self.asn.number()).or_else(|| {
            let text = self.asn.text()?;
            text.strip_prefix("AS").unwrap_or(text).parse().ok()
        })?;
        let names = [&self.autonomous_system_organization, &self.as_name, &self.name];
        Some((number as u32, names.into_iter().find_map(Loose::text))).filter(|system| system.0 != 0)
    }
}

/// A value of any shape: a text, a number, or the telling parts of a map (of an array: of its first element).
#[derive(Debug, Default, Clone, Copy)]
struct Loose<'a> {
    /// The text; of a map its English name.
    text: Option<&'a str>,
    code: Option<&'a str>,
    number: Option<f64>,
    point: Option<(f64, f64)>,
}

impl<'a> Loose<'a> {
    fn text(&self) -> Option<&'a str> {
        self.text.filter(|text| !text.is_empty())
    }

    fn number(&self) -> Option<f64> {
        self.number.or_else(|| self.text?.parse().ok())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor)
    }
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Loose<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Loose<'de>, E> {
        Ok(Loose { text: Some(text), ..Loose::default() })
    }
    fn visit_str<E>(self, _: &str) -> Result<Loose<'de>, E> {
        Ok(Loose::default())
    }
    fn visit_bytes<E>(self, _: &[u8]) -> Result<Loose<'de>, E> {
        Ok(Loose::default())
    }
    fn visit_bool<E>(self, _: bool) -> Result<Loose<'de>, E> {
        Ok(Loose::default())
    }
    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Loose<'de>, E> {
        self.visit_f64(number as f64)
    }
    fn visit_u128<E>(self, _: u128) -> Result<Loose<'de>, E> {
        Ok(Loose::default())
    }
    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Loose<'de>, E> {
        self.visit_f64(number as f64)
    }
    fn visit_f64<E>(self, number: f64) -> Result<Loose<'de>, E> {
        Ok(Loose { number: Some(number), ..Loose::default() })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Loose<'de>, A::Error> {
        let first = sequence.next_element::<Loose<'de>>()?.unwrap_or_default();
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(first)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Loose<'de>, A::Error> {
        let (mut code, mut name, mut latitude, mut longitude) = (None, None, None, None);
        while let Some(key) = map.next_key::<&str>()? {
            match key {
                "iso_code" => code = map.next_value::<Loose<'de>>()?.text(),
                "names" | "en" => name = map.next_value::<Loose<'de>>()?.text(),
                "latitude" => latitude = map.next_value::<Loose<'de>>()?.number(),
                "longitude" => longitude = map.next_value::<Loose<'de>>()?.number(),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Loose { text: name, code, number: None, point: latitude.zip(longitude) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Country, region, city, location, autonomous system.
    type Told<'a> =
        (Option<&'a str>, Option<&'a str>, Option<&'a str>, Option<String>, Option<(u32, Option<&'a str>)>);

    /// The same visitor reads JSON: shapes as the makers document them.
    fn record(text: &str) -> Told<'_> {
        let record: Record<'_> = serde_json::from_str(text).unwrap();
        (record.country(), record.region(), record.city(), record.location(), record.system())
    }

    #[test]
    fn every_makers_shape_is_read() {
        let city = r#"{"city":{"geoname_id":1,"names":{"de":"M\u00fcnchen","en":"Munich"}},"continent":{"code":"EU"},
            "country":{"iso_code":"DE","is_in_european_union":true,"names":{"en":"Germany"}},
            "location":{"latitude":48.13743,"longitude":11.5755,"accuracy_radius":5},
            "subdivisions":[{"iso_code":"BY","names":{"en":"Bavaria"}},{"iso_code":"X"}]}"#;
        let munich = (Some("DE"), Some("Bavaria"), Some("Munich"), Some("48.1374,11.5755".to_owned()), None);
        assert_eq!(record(city), munich);
        let asn = r#"{"autonomous_system_number":15169,"autonomous_system_organization":"GOOGLE"}"#;
        assert_eq!(record(asn), (None, None, None, None, Some((15169, Some("GOOGLE")))));
        let lite =
            r#"{"country":"United States","country_code":"US","asn":"AS15169","as_name":"Google LLC"}"#;
        assert_eq!(record(lite), (Some("US"), None, None, None, Some((15169, Some("Google LLC")))));
        let location =
            r#"{"city":"Berlin","region":"Land Berlin","country":"DE","lat":"52.52","lng":"13.41"}"#;
        let berlin = (Some("DE"), Some("Land Berlin"), Some("Berlin"), Some("52.52,13.41".to_owned()), None);
        assert_eq!(record(location), berlin);
        assert_eq!(record(r#"{"country_code":"NL"}"#), (Some("NL"), None, None, None, None));
        assert_eq!(record(r#"{"is_anycast":true,"asn":""}"#), (None, None, None, None, None));
    }
}
