//! The key: which name stands for which. Whoever has it can undo the redaction; it is
//! kept apart from everything that is passed on.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use crate::model::id::VmId;

/// Name and version of the key's file.
pub const FORMAT: &str = "vmtrail.redaction-key/1";

/// What a name is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A VM.
    Vm,
    /// A node.
    Node,
    /// The cluster.
    Cluster,
    /// Any other computer.
    Host,
    /// A domain, by either of its names.
    Domain,
    /// A person or an account.
    User,
    /// A role (cluster group).
    Role,
    /// A cluster resource.
    Resource,
    /// A network, switch, team or adapter.
    Network,
    /// A volume, disk or storage pool.
    Volume,
    /// A folder, file or share.
    Item,
    /// A VM's id.
    VmId,
    /// Any other GUID.
    Guid,
    /// A security identifier of a domain or machine account.
    Sid,
    /// A MAC address.
    Mac,
    /// An IPv4 network (its first three numbers).
    Net,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
}

impl Class {
    /// The stem of its pseudonyms, where these are words.
    fn stem(self) -> &'static str {
        match self {
            Class::Vm => "vm",
            Class::Node => "node",
            Class::Cluster => "cluster",
            Class::Host => "host",
            Class::Domain => "domain",
            Class::User => "user",
            Class::Role => "role",
            Class::Resource => "resource",
            Class::Network => "network",
            Class::Volume => "volume",
            Class::Item => "item",
            Class::VmId
            | Class::Guid
            | Class::Sid
            | Class::Mac
            | Class::Net
            | Class::Ipv4
            | Class::Ipv6 => "",
        }
    }

    /// Whether its names are looked for inside other texts. Folders and files are not:
    /// they are often ordinary words.
    pub(super) fn is_searched(self) -> bool {
        !self.stem().is_empty() && self != Class::Item
    }
}

/// One name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// What it is of.
    pub class: Class,
    /// As it was written where it was seen first.
    pub original: String,
    /// What stands for it.
    pub pseudonym: String,
}

/// Values that were passed on without being understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// Where they stand (`messages of events`, `values of "text" in events`).
    pub place: String,
    /// How many.
    pub count: u64,
    /// A few of them, as they were passed on; real names where it is of such.
    pub examples: Vec<String>,
}

/// All names of one or several runs with their pseudonyms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Key {
    /// By class and original in its compared form.
    names: BTreeMap<(Class, String), Entry>,
    /// How many pseudonyms of a class were given.
    given: BTreeMap<Class, usize>,
    /// Digits of the numbers in pseudonyms of a class, so that they sort like the names.
    digits: BTreeMap<Class, usize>,
    /// Originals, lower case: none of them is taken as a pseudonym.
    originals: BTreeSet<String>,
    /// What could not be understood in the last run.
    pub doubts: Vec<Doubt>,
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    format: String,
    names: Vec<Entry>,
    not_vouched_for: Vec<Doubt>,
}

impl Key {
    /// From the text of a key's file.
    ///
    /// # Errors
    ///
    /// When it is not a key; the text says why.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: KeyFile = serde_json::from_str(text).map_err(|e| e.to_string())?;
        if file.format != FORMAT {
            return Err(format!(
                "expected format {FORMAT:?}, found {:?}",
                file.format
            ));
        }
        let mut key = Key {
            doubts: file.not_vouched_for,
            ..Key::default()
        };
        for entry in file.names {
            *key.given.entry(entry.class).or_default() += 1;
            let digits = entry.pseudonym.rsplit('-').next().map_or(0, str::len);
            let slot = key.digits.entry(entry.class).or_default();
            *slot = (*slot).max(digits);
            key.originals.insert(entry.original.to_lowercase());
            let at = (entry.class, compared(entry.class, &entry.original));
            key.names.insert(at, entry);
        }
        Ok(key)
    }

    /// The text of the key's file: JSON with a line break at its end.
    ///
    /// # Errors
    ///
    /// Never for a key of this program.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let file = KeyFile {
            format: FORMAT.to_owned(),
            names: self.names.values().cloned().collect(),
            not_vouched_for: self.doubts.clone(),
        };
        Ok(serde_json::to_string_pretty(&file)? + "\n")
    }

    /// All names, by class and original.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.names.values()
    }

    /// How many names of a class there are.
    #[must_use]
    pub fn count(&self, class: Class) -> usize {
        self.names.keys().filter(|(c, _)| *c == class).count()
    }

    /// What stands for a name that somebody types: of a VM, a node, a role, a resource, a
    /// network or a volume, or a VM's id. A name that is not in the key is given back.
    #[must_use]
    pub fn translate<'t>(&'t self, asked: &'t str) -> &'t str {
        const TYPED: [Class; 7] = [
            Class::Vm,
            Class::VmId,
            Class::Node,
            Class::Role,
            Class::Resource,
            Class::Network,
            Class::Volume,
        ];
        TYPED
            .iter()
            .find_map(|class| self.get(*class, asked))
            .unwrap_or(asked)
    }

    /// Names that are ordinary words: they are not looked for inside texts.
    pub(super) fn common_names(&self) -> Vec<&str> {
        self.names
            .values()
            .filter(|e| e.class.is_searched() && super::words::all_common(&e.original))
            .map(|e| &*e.original)
            .collect()
    }

    pub(super) fn get(&self, class: Class, original: &str) -> Option<&str> {
        let at = (class, compared(class, original));
        self.names.get(&at).map(|e| &*e.pseudonym)
    }

    /// Names that are known to be real, so that none is given as a pseudonym.
    pub(super) fn reserve<'n>(&mut self, names: impl IntoIterator<Item = &'n String>) {
        self.originals
            .extend(names.into_iter().map(|n| n.to_lowercase()));
    }

    /// Makes room for so many more names of a class.
    pub(super) fn expect(&mut self, class: Class, more: usize) {
        let total = self.given.get(&class).copied().unwrap_or(0) + more;
        let slot = self.digits.entry(class).or_insert(2);
        *slot = (*slot).max(total.to_string().len()).max(2);
    }

    /// What stands for a name; a new one is given its pseudonym.
    pub(super) fn give(&mut self, class: Class, original: &str) -> String {
        let at = (class, compared(class, original));
        if let Some(entry) = self.names.get(&at) {
            return entry.pseudonym.clone();
        }
        let pseudonym = loop {
            let slot = self.given.entry(class).or_default();
            *slot += 1;
            let number = *slot;
            let made = self.made(class, &at.1, number);
            if !self.originals.contains(&made.to_lowercase()) {
                break made;
            }
        };
        self.originals.insert(original.to_lowercase());
        let entry = Entry {
            class,
            original: original.to_owned(),
            pseudonym: pseudonym.clone(),
        };
        self.names.insert(at, entry);
        pseudonym
    }

    /// Another spelling of something that has its pseudonym.
    pub(super) fn alias(&mut self, class: Class, original: &str, pseudonym: &str) -> String {
        self.originals.insert(original.to_lowercase());
        let entry = Entry {
            class,
            original: original.to_owned(),
            pseudonym: pseudonym.to_owned(),
        };
        self.names.insert((class, compared(class, original)), entry);
        pseudonym.to_owned()
    }

    /// Whether a word may be part of an address that this key gave.
    pub(super) fn is_part(piece: &str) -> bool {
        let hex = piece.bytes().all(|b| b.is_ascii_hexdigit());
        let own = piece
            .get(..6)
            .is_some_and(|p| p.eq_ignore_ascii_case("00155D") || p == "020000");
        hex && (piece.len() <= 2 || piece.len() == 12 && own) || matches!(piece, "fe80" | "db8")
    }

    /// A pseudonym is of the same form as what it stands for, so that whatever reads one
    /// reads the other: addresses come from the ranges for benchmarks and documents.
    fn made(&mut self, class: Class, original: &str, number: usize) -> String {
        match class {
            Class::VmId => format!("00000000-0000-4000-8000-{number:012X}"),
            Class::Guid => format!("00000000-0000-4000-9000-{number:012X}"),
            Class::Sid => format!("S-1-5-21-0-0-0-{}", 1000 + number),
            Class::Mac => {
                // Hyper-V's own range stays one; others are locally administered.
                let range = match original.starts_with("00155D") {
                    true => "00155D",
                    false => "020000",
                };
                format!("{range}{:06X}", number & 0xFF_FFFF)
            }
            Class::Net => {
                let at = number - 1;
                match at {
                    0..512 => format!("198.{}.{}", 18 + at / 256, at % 256),
                    _ => format!("100.{}.{}", 64 + (at / 256 - 2) % 64, at % 256),
                }
            }
            Class::Ipv4 => self.ipv4(original),
            Class::Ipv6 => {
                let link_local = original
                    .parse::<Ipv6Addr>()
                    .is_ok_and(|a| a.segments()[0] & 0xFFC0 == 0xFE80);
                match link_local {
                    true => format!("fe80::{number:x}"),
                    false => format!("2001:db8::{number:x}"),
                }
            }
            named => {
                let digits = self.digits.get(&named).copied().unwrap_or(2);
                format!("{}-{number:0digits$}", named.stem())
            }
        }
    }

    /// Addresses of one network (their first three numbers) stay in one.
    fn ipv4(&mut self, original: &str) -> String {
        let Ok(address) = original.parse::<Ipv4Addr>() else {
            return "198.18.0.0".to_owned();
        };
        let [a, b, c, d] = address.octets();
        // Addresses that a machine gives itself are of one network.
        let own = (a, b) == (169, 254);
        let (shown, net) = match own {
            true => ("169.254".to_owned(), String::new()),
            false => {
                let net = format!("{a}.{b}.{c}");
                (self.give(Class::Net, &net), net)
            }
        };
        if !own && matches!(d, 0 | 255) {
            return format!("{shown}.{d}");
        }
        let prefix = format!("{shown}.");
        let taken = self.names.range((Class::Ipv4, net)..);
        let hosts = taken
            .take_while(|((class, _), _)| *class == Class::Ipv4)
            .filter(|(_, e)| e.pseudonym.starts_with(&prefix))
            .filter(|(_, e)| own || !e.pseudonym.ends_with(".0") && !e.pseudonym.ends_with(".255"))
            .count();
        match own {
            true => format!("{prefix}{}.{}", hosts / 254 % 256, hosts % 254 + 1),
            false => format!("{prefix}{}", hosts % 254 + 1),
        }
    }
}

/// The form in which two spellings of one name are the same.
fn compared(class: Class, original: &str) -> String {
    match class {
        Class::VmId | Class::Guid => match VmId::parse(original) {
            Some(id) => id.to_string(),
            None => original.to_uppercase(),
        },
        Class::Mac => original
            .chars()
            .filter(char::is_ascii_hexdigit)
            .collect::<String>()
            .to_uppercase(),
        Class::Ipv6 => match original.parse::<Ipv6Addr>() {
            Ok(address) => address.to_string(),
            Err(_) => original.to_lowercase(),
        },
        _ => original.trim().to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_gets_the_same_pseudonym() {
        let mut key = Key::default();
        assert_eq!(key.give(Class::Vm, "web01"), "vm-01");
        assert_eq!(key.give(Class::Vm, "db01"), "vm-02");
        assert_eq!(key.give(Class::Vm, "WEB01"), "vm-01");
        assert_eq!(key.give(Class::Node, "web01"), "node-01");
        assert_eq!(key.give(Class::Mac, "00-15-5d-0a-0b-0c"), "00155D000001");
        assert_eq!(key.give(Class::Mac, "00155D0A0B0C"), "00155D000001");
    }

    #[test]
    fn a_real_name_is_nobody_elses_pseudonym() {
        let mut key = Key::default();
        key.reserve(&["VM-01".to_owned()]);
        assert_eq!(key.give(Class::Vm, "web01"), "vm-02");
    }

    #[test]
    fn addresses_of_one_network_stay_in_one() {
        let mut key = Key::default();
        let mut give = |text| key.give(Class::Ipv4, text);
        assert_eq!(give("10.10.0.11"), "198.18.0.1");
        assert_eq!(give("10.10.0.12"), "198.18.0.2");
        assert_eq!(give("10.10.1.12"), "198.18.1.1");
        assert_eq!(give("10.10.0.255"), "198.18.0.255");
        assert_eq!(give("169.254.1.7"), "169.254.0.1");
        assert_eq!(give("169.254.9.7"), "169.254.0.2");
    }

    #[test]
    fn a_key_that_was_kept_goes_on_where_it_ended() {
        let mut key = Key::default();
        key.give(Class::Vm, "web01");
        key.give(Class::Ipv4, "10.10.0.11");
        let mut again = Key::parse(&key.to_json().unwrap()).unwrap();
        assert_eq!(again.entries().count(), key.entries().count());
        assert_eq!(again.give(Class::Vm, "web01"), "vm-01");
        assert_eq!(again.give(Class::Vm, "db01"), "vm-02");
        assert_eq!(again.give(Class::Ipv4, "10.10.0.12"), "198.18.0.2");
        assert!(Key::parse("{}").is_err());
        assert!(Key::parse(&key.to_json().unwrap().replace("key/1", "key/9")).is_err());
    }

    #[test]
    fn what_is_typed_is_found_by_its_real_name() {
        let mut key = Key::default();
        key.give(Class::Vm, "web01");
        assert_eq!(key.translate("Web01"), "vm-01");
        assert_eq!(key.translate("vm-01"), "vm-01");
    }
}
