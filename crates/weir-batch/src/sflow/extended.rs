//! Records that are read field by field: some fields have a column, all others stay in `extra` by name.

use std::net::IpAddr;

use weir_schema::Field;
use weir_wire::sflow::{Extended, Record, Records, Value, macs, words};

use crate::builder::BatchBuilder;
use crate::format::{Format, push_text};

impl BatchBuilder {
    /// Appends the records that are read field by field. Comes after the others: what the packet itself tells goes
    /// before what a record says.
    #[inline(never)]
    pub(super) fn append_more(&mut self, records: Records<'_>) {
        for record in records.flatten() {
            match record {
                Record::Extended(extended) => self.append_extended(extended),
                Record::Other { format, body } => self.append_unknown(format, body),
                _ => {}
            }
        }
    }

    /// A record that nobody described, as enterprise and number.
    pub(super) fn append_unknown(&mut self, format: u32, body: &[u8]) {
        let key = unknown_name(format);
        if let Some(extra) = self.extra() {
            extra.entry(&key, |out| Format::Hex.write(out, body));
        }
    }

    fn append_extended(&mut self, extended: Extended<'_>) {
        for (item, value) in extended.fields() {
            if !self.append_to_column(item.name, value) {
                self.append_to_extra(item.name, value);
            }
        }
    }

    /// Puts a field into its column, if it has one that is not taken.
    fn append_to_column(&mut self, name: &str, value: Value<'_>) -> bool {
        match (name, value) {
            ("sflow:natSrcAddress", Value::Address(address)) => self.fill_address(Field::NatSrcIp, address),
            ("sflow:natDstAddress", Value::Address(address)) => self.fill_address(Field::NatDstIp, address),
            ("sflow:natSrcPort", Value::Number(port)) => self.fill_u16(Field::NatSrcPort, port),
            ("sflow:natDstPort", Value::Number(port)) => self.fill_u16(Field::NatDstPort, port),
            ("sflow:vniIngress" | "sflow:vniEgress", Value::Number(vni)) => {
                self.fill(Field::Layer2Segment, vni)
            }
            ("sflow:httpStatus", Value::Number(status)) => self.fill_u16(Field::HttpStatus, status),
            ("sflow:httpMethod", Value::Number(method)) => {
                method_name(method).is_some_and(|name| self.fill_text(Field::HttpMethod, name))
            }
            ("sflow:mplsInStack", Value::Words(stack)) => self.append_labels(stack),
            ("sflow:url", Value::Text(line)) => self.append_request_line(line),
            (name, Value::Text(text)) => {
                let field = match name {
                    "sflow:srcUser" | "sflow:dstUser" | "sflow:httpAuthUser" => Field::User,
                    "sflow:urlHost" | "sflow:httpHost" => Field::HttpHost,
                    "sflow:httpUri" => Field::HttpTarget,
                    "sflow:httpUserAgent" => Field::HttpUserAgent,
                    "sflow:wlanRxSsid" | "sflow:wlanTxSsid" => Field::Ssid,
                    _ => return false,
                };
                self.with_text(text, |batch, text| batch.fill_text(field, text))
            }
            _ => false,
        }
    }

    /// Keeps a field by name. A zero, a text of no bytes and an unknown address are left out.
    pub(super) fn append_to_extra(&mut self, name: &str, value: Value<'_>) {
        let Some(extra) = self.extra() else { return };
        extra.entry(name, |out| match value {
            Value::Number(0) | Value::Address(None) => {}
            Value::Number(number) => Format::Unsigned.write(out, &number.to_be_bytes()),
            Value::Float(number) => out.push_str(&number.to_string()),
            Value::Text(text) => push_text(out, text),
            Value::Bytes(bytes) => Format::Hex.write(out, bytes),
            Value::Mac(octets) => Format::Mac.write(out, &octets),
            Value::Macs(bytes) => {
                for (at, octets) in macs(bytes).enumerate() {
                    if at > 0 {
                        out.push(' ');
                    }
                    Format::Mac.write(out, &octets);
                }
            }
            Value::Address(Some(IpAddr::V4(address))) => Format::Ipv4.write(out, &address.octets()),
            Value::Address(Some(IpAddr::V6(address))) => Format::Ipv6.write(out, &address.octets()),
            Value::Words(stack) => {
                for (at, word) in words(stack).enumerate() {
                    if at > 0 {
                        out.push(' ');
                    }
                    Format::Hex.write(out, &word.to_be_bytes());
                }
            }
        });
    }

    /// The labels of an incoming stack, unless the packet's own are known.
    fn append_labels(&mut self, stack: &[u8]) -> bool {
        let fields = [Field::MplsLabel1, Field::MplsLabel2, Field::MplsLabel3];
        if words(stack).count() > fields.len() {
            return false;
        }
        let mut all = true;
        for (field, entry) in fields.into_iter().zip(words(stack)) {
            all &= self.fill(field, entry >> 12);
        }
        all
    }

    /// The HTTP request line, or as some agents send it just the URL.
    fn append_request_line(&mut self, line: &[u8]) -> bool {
        self.with_text(line, |batch, line| {
            let mut parts = line.split(' ');
            match (parts.next(), parts.next(), parts.next(), parts.next()) {
                (Some(method), Some(target), version, None)
                    if version.is_none_or(|version| version.starts_with("HTTP/")) =>
                {
                    let method = batch.fill_text(Field::HttpMethod, method);
                    batch.fill_text(Field::HttpTarget, target) && method
                }
                _ => batch.fill_text(Field::HttpTarget, line),
            }
        })
    }

    fn fill_address(&mut self, field: Field, address: Option<IpAddr>) -> bool {
        let Some(address) = address else { return true };
        let code = self.addresses.code(address);
        self.fill(field, code)
    }

    fn fill_u16(&mut self, field: Field, value: u64) -> bool {
        u16::try_from(value).is_ok_and(|value| self.fill(field, value))
    }

    /// Bytes as text; what is not UTF-8 is replaced.
    fn with_text(&mut self, bytes: &[u8], then: impl FnOnce(&mut Self, &str) -> bool) -> bool {
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        push_text(&mut text, bytes);
        let done = then(self, &text);
        self.scratch = text;
        done
    }
}

/// The name of a record that nobody described: `sflow:` enterprise `/` format.
pub(super) fn unknown_name(format: u32) -> String {
    format!("sflow:{}/{}", format >> 12, format & 0x0fff)
}

/// `http_method` of sflow_http.
fn method_name(method: u64) -> Option<&'static str> {
    Some(match method {
        1 => "OPTIONS",
        2 => "GET",
        3 => "HEAD",
        4 => "POST",
        5 => "PUT",
        6 => "DELETE",
        7 => "TRACE",
        8 => "CONNECT",
        _ => return None,
    })
}
