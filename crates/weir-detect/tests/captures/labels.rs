//! What is known of each capture.

use std::net::IpAddr;
use std::path::Path;

use serde_json::Value;

/// One labelled piece of traffic.
#[derive(Debug, Clone)]
pub(crate) struct Label {
    pub(crate) file: String,
    pub(crate) format: String,
    pub(crate) attack: String,
    pub(crate) src: String,
    pub(crate) dst: String,
    /// Epoch seconds.
    pub(crate) range: Option<(f64, f64)>,
    pub(crate) technique: String,
    /// `flow`, `baseline`, `intel`, `hard`, `none`, `skip`.
    pub(crate) needs: String,
    pub(crate) benign: bool,
}

/// The labels of a folder of captures.
pub(crate) fn read(folder: &Path) -> Vec<Label> {
    let text = std::fs::read_to_string(folder.join("labels.jsonl")).unwrap();
    text.lines().filter(|line| !line.trim().is_empty()).map(label).collect()
}

fn label(line: &str) -> Label {
    let value: Value = serde_json::from_str(line).unwrap();
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let range = value["start"].as_f64().zip(value["end"].as_f64());
    Label {
        file: text("file"),
        format: text("format"),
        attack: text("attack"),
        src: text("src"),
        dst: text("dst"),
        range,
        technique: text("technique"),
        needs: text("needs"),
        benign: value["benign"].as_bool().unwrap_or_default(),
    }
}

/// Whether one of these addresses is the one that a label names; `*` is any.
pub(crate) fn names(wanted: &str, addresses: &[&str]) -> bool {
    if wanted == "*" {
        return true;
    }
    let Some((net, bits)) = wanted.split_once('/') else { return addresses.contains(&wanted) };
    let (net, bits): (IpAddr, u32) = (net.parse().unwrap(), bits.parse().unwrap());
    let number = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => (u128::from(u32::from(ip)), 32),
        IpAddr::V6(ip) => (u128::from(ip), 128),
    };
    let (net, width) = number(net);
    addresses.iter().filter_map(|address| address.parse::<IpAddr>().ok()).map(number).any(
        |(address, of_width)| {
            of_width == width && (address ^ net).checked_shr(width - bits).unwrap_or(0) == 0
        },
    )
}
