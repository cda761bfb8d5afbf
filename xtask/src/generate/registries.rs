//! Reads the vendored registries and writes them as sorted Rust tables.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::table::V9;

struct Element {
    name: String,
    kind: &'static str,
}

/// The element, service and protocol registries.
pub(crate) struct Registries {
    elements: BTreeMap<(u32, u16), Element>,
    by_name: HashMap<String, (u32, u16)>,
    vendors: BTreeMap<u32, String>,
    /// (protocol number, port) → name.
    services: BTreeMap<(u8, u16), String>,
    protocols: BTreeMap<u8, String>,
}

impl Registries {
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        let mut found = Self {
            elements: BTreeMap::new(),
            by_name: HashMap::new(),
            vendors: BTreeMap::new(),
            services: BTreeMap::new(),
            protocols: BTreeMap::new(),
        };
        for row in rows(&folder.join("iana.tsv"))? {
            found.add(0, &row[0], &row[1], &row[2])?;
        }
        for row in rows(&folder.join("netflow9.tsv"))? {
            found.add(V9, &row[0], &row[1], &row[2])?;
        }
        for row in rows(&folder.join("vendors.tsv"))? {
            let pen: u32 = number(&row[0])?;
            found.vendors.insert(pen, row[1].clone());
            found.add(pen, &row[2], &row[3], &row[4])?;
        }
        for row in rows(&folder.join("protocols.tsv"))? {
            found.protocols.insert(number(&row[0])?, row[1].clone());
        }
        for file in ["services.tsv", "common-services.tsv"] {
            for row in rows(&folder.join(file))? {
                let protocol = match row[1].as_str() {
                    "tcp" => 6,
                    "udp" => 17,
                    "dccp" => 33,
                    "sctp" => 132,
                    other => return Err(format!("{file}: unknown protocol `{other}`")),
                };
                found.services.insert((protocol, number(&row[0])?), row[2].clone());
            }
        }
        Ok(found)
    }

    fn add(&mut self, pen: u32, id: &str, name: &str, kind: &str) -> Result<(), String> {
        let key = (pen, number(id)?);
        if pen == 0 {
            self.by_name.insert(name.to_owned(), key);
        }
        let kind = element_type(kind).ok_or_else(|| format!("element {name}: unknown type `{kind}`"))?;
        self.elements.insert(key, Element { name: name.to_owned(), kind });
        Ok(())
    }

    /// `name`, `v9:N` or `PEN/N` → (enterprise, id).
    pub(crate) fn resolve(&self, text: &str) -> Option<(u32, u16)> {
        if let Some(id) = text.strip_prefix("v9:") {
            return Some((V9, id.parse().ok()?));
        }
        if let Some((pen, id)) = text.split_once('/') {
            return Some((pen.parse().ok()?, id.parse().ok()?));
        }
        self.by_name.get(text).copied()
    }

    pub(crate) fn elements_rust(&self) -> String {
        let mut out = String::from(
            "// Generated from schema/registries by `cargo xtask generate`. Do not edit.\n\n\
             use crate::element::{Element, ElementType as T};\n\n\
             /// Every known element, sorted by enterprise and id.\n\
             pub(crate) static ELEMENTS: &[Element] = &[\n",
        );
        for ((pen, id), element) in &self.elements {
            let _ = writeln!(
                out,
                "    Element {{ enterprise: {pen}, id: {id}, name: {:?}, element_type: T::{} }},",
                element.name, element.kind
            );
        }
        out.push_str("];\n\n/// Enterprise numbers with a name, sorted.\npub(crate) static VENDORS: &[(u32, &str)] = &[\n");
        for (pen, name) in &self.vendors {
            let _ = writeln!(out, "    ({pen}, {name:?}),");
        }
        out.push_str("];\n");
        out
    }

    pub(crate) fn services_rust(&self) -> String {
        let mut out = String::from(
            "// Generated from schema/registries by `cargo xtask generate`. Do not edit.\n\n\
             /// Service names by protocol and port, sorted.\n\
             pub(crate) static SERVICES: &[(u8, u16, &str)] = &[\n",
        );
        for ((protocol, port), name) in &self.services {
            let _ = writeln!(out, "    ({protocol}, {port}, {name:?}),");
        }
        out.push_str("];\n\n/// Internet protocol names by number, sorted.\npub(crate) static PROTOCOLS: &[(u8, &str)] = &[\n");
        for (protocol, name) in &self.protocols {
            let _ = writeln!(out, "    ({protocol}, {name:?}),");
        }
        out.push_str("];\n");
        out
    }
}

fn element_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "unsigned8" => "Unsigned8",
        "unsigned16" => "Unsigned16",
        "unsigned32" => "Unsigned32",
        "unsigned64" => "Unsigned64",
        "unsigned256" => "Unsigned256",
        "signed8" => "Signed8",
        "signed16" => "Signed16",
        "signed32" => "Signed32",
        "signed64" => "Signed64",
        "float32" => "Float32",
        "float64" => "Float64",
        "boolean" => "Boolean",
        "macAddress" => "MacAddress",
        "octetArray" => "OctetArray",
        "string" => "String",
        "dateTimeSeconds" => "DateTimeSeconds",
        "dateTimeMilliseconds" => "DateTimeMilliseconds",
        "dateTimeMicroseconds" => "DateTimeMicroseconds",
        "dateTimeNanoseconds" => "DateTimeNanoseconds",
        "ipv4Address" => "Ipv4Address",
        "ipv6Address" | "ipv6address" => "Ipv6Address",
        "basicList" => "BasicList",
        "subTemplateList" => "SubTemplateList",
        "subTemplateMultiList" => "SubTemplateMultiList",
        _ => return None,
    })
}

fn rows(path: &Path) -> Result<Vec<Vec<String>>, String> {
    let text = fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    Ok(text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect())
}

fn number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("`{text}` is not a number in range"))
}
