//! Which record ids of a log were seen, as ranges: where ids jump, records are missing.
//! Takes memory for the jumps, not for the records. Says nothing of what was in them.

use std::sync::Arc;

use crate::model::time::Moment;

/// Ids in a row, with the times of the first and the last of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IdRange {
    /// Lowest id and its time.
    pub first: (u64, Moment),
    /// Highest id and its time.
    pub last: (u64, Moment),
}

/// Ranges of one channel are joined when they are twice as many as after the last
/// time, and this many at least.
const JOIN_FROM: usize = 1024;

/// The ranges of one channel, in the order in which they were read.
#[derive(Clone, Debug)]
struct Ranges {
    channel: Arc<str>,
    list: Vec<IdRange>,
    join_at: usize,
}

impl Ranges {
    fn new(channel: &Arc<str>) -> Self {
        Ranges {
            channel: channel.clone(),
            list: Vec::new(),
            join_at: JOIN_FROM,
        }
    }

    fn add(&mut self, range: IdRange) {
        if let Some(open) = self.list.last_mut()
            && open.last.0.checked_add(1) == Some(range.first.0)
        {
            open.last = range.last;
            return;
        }
        if self.list.len() >= self.join_at {
            self.list = joined(std::mem::take(&mut self.list));
            self.join_at = JOIN_FROM.max(2 * self.list.len());
        }
        self.list.push(range);
    }
}

/// The same ids in as few ranges as can be, in order. Of an id that was seen twice the
/// earlier time counts.
fn joined(mut list: Vec<IdRange>) -> Vec<IdRange> {
    list.sort_unstable();
    let mut out: Vec<IdRange> = Vec::new();
    for range in list {
        match out.last_mut() {
            Some(open) if range.first.0 <= open.last.0.saturating_add(1) => {
                if range.last.0 > open.last.0 {
                    open.last = range.last;
                } else if range.last.0 == open.last.0 {
                    open.last.1 = open.last.1.min(range.last.1);
                }
            }
            _ => out.push(range),
        }
    }
    out
}

/// The record ids of one member, by channel.
#[derive(Clone, Debug, Default)]
pub struct RecordIds {
    /// In the order in which they were first read.
    channels: Vec<Ranges>,
    /// Where the last one was added.
    recent: usize,
}

/// A channel, and the ids and times of the records before and behind a jump of its ids.
pub type Jump = (Arc<str>, (u64, Moment), (u64, Moment));

impl RecordIds {
    /// Adds ids in a row.
    pub fn add(&mut self, channel: &Arc<str>, range: IdRange) {
        let is =
            |ranges: &Ranges| Arc::ptr_eq(&ranges.channel, channel) || ranges.channel == *channel;
        if !self.channels.get(self.recent).is_some_and(is) {
            self.recent = self.channels.iter().position(is).unwrap_or_else(|| {
                self.channels.push(Ranges::new(channel));
                self.channels.len() - 1
            });
        }
        if let Some(ranges) = self.channels.get_mut(self.recent) {
            ranges.add(range);
        }
    }

    /// Takes all of `other`, which was read behind this.
    pub fn absorb(&mut self, other: RecordIds) {
        for ranges in other.channels {
            for range in ranges.list {
                self.add(&ranges.channel, range);
            }
        }
    }

    /// The lowest id of all.
    #[must_use]
    pub fn lowest(&self) -> Option<u64> {
        let all = self.channels.iter().flat_map(|ranges| &ranges.list);
        all.map(|range| range.first.0).min()
    }

    /// Where ids jump, by channel and id: the ids and times before and behind.
    #[must_use]
    pub fn jumps(&self) -> Vec<Jump> {
        let mut by_name: Vec<&Ranges> = self.channels.iter().collect();
        by_name.sort_by(|a, b| a.channel.cmp(&b.channel));
        let mut jumps = Vec::new();
        for ranges in by_name {
            for pair in joined(ranges.list.clone()).windows(2) {
                if let [before, behind] = pair {
                    jumps.push((ranges.channel.clone(), before.last, behind.first));
                }
            }
        }
        jumps
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Moment {
        Moment::MIN.plus_seconds(second as f64)
    }

    proptest! {
        /// The same as keeping every id and time.
        #[test]
        fn ranges_tell_the_same_jumps_as_all_ids(
            rows in prop::collection::vec((0u64..60, 1u64..5, 0i64..9), 0..40),
            cut in any::<prop::sample::Index>(),
        ) {
            let channel: Arc<str> = "System".into();
            let mut all: Vec<(u64, Moment)> = Vec::new();
            let (mut front, mut back) = (RecordIds::default(), RecordIds::default());
            let cut = cut.index(rows.len() + 1);
            for (row, (id, length, second)) in rows.into_iter().enumerate() {
                let records: Vec<(u64, Moment)> =
                    (0..length).map(|n| (id + n, at(second + n as i64))).collect();
                let ids = if row < cut { &mut front } else { &mut back };
                ids.add(&channel, IdRange {
                    first: records[0],
                    last: records[records.len() - 1],
                });
                all.extend(records);
            }
            front.absorb(back);
            all.sort_unstable();
            all.dedup_by_key(|(id, _)| *id);
            let expected: Vec<_> = all
                .windows(2)
                .filter(|pair| pair[1].0 > pair[0].0 + 1)
                .map(|pair| (channel.clone(), pair[0], pair[1]))
                .collect();
            prop_assert_eq!(front.jumps(), expected);
            prop_assert_eq!(front.lowest(), all.first().map(|(id, _)| *id));
        }
    }

    #[test]
    fn of_an_id_seen_twice_the_earlier_time_counts() {
        let channel: Arc<str> = "System".into();
        let mut ids = RecordIds::default();
        for (first, last) in [((5, 50), (7, 70)), ((1, 12), (2, 20)), ((1, 10), (2, 25))] {
            ids.add(
                &channel,
                IdRange {
                    first: (first.0, at(first.1)),
                    last: (last.0, at(last.1)),
                },
            );
        }
        assert_eq!(ids.jumps(), [(channel, (2, at(20)), (5, at(50)))]);
    }

    #[test]
    fn many_jumps_back_and_forth_take_little_memory() {
        let channel: Arc<str> = "System".into();
        let mut ids = RecordIds::default();
        for id in (0..100_000u64).map(|n| n ^ 1) {
            let one = (id, at(0));
            ids.add(
                &channel,
                IdRange {
                    first: one,
                    last: one,
                },
            );
        }
        assert!(ids.channels[0].list.len() <= JOIN_FROM + 1);
        assert!(ids.jumps().is_empty());
    }
}
