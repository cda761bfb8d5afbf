//! Reads `schema/fields.toml`, makes the mirrors and resolves element names to numbers.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::registries::Registries;

/// One field after mirroring, ready to be written out.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) group: String,
    pub(crate) unit: Option<String>,
    /// As written in the table.
    pub(crate) elements: Vec<String>,
    /// (enterprise number, element id); NetFlow v9's own numbers have the pseudo enterprise `V9`.
    pub(crate) element_ids: Vec<(u32, u16)>,
    pub(crate) aliases: Vec<String>,
    pub(crate) ecs: Option<String>,
    pub(crate) derived: Vec<String>,
    pub(crate) mirror: Option<String>,
    pub(crate) doc: String,
}

/// Stands for "NetFlow v9 field type, not IANA's": no enterprise has this number.
pub(crate) const V9: u32 = u32::MAX;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    field: Vec<Raw>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    name: String,
    r#type: String,
    group: String,
    unit: Option<String>,
    #[serde(default)]
    elements: Vec<String>,
    #[serde(default)]
    mirror: bool,
    #[serde(default)]
    mirror_elements: Vec<String>,
    ecs: Option<String>,
    mirror_ecs: Option<String>,
    #[serde(default)]
    sigma: Vec<String>,
    #[serde(default)]
    mirror_sigma: Vec<String>,
    #[serde(default)]
    derived: Vec<String>,
    doc: String,
    mirror_doc: Option<String>,
}

/// Reads the table; every mistake in it is an error that names the field.
pub(crate) fn read(path: &Path, registries: &Registries) -> Result<Vec<Entry>, String> {
    let text = fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    let table: Table = toml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut entries = Vec::new();
    for raw in table.field {
        let opposite = raw.name.replacen("src_", "dst_", 1);
        if raw.mirror && opposite == raw.name {
            return Err(format!("field `{}` has a mirror but no `src_` in its name", raw.name));
        }
        entries.push(entry(&raw, registries)?);
        if raw.mirror {
            let mirrored = Raw {
                name: opposite,
                elements: raw.mirror_elements.clone(),
                ecs: raw.mirror_ecs.clone(),
                sigma: raw.mirror_sigma.clone(),
                doc: raw.mirror_doc.clone().unwrap_or_else(|| raw.doc.clone()),
                ..raw
            };
            let mut mirrored_entry = entry(&mirrored, registries)?;
            mirrored_entry.mirror = Some(raw.name.clone());
            entries.push(mirrored_entry);
        }
    }
    check_unique(&entries)?;
    Ok(entries)
}

fn entry(raw: &Raw, registries: &Registries) -> Result<Entry, String> {
    let mut element_ids = Vec::new();
    let mut aliases = Vec::new();
    for element in &raw.elements {
        let id = registries
            .resolve(element)
            .ok_or_else(|| format!("field `{}`: no element `{element}` in the registries", raw.name))?;
        element_ids.push(id);
        if !element.contains([':', '/']) {
            aliases.push(element.clone());
        }
    }
    aliases.extend(raw.ecs.iter().cloned());
    aliases.extend(raw.sigma.iter().filter(|s| **s != raw.name).cloned());
    Ok(Entry {
        name: raw.name.clone(),
        kind: raw.r#type.clone(),
        group: raw.group.clone(),
        unit: raw.unit.clone(),
        elements: raw.elements.clone(),
        element_ids,
        aliases,
        ecs: raw.ecs.clone(),
        derived: raw.derived.clone(),
        mirror: raw.mirror.then(|| raw.name.replacen("src_", "dst_", 1)),
        doc: raw.doc.clone(),
    })
}

fn check_unique(entries: &[Entry]) -> Result<(), String> {
    let mut owners: HashMap<String, &str> = HashMap::new();
    for entry in entries {
        let names = std::iter::once(&entry.name).chain(&entry.aliases);
        for name in names {
            let owner = owners.insert(name.to_lowercase(), &entry.name);
            if let Some(other) = owner.filter(|other| *other != entry.name) {
                return Err(format!("`{name}` names both `{other}` and `{}`", entry.name));
            }
        }
    }
    let mut elements: HashMap<(u32, u16), &str> = HashMap::new();
    for entry in entries {
        for id in &entry.element_ids {
            if let Some(other) = elements.insert(*id, &entry.name) {
                return Err(format!("element {id:?} goes to both `{other}` and `{}`", entry.name));
            }
        }
    }
    Ok(())
}
