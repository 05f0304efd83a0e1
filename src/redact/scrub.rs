//! Texts with names in them: each name that is known, and everything that has the form
//! of an address, an id, a path or an account, gives way to what stands for it. Knows
//! nothing of events; which value is what is decided where it stands.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use regex::Regex;

use super::key::{Class, Key};
use super::words::{all_common, ending, is_common, pieces};
use crate::model::id::VmId;

/// Accounts and authorities that every Windows has.
const EVERYBODYS: [&str; 10] = [
    "nt authority",
    "builtin",
    "nt service",
    "nt virtual machine",
    "font driver host",
    "window manager",
    "iis apppool",
    "workgroup",
    "localhost",
    "application package authority",
];

/// Domains of the vendor's own services.
const PUBLIC: [&str; 6] = [
    "microsoft.com",
    "microsoft.net",
    "windows.com",
    "windowsupdate.com",
    "windows.net",
    "w3.org",
];

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($text).ok());
    };
}

pattern!(SID, r"S-1-\d{1,3}(?:-\d{1,10}){1,14}");
pattern!(
    GUID,
    r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
);
pattern!(MAC, r"[0-9A-Fa-f]{2}(?:[-:][0-9A-Fa-f]{2}){5}");
pattern!(IPV4, r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}");
pattern!(IPV6, r"[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:%\d+)?");
pattern!(UPN, r"[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+");
pattern!(
    FQDN,
    r"(?i)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+"
);

/// Last labels that make a dotted word a name of a computer or domain, beside the
/// domains that are known.
const TOP: [&str; 24] = [
    "local", "lan", "corp", "internal", "intra", "intranet", "ad", "home", "example", "test",
    "com", "net", "org", "edu", "gov", "jp", "uk", "de", "fr", "eu", "cn", "kr", "info", "biz",
];

/// The most characters of a name that is looked for; a longer one is a sentence.
const LONGEST_NAME: usize = 256;

/// Finds the names of a key inside texts.
pub(super) struct Finder {
    names: AhoCorasick,
    /// For each pattern: what stands for it, and whether it must stand alone.
    found: Vec<(String, Alone)>,
}

/// What may not stand beside a name for it to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alone {
    /// Anything may.
    No,
    /// No letter: the name is a word that may be part of another.
    Letters,
    /// No letter or digit: the name is short, or looks like a number.
    Any,
}

impl Finder {
    /// Of all names that are looked for. A name of common words alone is not: it would
    /// be found everywhere.
    pub(super) fn new(key: &Key) -> Option<Self> {
        let mut patterns: Vec<String> = Vec::new();
        let mut found = Vec::new();
        for entry in key.entries() {
            if entry.class == Class::Mac {
                let bare: String = entry
                    .original
                    .chars()
                    .filter(char::is_ascii_hexdigit)
                    .collect();
                patterns.push(bare);
                found.push((entry.pseudonym.clone(), Alone::Any));
            }
            let is_sentence = entry.original.chars().count() > LONGEST_NAME;
            if !entry.class.is_searched() || is_sentence || all_common(&entry.original) {
                continue;
            }
            let name = entry.original.trim();
            patterns.push(name.to_owned());
            found.push((entry.pseudonym.clone(), alone(name)));
        }
        // The first of equal patterns wins: classes are in the order of their use.
        let names = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(&patterns)
            .ok()?;
        Some(Finder { names, found })
    }
}

fn alone(name: &str) -> Alone {
    let hex = |c: char| c.is_ascii_hexdigit() || c == '-';
    if !name.is_ascii() {
        // Japanese does not part words.
        Alone::No
    } else if name.len() <= 3 || name.chars().all(hex) {
        Alone::Any
    } else if name.bytes().all(|b| b.is_ascii_alphabetic()) {
        Alone::Letters
    } else {
        Alone::No
    }
}

/// Part of a text.
enum Piece<'t> {
    /// Not looked at yet.
    Raw(&'t str),
    /// Put in place of something.
    Done(String),
}

/// Puts pseudonyms into texts.
pub(super) struct Scrubber<'k> {
    /// The names.
    pub key: &'k mut Key,
    /// Finds them; `None` before they are all known.
    pub finder: Option<Finder>,
    /// Channels that Windows has, as files are called after them.
    pub channels: BTreeSet<String>,
}

impl Scrubber<'_> {
    /// A text, with every name and address in it replaced.
    pub(super) fn text(&mut self, text: &str) -> String {
        if text.is_empty() {
            return String::new();
        }
        let mut pieces = self.paths(text);
        type Detector = fn(&mut Scrubber<'_>, &str) -> Option<String>;
        let detectors: [(&LazyLock<Option<Regex>>, Detector); 7] = [
            (&SID, |s, found| s.sid(found)),
            (&GUID, |s, found| s.guid(found)),
            (&MAC, |s, found| s.mac(found)),
            (&UPN, |s, found| s.upn(found)),
            (&IPV4, |s, found| s.ipv4(found)),
            (&IPV6, |s, found| s.ipv6(found)),
            (&FQDN, |s, found| s.fqdn(found)),
        ];
        for (pattern, detector) in detectors {
            let Some(pattern) = pattern.as_ref() else {
                continue;
            };
            pieces = self.each(pieces, pattern, detector);
        }
        pieces = self.names(pieces);
        join(pieces)
    }

    /// Replaces what a pattern finds in the pieces that were not looked at. A match that
    /// touches a letter or digit is part of something else.
    fn each<'t>(
        &mut self,
        pieces: Vec<Piece<'t>>,
        pattern: &Regex,
        replace: impl Fn(&mut Self, &str) -> Option<String>,
    ) -> Vec<Piece<'t>> {
        let mut out = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let Piece::Raw(text) = piece else {
                out.push(piece);
                continue;
            };
            let mut from = 0;
            for found in pattern.find_iter(text) {
                let before = text[..found.start()].chars().next_back();
                let behind = text[found.end()..].chars().next();
                // A point between digits goes on; one at the end of a sentence does not.
                let goes_on = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
                if goes_on(before) || goes_on(behind) {
                    continue;
                }
                if let Some(new) = replace(self, found.as_str()) {
                    out.push(Piece::Raw(&text[from..found.start()]));
                    out.push(Piece::Done(new));
                    from = found.end();
                }
            }
            out.push(Piece::Raw(&text[from..]));
        }
        out
    }

    fn names<'t>(&mut self, pieces: Vec<Piece<'t>>) -> Vec<Piece<'t>> {
        let Some(finder) = &self.finder else {
            return pieces;
        };
        let mut out = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let Piece::Raw(text) = piece else {
                out.push(piece);
                continue;
            };
            let mut from = 0;
            let mut at = 0;
            while let Some(found) = finder
                .names
                .find(aho_corasick::Input::new(text).range(at..))
            {
                let (new, alone) = &finder.found[found.pattern().as_usize()];
                let before = text[..found.start()].chars().next_back();
                let behind = text[found.end()..].chars().next();
                let part_of = |c: Option<char>| {
                    c.is_some_and(|c| match alone {
                        Alone::No => false,
                        Alone::Letters => c.is_ascii_alphabetic(),
                        Alone::Any => c.is_ascii_alphanumeric(),
                    })
                };
                if part_of(before) || part_of(behind) {
                    // Another name may begin inside of this one.
                    at = found.start()
                        + text[found.start()..]
                            .chars()
                            .next()
                            .map_or(1, char::len_utf8);
                    continue;
                }
                out.push(Piece::Raw(&text[from..found.start()]));
                out.push(Piece::Done(new.clone()));
                from = found.end();
                at = from;
            }
            out.push(Piece::Raw(&text[from..]));
        }
        out
    }

    fn sid(&mut self, text: &str) -> Option<String> {
        if let Some(vm) = VmId::from_worker_sid(text) {
            let shown = VmId::parse(&self.vm_id(vm))?;
            return Some(shown.to_worker_sid());
        }
        let somebodys = ["S-1-5-21-", "S-1-12-1-", "S-1-5-83-"];
        somebodys
            .iter()
            .any(|prefix| text.starts_with(prefix))
            .then(|| self.key.give(Class::Sid, text))
    }

    /// What stands for a VM's id.
    pub(super) fn vm_id(&mut self, id: VmId) -> String {
        self.key.give(Class::VmId, &id.to_string())
    }

    fn guid(&mut self, text: &str) -> Option<String> {
        let id = VmId::parse(text)?;
        let shown = match self.key.get(Class::VmId, text) {
            Some(shown) => shown.to_owned(),
            None => self.key.give(Class::Guid, &id.to_string()),
        };
        let lower = text.bytes().any(|b| b.is_ascii_lowercase());
        Some(if lower { shown.to_lowercase() } else { shown })
    }

    /// A MAC address, with the separators that it came with.
    pub(super) fn mac(&mut self, text: &str) -> Option<String> {
        let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
        if digits.len() != 12 || ["000000000000", "FFFFFFFFFFFF"].contains(&&*digits.to_uppercase())
        {
            return None;
        }
        let shown = self.key.give(Class::Mac, &digits);
        let lower = text.bytes().any(|b| b.is_ascii_lowercase());
        let shown = if lower { shown.to_lowercase() } else { shown };
        Some(match text.chars().find(|c| matches!(c, '-' | ':')) {
            None => shown,
            Some(between) => {
                let pairs: Vec<&str> = (0..6).filter_map(|n| shown.get(2 * n..2 * n + 2)).collect();
                pairs.join(&between.to_string())
            }
        })
    }

    fn ipv4(&mut self, text: &str) -> Option<String> {
        let IpAddr::V4(address) = text.parse::<IpAddr>().ok()? else {
            return None;
        };
        let [a, ..] = address.octets();
        // Masks, "any" and the machine itself are nobody's.
        let nobodys = address.is_unspecified() || address.is_loopback() || a == 255;
        (!nobodys).then(|| self.key.give(Class::Ipv4, text))
    }

    fn ipv6(&mut self, text: &str) -> Option<String> {
        let (address, zone) = match text.split_once('%') {
            Some((address, _)) => (address, &text[address.len()..]),
            None => (text, ""),
        };
        let parsed: Ipv6Addr = address.parse().ok()?;
        let nobodys = parsed.is_unspecified() || parsed.is_loopback();
        let looks_so = address.bytes().any(|b| b.is_ascii_digit());
        (!nobodys && looks_so).then(|| self.key.give(Class::Ipv6, address) + zone)
    }

    fn upn(&mut self, text: &str) -> Option<String> {
        let (user, domain) = text.split_once('@')?;
        let domain = self.domain(domain);
        Some(format!("{}@{domain}", self.account(user)))
    }

    fn fqdn(&mut self, text: &str) -> Option<String> {
        let (_, last) = text.rsplit_once('.')?;
        let is_public = |text: &str| {
            let text = text.to_lowercase();
            PUBLIC
                .iter()
                .any(|p| text == *p || text.ends_with(&format!(".{p}")))
        };
        if is_public(text) || !ending(text).1.is_empty() || last.bytes().all(|b| b.is_ascii_digit())
        {
            return None;
        }
        if self.key.get(Class::Domain, text).is_some() {
            return Some(self.domain(text));
        }
        // A name as a whole, such as a VM that is called like its host name.
        for class in [Class::Vm, Class::Cluster, Class::Host, Class::Role] {
            if let Some(shown) = self.key.get(class, text) {
                return Some(shown.to_owned());
            }
        }
        let (host, domain) = text.split_once('.')?;
        let known =
            self.key.get(Class::Domain, domain).is_some() || self.known_host(host).is_some();
        let top = TOP.contains(&&*last.to_lowercase());
        if !known && !top {
            return None;
        }
        // Two labels are a domain, unless the first is known to be a computer.
        if !domain.contains('.') && self.known_host(host).is_none() {
            return Some(self.domain(text));
        }
        let domain = self.domain(domain);
        Some(format!("{}.{domain}", self.host_label(host)))
    }

    fn known_host(&self, name: &str) -> Option<&str> {
        [Class::Node, Class::Cluster, Class::Vm, Class::Host]
            .iter()
            .find_map(|class| self.key.get(*class, name))
    }

    fn host_label(&mut self, host: &str) -> String {
        match self.known_host(host) {
            Some(shown) => shown.to_owned(),
            None => self.key.give(Class::Host, host),
        }
    }

    /// A computer's name, with or without its domain, or its address.
    pub(super) fn host(&mut self, text: &str) -> String {
        let bare = text.trim().trim_start_matches('\\');
        let lead = &text.trim()[..text.trim().len() - bare.len()];
        if bare.is_empty() || bare.bytes().all(|b| b.is_ascii_digit()) {
            return text.to_owned();
        }
        if bare.parse::<IpAddr>().is_ok() {
            return format!("{lead}{}", self.text(bare));
        }
        if let Some(shown) = self.known_host(bare) {
            return format!("{lead}{shown}");
        }
        let simple = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        match bare.split_once('.') {
            Some((host, domain))
                if host.chars().all(simple)
                    && !domain.is_empty()
                    && domain.chars().all(|c| simple(c) || c == '.') =>
            {
                if let Some(shown) = self.fqdn(bare) {
                    return format!("{lead}{shown}");
                }
                if PUBLIC.iter().any(|p| bare.to_lowercase().ends_with(p)) {
                    return text.to_owned();
                }
                let domain = self.domain(domain);
                format!("{lead}{}.{domain}", self.host_label(host))
            }
            _ if bare.chars().all(simple) && (all_common(bare) || is_hex(bare)) => text.to_owned(),
            _ if bare.chars().all(simple) => {
                format!("{lead}{}", self.key.give(Class::Host, bare))
            }
            // A list, a sentence, or an address with more to it.
            _ => self.text(text),
        }
    }

    /// A domain by either of its names; `CORP` is `corp.example` where that is known.
    pub(super) fn domain(&mut self, text: &str) -> String {
        let name = text.trim().trim_end_matches('.');
        if name.is_empty()
            || EVERYBODYS.contains(&&*name.to_lowercase())
            || !name.contains('.') && is_common(name)
        {
            return text.to_owned();
        }
        if let Some(shown) = self.key.get(Class::Domain, name) {
            return shown.to_owned();
        }
        let first = |name: &str| name.split('.').next().unwrap_or(name).to_lowercase();
        let same = self
            .key
            .entries()
            .filter(|e| e.class == Class::Domain)
            .find(|e| {
                e.original.contains('.') != name.contains('.') && first(&e.original) == first(name)
            })
            .map(|e| e.pseudonym.clone());
        match same {
            Some(shown) => self.key.alias(Class::Domain, name, &shown),
            None => self.key.give(Class::Domain, name),
        }
    }

    /// An account: `DOMAIN\user`, `user@domain`, a machine's, or one that every Windows
    /// has.
    pub(super) fn user(&mut self, text: &str) -> String {
        let name = text.trim();
        if let Some((domain, user)) = name.split_once('\\') {
            if EVERYBODYS.contains(&&*domain.to_lowercase()) {
                return format!("{domain}\\{}", self.text(user));
            }
            let domain = match self.known_host(domain) {
                Some(host) => host.to_owned(),
                None => self.domain(domain),
            };
            return format!("{domain}\\{}", self.account(user));
        }
        match name.contains('@') && !name.contains(' ') {
            true => self.upn(name).unwrap_or_else(|| self.account(name)),
            false => self.account(name),
        }
    }

    fn account(&mut self, user: &str) -> String {
        if let Some(machine) = user.strip_suffix('$') {
            return format!("{}$", self.host_label(machine));
        }
        if user.starts_with("S-1-") || VmId::parse(user).is_some() {
            return self.text(user);
        }
        if user.is_empty() || all_common(user) {
            return self.addresses(user);
        }
        self.key.give(Class::User, user)
    }

    /// A name of some class. One of common words is kept; names inside of it that are
    /// known give way; of any other, its common words are kept in front of the pseudonym,
    /// since they tell what kind of thing it is.
    pub(super) fn name(&mut self, class: Class, text: &str) -> String {
        let whole = text.trim();
        if whole.is_empty() {
            return text.to_owned();
        }
        const SHARED: [Class; 7] = [
            Class::Vm,
            Class::Node,
            Class::Cluster,
            Class::Role,
            Class::Resource,
            Class::Network,
            Class::Volume,
        ];
        // A folder of an ordinary word is not the VM that is called so.
        let shared: &[Class] = match class == Class::Item && all_common(whole) {
            true => &[],
            false => &SHARED,
        };
        for class in [class].iter().chain(shared) {
            if let Some(shown) = self.key.get(*class, whole) {
                return shown.to_owned();
            }
        }
        let scrubbed = match class {
            // A path is taken apart by whoever calls this.
            Class::Item => join({
                let pieces = self.ids(whole);
                self.names(pieces)
            }),
            _ => self.text(whole),
        };
        if self.is_clear(&scrubbed) || class == Class::Item && self.is_of_channel(&scrubbed) {
            return scrubbed;
        }
        let kept: Vec<&str> = scrubbed
            .split_whitespace()
            .filter(|word| pieces(word).next().is_some() && self.is_clear(word))
            .collect();
        let shown = self.key.give(class, whole);
        match kept.is_empty() {
            true => shown,
            false => format!("{} {shown}", kept.join(" ")),
        }
    }

    /// Whether a file is called like a channel that was read, with nothing but common
    /// words before it.
    fn is_of_channel(&self, name: &str) -> bool {
        let name = channel_key(name);
        let end = |channel: &&String| name.ends_with(channel.as_str());
        let longest = self.channels.iter().filter(end).max_by_key(|c| c.len());
        longest.is_some_and(|channel| self.is_clear(&name[..name.len() - channel.len()]))
    }

    /// A text of common words, with the addresses and ids in it replaced.
    pub(super) fn addresses(&mut self, text: &str) -> String {
        join(self.ids(text))
    }

    /// Ids and addresses alone.
    fn ids<'t>(&mut self, text: &'t str) -> Vec<Piece<'t>> {
        let mut all = vec![Piece::Raw(text)];
        type Detector = fn(&mut Scrubber<'_>, &str) -> Option<String>;
        let detectors: [(&LazyLock<Option<Regex>>, Detector); 5] = [
            (&SID, |s, found| s.sid(found)),
            (&GUID, |s, found| s.guid(found)),
            (&MAC, |s, found| s.mac(found)),
            (&IPV4, |s, found| s.ipv4(found)),
            (&FQDN, |s, found| s.fqdn(found)),
        ];
        for (pattern, detector) in detectors {
            if let Some(pattern) = pattern.as_ref() {
                all = self.each(all, pattern, detector);
            }
        }
        all
    }

    /// Whether a text that was replaced holds nothing but common words, short numbers and
    /// pseudonyms.
    pub(super) fn is_clear(&self, text: &str) -> bool {
        if all_common(text) {
            return true;
        }
        let bare = join(strip(strip(vec![Piece::Raw(text)], &GUID), &SID));
        pieces(&bare).all(|piece| all_common(piece) || Key::is_part(piece))
    }

    /// A path or the name of one's part, by its parts.
    pub(super) fn path(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        // A share: the server stands behind two backslashes.
        let mut of_server = text.starts_with("\\\\");
        for (n, part) in text.split_inclusive(['\\', '/', '!']).enumerate() {
            let name = part.trim_end_matches(['\\', '/', '!']);
            if of_server && n > 1 && !name.is_empty() {
                of_server = false;
                out.push_str(&self.host(name));
            } else {
                out.push_str(&self.part(name));
            }
            out.push_str(&part[name.len()..]);
        }
        out
    }

    fn part(&mut self, part: &str) -> String {
        if let Some(rest) = part.strip_prefix('"') {
            return format!("\"{}", self.part(rest));
        }
        if let Some(rest) = part.strip_suffix('"') {
            return format!("{}\"", self.part(rest));
        }
        let (stem, end) = ending(part);
        let is_drive = stem.len() == 2 && stem.ends_with(':');
        // `%SystemRoot%`
        let is_variable = stem.len() > 2 && stem.starts_with('%') && stem.ends_with('%');
        if is_drive || is_variable || stem.chars().all(|c| !c.is_alphanumeric()) {
            return part.to_owned();
        }
        self.name(Class::Item, stem) + end
    }

    /// Paths in a text. The last part of a path ends at a blank; those before may have
    /// blanks in them.
    fn paths<'t>(&mut self, text: &'t str) -> Vec<Piece<'t>> {
        let mut out = Vec::new();
        let mut from = 0;
        let mut at = 0;
        while let Some(begin) = text.get(at..).and_then(path_begin).map(|b| b + at) {
            let rest = &text[begin..];
            let most = rest
                .find(|c: char| {
                    matches!(
                        c,
                        '"' | '\'' | '<' | '>' | '|' | '*' | '?' | '\r' | '\n' | ',' | ';'
                    ) || matches!(c, '、' | '。' | '”' | '“' | '」')
                })
                .unwrap_or(rest.len());
            let rest = &rest[..most];
            // A colon is behind the drive only.
            let rest = match rest.get(2..).and_then(|r| r.find(':')) {
                Some(colon) => &rest[..colon + 2],
                None => rest,
            };
            let last = rest.rfind('\\').map_or(0, |at| at + 1);
            let end = rest[last..]
                .find(char::is_whitespace)
                .map_or(rest.len(), |at| last + at);
            let path = rest[..end].trim_end_matches(['.', ')']);
            out.push(Piece::Raw(&text[from..begin]));
            out.push(Piece::Done(self.path(path)));
            from = begin + path.len();
            at = from.max(begin + 1);
        }
        out.push(Piece::Raw(&text[from..]));
        out
    }
}

/// A channel as a file of it may be called, whatever stands for `/`.
pub(super) fn channel_key(channel: &str) -> String {
    let name = channel.to_lowercase();
    name.replace("%4", "-").replace(['/', ' '], "-")
}

/// `0x9`: flags behind the name of a time server.
fn is_hex(text: &str) -> bool {
    let digits = text.strip_prefix("0x");
    digits.is_some_and(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Where a path begins: a drive with a backslash, or two backslashes before a name.
fn path_begin(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    (0..bytes.len().saturating_sub(2)).find(|&at| {
        let alone = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        match &bytes[at..at + 3] {
            [drive, b':', b'\\'] => alone && drive.is_ascii_alphabetic(),
            [b'\\', b'\\', name] => {
                (at == 0 || bytes[at - 1] != b'\\')
                    && (name.is_ascii_alphanumeric() || *name >= 0x80)
            }
            _ => false,
        }
    })
}

/// The domains behind names of known computers (`hv01.corp.example`).
pub(super) fn domains_behind(text: &str, hosts: &BTreeSet<String>, found: &mut BTreeSet<String>) {
    let Some(pattern) = FQDN.as_ref() else {
        return;
    };
    for name in pattern.find_iter(text) {
        // `hv01.corp.example_cluster.log`
        let name = name.as_str().split('_').next().unwrap_or_default();
        if let Some((host, domain)) = name.split_once('.')
            && hosts.contains(&host.to_lowercase())
            && ending(name).1.is_empty()
            && domain.contains('.')
        {
            found.insert(domain.to_lowercase());
        }
    }
}

/// Takes away what a pattern finds.
fn strip<'t>(pieces: Vec<Piece<'t>>, pattern: &LazyLock<Option<Regex>>) -> Vec<Piece<'t>> {
    let Some(pattern) = pattern.as_ref() else {
        return pieces;
    };
    pieces
        .into_iter()
        .map(|piece| match piece {
            Piece::Raw(text) => Piece::Done(pattern.replace_all(text, " ").into_owned()),
            Piece::Done(text) => Piece::Done(pattern.replace_all(&text, " ").into_owned()),
        })
        .collect()
}

fn join(pieces: Vec<Piece<'_>>) -> String {
    pieces
        .into_iter()
        .map(|piece| match piece {
            Piece::Raw(text) => text.to_owned(),
            Piece::Done(text) => text,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrubbed(text: &str) -> String {
        let mut key = Key::default();
        for (class, name) in [
            (Class::Vm, "web01"),
            (Class::Vm, "経理サーバー"),
            (Class::Vm, "payroll"),
            (Class::Vm, "cluster"),
            (Class::Node, "HV01"),
            (Class::Cluster, "CL-PROD"),
            (Class::Domain, "corp.example"),
            (Class::User, "taro"),
        ] {
            key.give(class, name);
        }
        let finder = Finder::new(&key);
        let mut scrubber = Scrubber {
            key: &mut key,
            finder,
            channels: BTreeSet::new(),
        };
        scrubber.text(text)
    }

    #[test]
    fn names_give_way_wherever_they_stand() {
        for (text, expected) in [
            (
                "Virtual machine WEB01 failed.",
                "Virtual machine vm-01 failed.",
            ),
            ("SW-web01_port2", "SW-vm-01_port2"),
            ("仮想マシン経理サーバーを移動", "仮想マシンvm-02を移動"),
            ("hv01.corp.example", "node-01.domain-01"),
            ("HV02.corp.example:3343", "host-01.domain-01:3343"),
            (r"CORP.EXAMPLE\taro", r"domain-01\user-01"),
            ("HV01$", "node-01$"),
            ("cl-prod", "cluster-01"),
            ("payrolls, payroll, PAYROLL2", "payrolls, vm-03, vm-032"),
            ("the cluster is up", "the cluster is up"),
        ] {
            assert_eq!(scrubbed(text), expected, "{text}");
        }
    }

    #[test]
    fn addresses_and_ids_give_way_by_their_form() {
        for (text, expected) in [
            (
                "10.0.0.1:~3343~ to 10.0.0.2",
                "198.18.0.1:~3343~ to 198.18.0.2",
            ),
            ("from 10.0.0.1.", "from 198.18.0.1."),
            (
                "build 6.1.7601.17514, mask 255.255.255.0",
                "build 6.1.7601.17514, mask 255.255.255.0",
            ),
            ("fe80::a1b2%12 at 10:05:00", "fe80::1%12 at 10:05:00"),
            ("00-15-5d-0a-0b-0c", "00-15-5d-00-00-01"),
            (
                "{5d9e9825-1973-4b27-9af1-ba77940a4066}",
                "{00000000-0000-4000-9000-000000000001}",
            ),
            (
                "S-1-5-18 S-1-5-21-1-2-3-500",
                "S-1-5-18 S-1-5-21-0-0-0-1001",
            ),
            ("ask hanako@corp.example", "ask user-02@domain-01"),
            ("see support.microsoft.com", "see support.microsoft.com"),
            ("db7.contoso.local", "host-01.domain-02"),
            ("zone contoso.local", "zone domain-02"),
            ("vmms.exe 1.2.3", "vmms.exe 1.2.3"),
        ] {
            assert_eq!(scrubbed(text), expected, "{text}");
        }
    }

    #[test]
    fn the_account_of_a_vm_stays_the_account_of_that_vm() {
        let mut key = Key::default();
        let id = VmId::parse("5D9E9825-1973-4B27-9AF1-BA77940A4066").unwrap();
        let mut scrubber = Scrubber {
            key: &mut key,
            finder: None,
            channels: BTreeSet::new(),
        };
        let shown = scrubber.vm_id(id);
        let sid = scrubber.text(&id.to_worker_sid());
        assert_eq!(VmId::from_worker_sid(&sid).unwrap().to_string(), shown);
        assert_eq!(scrubber.text(&id.to_string()), shown);
    }

    #[test]
    fn paths_keep_what_is_everybodys() {
        for (text, expected) in [
            (
                r"C:\ClusterStorage\Volume1\web01\Virtual Hard Disks\web01.vhdx",
                r"C:\ClusterStorage\Volume1\vm-01\Virtual Hard Disks\vm-01.vhdx",
            ),
            (
                r"\\fs01\Contoso$\disk.vhdx is gone",
                r"\\host-01\item-01\disk.vhdx is gone",
            ),
            (
                r"'D:\Contoso VMs\a.vhd' could not be opened",
                r"'D:\VMs item-01\a.vhd' could not be opened",
            ),
            (r"C:\Windows\Cluster\Reports", r"C:\Windows\Cluster\Reports"),
        ] {
            assert_eq!(scrubbed(text), expected, "{text}");
        }
    }

    #[test]
    fn accounts() {
        let mut key = Key::default();
        key.give(Class::Domain, "corp.example");
        key.give(Class::Node, "HV01");
        let mut scrubber = Scrubber {
            key: &mut key,
            finder: None,
            channels: BTreeSet::new(),
        };
        for (text, expected) in [
            (r"CORP\taro", r"domain-01\user-01"),
            ("taro@corp.example", "user-01@domain-01"),
            (r"NT AUTHORITY\SYSTEM", r"NT AUTHORITY\SYSTEM"),
            (r"CORP\HV01$", r"domain-01\node-01$"),
            ("Taro Yamada", "user-02"),
            ("CLIUSR", "CLIUSR"),
        ] {
            assert_eq!(scrubber.user(text), expected, "{text}");
        }
    }

    #[test]
    fn a_name_keeps_the_words_that_say_what_it_is() {
        let mut key = Key::default();
        key.give(Class::Vm, "web01");
        let finder = Finder::new(&key);
        let mut scrubber = Scrubber {
            key: &mut key,
            finder,
            channels: BTreeSet::new(),
        };
        for (text, expected) in [
            ("Cluster Disk 1", "Cluster Disk 1"),
            ("SQL IP Address 1 (payroll)", "IP Address 1 resource-01"),
            ("Virtual Machine web01", "Virtual Machine vm-01"),
            ("payroll", "resource-02"),
        ] {
            assert_eq!(scrubber.name(Class::Resource, text), expected, "{text}");
        }
    }
}
