//! What happens without leaving an event. The dictionary knows it, and a report quotes
//! it, so that silence is not taken for proof.

use serde::Deserialize;

use super::kind::EventKind;
use super::text::Lang;

/// Something that happens and that no event states, with what comes nearest.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Absence {
    /// What happens: a short dotted name (`vlan.edited`), unique.
    pub phase: String,
    /// The Windows Server versions without such an event (`2008 R2`), or `all`.
    pub windows: Vec<String>,
    /// The section of the lifecycle that it belongs to, from 1.
    pub section: u8,
    /// Kinds of events that come nearest to it, nearest first.
    #[serde(default)]
    pub nearest: Vec<EventKind>,
    /// One sentence in English.
    pub en: String,
    /// The same in Japanese.
    pub ja: String,
    /// Where the fact comes from.
    #[serde(rename = "ref")]
    pub reference: String,
}

impl Absence {
    /// The sentence in a language.
    #[must_use]
    pub fn text(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Ja => &self.ja,
        }
    }

    /// Whether it is so on one of these versions of Windows Server; without any, their
    /// version is not known and nothing is ruled out.
    #[must_use]
    pub fn holds_on(&self, versions: &[&str]) -> bool {
        let named = |w: &String| w == "all" || versions.contains(&w.as_str());
        versions.is_empty() || self.windows.iter().any(named)
    }

    /// Whether it is why the silence about a kind of events proves little: it is that
    /// kind which is not logged, or which comes nearest.
    #[must_use]
    pub fn tells_about(&self, kind: EventKind) -> bool {
        self.phase == kind.name() || self.nearest.first() == Some(&kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn absence(windows: &[&str]) -> Absence {
        Absence {
            phase: "vm.config_refreshed".into(),
            windows: windows.iter().map(|w| (*w).to_owned()).collect(),
            section: 12,
            nearest: vec![EventKind::VmConfigApplied, EventKind::VmConfigPhase],
            en: "a".into(),
            ja: "b".into(),
            reference: "W".into(),
        }
    }

    #[test]
    fn it_holds_on_the_versions_it_names_and_on_unknown_ones() {
        let old = absence(&["2008 R2", "2012"]);
        assert!(old.holds_on(&["2012"]));
        assert!(old.holds_on(&["2019", "2008 R2"]));
        assert!(!old.holds_on(&["2012 R2", "2008"]));
        assert!(old.holds_on(&[]));
        assert!(absence(&["all"]).holds_on(&["2025"]));
    }

    #[test]
    fn it_tells_about_its_own_kind_and_the_nearest() {
        let it = absence(&["all"]);
        assert!(it.tells_about(EventKind::VmConfigRefreshed));
        assert!(it.tells_about(EventKind::VmConfigApplied));
        assert!(!it.tells_about(EventKind::VmConfigPhase));
    }
}
