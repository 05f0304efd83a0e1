//! Versions of Windows Server by the builds that carry them.

/// Name, first and last build of each version, oldest first.
pub const VERSIONS: [(&str, u32, u32); 8] = [
    ("2008", 6001, 6003),
    ("2008 R2", 7600, 7601),
    ("2012", 9200, 9200),
    ("2012 R2", 9600, 9600),
    ("2016", 14393, 14393),
    ("2019", 17763, 17763),
    ("2022", 20348, 20348),
    ("2025", 26100, 26100),
];

/// The version that a build belongs to (`2012 R2`); `None` for a build that is no
/// version's own.
#[must_use]
pub fn version_of(build: u32) -> Option<&'static str> {
    let of = |(_, first, last): &(&str, u32, u32)| (*first..=*last).contains(&build);
    VERSIONS.iter().find(|v| of(v)).map(|(name, ..)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_has_its_version_and_no_other() {
        assert_eq!(version_of(6002), Some("2008"));
        assert_eq!(version_of(7601), Some("2008 R2"));
        assert_eq!(version_of(26100), Some("2025"));
        assert_eq!(version_of(9201), None);
        assert_eq!(version_of(0), None);
    }
}
