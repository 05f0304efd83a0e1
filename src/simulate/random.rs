//! Pseudo-random numbers from a scenario's seed, and from nothing else.
//!
//! Each use draws from its own stream, named by a label: an event added to a
//! scenario does not change the GUIDs of its VMs. Not for secrets.

/// A splitmix64 generator (Steele, Lea and Flood, 2014).
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    /// The stream of this seed and label.
    pub(super) fn stream(seed: u64, label: &str) -> Self {
        // FNV-1a, to spread labels over the state space.
        let hash = label.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| {
            (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        let mut this = Random(seed ^ hash);
        this.next();
        this
    }

    /// 64 random bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`; 0 when `n` is 0.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        if n == 0 { 0 } else { self.next() % n }
    }

    /// A number in `low..high`.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        let unit = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        low + unit * (high - low)
    }

    /// One of `choices`; `None` when there are none.
    pub(super) fn pick<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        choices.get(usize::try_from(self.below(choices.len() as u64)).ok()?)
    }

    /// A version 4 GUID, as its 128 bits.
    pub(super) fn guid(&mut self) -> u128 {
        let bits = u128::from(self.next()) << 64 | u128::from(self.next());
        bits & !(0xF << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62
    }
}

/// Prints a GUID in upper case without braces.
pub(super) fn guid_text(bits: u128) -> String {
    format!(
        "{:08X}-{:04X}-{:04X}-{:04X}-{:012X}",
        bits >> 96,
        bits >> 80 & 0xFFFF,
        bits >> 64 & 0xFFFF,
        bits >> 48 & 0xFFFF,
        bits & 0xFFFF_FFFF_FFFF
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_repeatable_and_apart() {
        let draw = |label| Random::stream(7, label).next();
        assert_eq!(draw("a"), draw("a"));
        assert_ne!(draw("a"), draw("b"));
        let guid = guid_text(Random::stream(1, "vm").guid());
        assert_eq!(guid.len(), 36);
        assert_eq!(&guid[14..15], "4", "version digit of {guid}");
        assert!("89AB".contains(&guid[19..20]), "variant digit of {guid}");
    }
}
