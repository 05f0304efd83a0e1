//! Identities, normalized once, when they are made; the original text is kept
//! for showing. `HV01.corp.example` and `hv01` are one node.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// A name that compares by a normalized key and prints as it was written.
#[derive(Clone)]
struct Named {
    key: Arc<str>,
    shown: Arc<str>,
}

impl Named {
    fn new(shown: &str, key: String) -> Self {
        let shown: Arc<str> = shown.into();
        let key = if *key == *shown {
            shown.clone()
        } else {
            key.into()
        };
        Named { key, shown }
    }
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(Named);

        impl $name {
            /// The form that decides equality and order.
            #[must_use]
            pub fn key(&self) -> &str {
                &self.0.key
            }

            /// The form to show to a person.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0.shown
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.key == other.0.key
            }
        }
        impl Eq for $name {}
        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }
        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                self.0.key.cmp(&other.0.key)
            }
        }
        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.0.key.hash(state);
            }
        }
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0.key
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0.shown)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0.shown)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0.shown)
            }
        }
    };
}

name_type! {
    /// A cluster node (a Hyper-V host). Key: the host part of the name in lower
    /// case; an IP address is kept whole.
    NodeName
}
name_type! {
    /// A virtual machine's name. Not unique: two VMs may share one. Key: lower case.
    VmName
}
name_type! {
    /// A cluster group (role). Key: lower case, as the cluster compares names.
    GroupName
}
name_type! {
    /// A cluster resource. Key: lower case.
    ResourceName
}

fn folded(text: &str) -> Option<(String, &str)> {
    let text = text.trim().trim_matches('\0');
    (!text.is_empty()).then(|| (text.to_lowercase(), text))
}

impl NodeName {
    /// From a computer name, FQDN or address. `None` when it is blank.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim().trim_matches('\0').trim_start_matches("\\\\");
        let host = if text.parse::<IpAddr>().is_ok() {
            text
        } else {
            text.split('.').next().unwrap_or(text)
        };
        folded(host).map(|(key, shown)| NodeName(Named::new(shown, key)))
    }
}

impl VmName {
    /// `None` when it is blank.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        folded(text).map(|(key, shown)| VmName(Named::new(shown, key)))
    }
}

impl GroupName {
    /// `None` when it is blank.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        folded(text).map(|(key, shown)| GroupName(Named::new(shown, key)))
    }
}

/// What a resource named after a VM is. The prefixes are the English ones that
/// public documents show; the Japanese ones follow the product's own terms and
/// were not seen in a log.
const VM_RESOURCE_PREFIXES: [(&str, VmResource); 4] = [
    ("Virtual Machine Configuration ", VmResource::Configuration),
    ("Virtual Machine ", VmResource::Machine),
    ("仮想マシン構成 ", VmResource::Configuration),
    ("仮想マシン ", VmResource::Machine),
];

/// Which of a clustered VM's two resources a name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VmResource {
    /// `Virtual Machine <name>`: the running machine.
    Machine,
    /// `Virtual Machine Configuration <name>`: its configuration.
    Configuration,
}

impl ResourceName {
    /// `None` when it is blank.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        folded(text).map(|(key, shown)| ResourceName(Named::new(shown, key)))
    }

    /// The VM that the resource's name carries, and which of its resources it is.
    #[must_use]
    pub fn vm(&self) -> Option<(VmName, VmResource)> {
        VM_RESOURCE_PREFIXES.iter().find_map(|(prefix, which)| {
            let head = self.as_str().get(..prefix.len())?;
            if !head.eq_ignore_ascii_case(prefix) {
                return None;
            }
            VmName::new(&self.as_str()[prefix.len()..]).map(|vm| (vm, *which))
        })
    }
}

/// A virtual machine's GUID. Prints in upper case without braces, as Hyper-V does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VmId(u128);

impl VmId {
    /// Parses a GUID in any case, with or without braces. The null GUID, which
    /// records carry for "no VM", gives `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_matches(['{', '}', '\0']);
        if text.len() != 36 {
            return None;
        }
        let mut value = 0u128;
        for (at, byte) in text.bytes().enumerate() {
            match (at, byte) {
                (8 | 13 | 18 | 23, b'-') => {}
                (8 | 13 | 18 | 23, _) => return None,
                _ => value = value << 4 | u128::from((byte as char).to_digit(16)?),
            }
        }
        (value != 0).then_some(VmId(value))
    }

    /// From the 128 bits of the GUID as it is printed, most significant first.
    #[must_use]
    pub fn from_u128(bits: u128) -> Option<Self> {
        (bits != 0).then_some(VmId(bits))
    }

    /// From the account of a VM's worker process, `S-1-5-83-1-a-b-c-d`: the GUID
    /// as four little-endian 32-bit words. Checked against real records.
    #[must_use]
    pub fn from_worker_sid(sid: &str) -> Option<Self> {
        let mut words = sid.strip_prefix("S-1-5-83-1-")?.split('-');
        let mut bytes = [0u8; 16];
        for slot in bytes.chunks_exact_mut(4) {
            let word: u32 = words.next()?.parse().ok()?;
            slot.copy_from_slice(&word.to_le_bytes());
        }
        if words.next().is_some() {
            return None;
        }
        // In memory a GUID's first three parts are little-endian, the rest is not.
        let [a, b, c, d, e, f, g, h, rest @ ..] = bytes;
        let mut printed = [0u8; 16];
        printed[..8].copy_from_slice(&[d, c, b, a, f, e, h, g]);
        printed[8..].copy_from_slice(&rest);
        Self::from_u128(u128::from_be_bytes(printed))
    }

    /// The worker account of this VM; the inverse of [`VmId::from_worker_sid`].
    #[must_use]
    pub fn to_worker_sid(self) -> String {
        let [d, c, b, a, f, e, h, g, rest @ ..] = self.0.to_be_bytes();
        let mut bytes = [0u8; 16];
        bytes[..8].copy_from_slice(&[a, b, c, d, e, f, g, h]);
        bytes[8..].copy_from_slice(&rest);
        let mut sid = String::from("S-1-5-83-1");
        for word in bytes.chunks_exact(4) {
            let word = word
                .iter()
                .rev()
                .fold(0u32, |sum, &b| sum << 8 | u32::from(b));
            sid.push('-');
            sid.push_str(&word.to_string());
        }
        sid
    }

    /// The VM in front of a NIC's name: `<VM id>--<NIC id>` (VmSwitch events).
    #[must_use]
    pub fn from_nic_name(nic: &str) -> Option<Self> {
        let (vm, _) = nic.trim().split_once("--")?;
        Self::parse(vm)
    }
}

impl fmt::Display for VmId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let v = self.0;
        write!(
            f,
            "{:08X}-{:04X}-{:04X}-{:04X}-{:012X}",
            v >> 96,
            v >> 80 & 0xFFFF,
            v >> 64 & 0xFFFF,
            v >> 48 & 0xFFFF,
            v & 0xFFFF_FFFF_FFFF
        )
    }
}

impl fmt::Debug for VmId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for VmId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_node_whatever_its_spelling() {
        let fqdn = NodeName::new("HV01.corp.example").unwrap();
        assert_eq!(fqdn, NodeName::new("hv01").unwrap());
        assert_eq!(fqdn.as_str(), "HV01");
        assert_ne!(NodeName::new("10.0.0.1"), NodeName::new("10.0.0.2"));
        assert_eq!(NodeName::new(" \0"), None);
    }

    #[test]
    fn worker_account_names_the_vm() {
        // Words and GUID of a real 18500 record.
        let sid = "S-1-5-83-1-1570674725-1260853619-2008740250-1715473044";
        let id = VmId::from_worker_sid(sid).unwrap();
        assert_eq!(id.to_string(), "5D9E9825-1973-4B27-9AF1-BA77940A4066");
        assert_eq!(id.to_worker_sid(), sid);
        assert_eq!(VmId::from_worker_sid("S-1-5-18"), None);
    }

    #[test]
    fn resources_name_their_vm() {
        let resource = ResourceName::new("Virtual Machine Configuration web01").unwrap();
        let (vm, which) = resource.vm().unwrap();
        assert_eq!((vm.as_str(), which), ("web01", VmResource::Configuration));
        assert!(ResourceName::new("Cluster Disk 1").unwrap().vm().is_none());
    }

    #[test]
    fn guids_are_read_strictly() {
        assert!(VmId::parse("{5d9e9825-1973-4b27-9af1-ba77940a4066}").is_some());
        assert!(VmId::parse("5d9e98251973-4b27-9af1-ba77940a40661").is_none());
        assert!(VmId::parse("00000000-0000-0000-0000-000000000000").is_none());
    }
}
