//! `report.html`: the document as one page that needs nothing but itself and asks for
//! nothing. Its main content stands without a script; the script makes the merged
//! timeline searchable, shows times in other zones and keeps its state in the address.
//!
//! The templates escape all text. Only this crate's own charts, style and script go in
//! as they are, and the content security policy runs no script but that one, by its
//! hash.

mod data;
mod markup;
mod parts;

use std::io;

use askama::Template;
use base64::Engine as _;
use sha2::{Digest as _, Sha256};

use crate::rules::verdict::Verdict;

use super::chart::Chart;
use super::document::{Document, Labels, Section, Sureness};

use parts::{Setter, verdict_class, verdict_shape};

pub use markup::cell_class;

const STYLE: &str = include_str!("../page.css");
const SCRIPT: &str = include_str!("../page.js");

/// The whole page.
///
/// # Errors
///
/// Never in practice: the templates are checked when they are compiled.
pub fn render(document: &Document, charts: &[Chart]) -> io::Result<String> {
    let page = Page {
        document,
        labels: &document.labels,
        setter: Setter { document, charts },
        zones: zones(document),
        style: STYLE,
        script: SCRIPT,
        script_hash: format!(
            "sha256-{}",
            base64::engine::general_purpose::STANDARD.encode(Sha256::digest(SCRIPT))
        ),
        data: data::data(document),
    };
    page.render().map_err(io::Error::other)
}

/// The zones that times can be shown in, the document's own first.
fn zones(document: &Document) -> Vec<(&'static str, String)> {
    let labels = &document.labels;
    let zones = &document.zones;
    let mut all = vec![("shown", zones.shown.clone())];
    if zones.name.as_deref() != Some("UTC") {
        all.push(("utc", "UTC".to_owned()));
    }
    if let Some(minutes) = zones.cluster_minutes {
        let sign = if minutes < 0 { '-' } else { '+' };
        let size = minutes.abs();
        all.push((
            "cluster",
            format!(
                "{} (UTC{sign}{:02}:{:02})",
                labels.zone_cluster,
                size / 60,
                size % 60
            ),
        ));
    }
    all.push(("reader", labels.zone_reader.to_owned()));
    all
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    document: &'a Document,
    labels: &'a Labels,
    setter: Setter<'a>,
    zones: Vec<(&'static str, String)>,
    style: &'static str,
    script: &'static str,
    script_hash: String,
    data: String,
}

impl Page<'_> {
    fn timed(&self, text: &str) -> String {
        markup::timed(text, &self.document.times)
    }

    fn parts(&self, section: &Section) -> askama::Result<String> {
        self.setter.section(section)
    }

    fn down(&self) -> askama::Result<String> {
        self.setter.table(&self.document.down, self.labels.down)
    }

    /// Whether no group before this one ended alike: what a verdict means is said once.
    fn first_of(&self, at: usize) -> bool {
        let groups = &self.document.groups;
        groups
            .get(at)
            .is_some_and(|g| groups[..at].iter().all(|other| other.verdict != g.verdict))
    }

    fn verdict(&self, verdict: Verdict) -> &'static str {
        verdict_class(verdict)
    }

    fn shape(&self, verdict: Verdict) -> &'static str {
        verdict_shape(verdict)
    }

    fn sureness(&self, sureness: Sureness) -> &'static str {
        match sureness {
            Sureness::Logged => "v-logged",
            Sureness::Confirmed => "v-confirmed",
            Sureness::Probable => "v-probable",
            Sureness::Open => "v-open",
        }
    }

    fn sureness_shape(&self, sureness: Sureness) -> &'static str {
        match sureness {
            Sureness::Logged => "●",
            Sureness::Confirmed => "■",
            Sureness::Probable => "▲",
            Sureness::Open => "?",
        }
    }
}

#[cfg(test)]
mod tests;
