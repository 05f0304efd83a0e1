//! On which clock a cluster.log is that does not say so, and where daylight saving
//! time began or ended within one: found by the event logs of its node, which are in
//! UTC. What a header says is read by `readers::cluster_log`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::{Part, is_of_a_node};
use crate::model::coverage::FileKind;
use crate::model::diagnostic::{DiagnosticCode, Diagnostics};
use crate::model::event::{Event, Origin};
use crate::model::id::NodeName;
use crate::model::source::{Locator, SourceRef};
use crate::model::time::{Moment, TimeBasis};

/// Two records of one happening in a node's event logs and its cluster.log lie within
/// so many seconds of each other.
const SAME_S: f64 = 3.0;
/// So many lines of a cluster.log must find their record before they decide its clock.
const ENOUGH: usize = 3;

/// A cluster.log without a header does not say whether it is in local time. Its lines
/// tell of the same happenings as the event logs of its node, which are in UTC: the
/// offset under which more of them agree is the log's. The logs of one collection were
/// written in one way: where one has too few lines to decide, all of them do together.
pub(super) fn find(parts: &mut [Part], diagnostics: &mut Diagnostics) {
    let mut stamps: BTreeMap<NodeName, Vec<Moment>> = BTreeMap::new();
    for event in parts.iter().flat_map(|p| &p.records.events) {
        if let (Some(node), Origin::EventLog { .. }) = (&event.node, &event.origin)
            && is_of_a_node(&event.origin)
        {
            stamps.entry(node.clone()).or_default().push(event.time);
        }
    }
    for list in stamps.values_mut() {
        list.sort_unstable();
    }
    let mut together: BTreeMap<Arc<str>, Votes> = BTreeMap::new();
    let mut undecided: Vec<(usize, Arc<str>)> = Vec::new();
    for (at, part) in parts.iter_mut().enumerate() {
        let basis = part.file.time_basis;
        let known = part.file.node.as_ref().and_then(|n| stamps.get(n));
        let (FileKind::ClusterLog, Some(known)) = (part.file.kind, known) else {
            continue;
        };
        if let TimeBasis::Local { offset_minutes } = basis {
            let lines = Lines::new(&part.records.events, offset_minutes, known);
            if let Some(change) = lines.change_to(offset_minutes) {
                apply(part, offset_minutes, &change, diagnostics);
            }
        }
        if basis != TimeBasis::Assumed {
            continue;
        }
        let lines = Lines::new(&part.records.events, 0, known);
        let votes = lines.votes();
        let archive = archive(&part.file.path);
        let pool = together.entry(archive.clone()).or_default();
        for (minutes, n) in &votes {
            *pool.entry(*minutes).or_default() += n;
        }
        if let Some(change) = lines.change(&votes) {
            apply(part, 0, &change, diagnostics);
        } else if let Some(minutes) = decide(&votes) {
            apply(part, 0, &Change::none(minutes), diagnostics);
        } else {
            undecided.push((at, archive));
        }
    }
    for (at, archive) in undecided {
        if let Some(minutes) = together.get(&archive).and_then(decide) {
            apply(&mut parts[at], 0, &Change::none(minutes), diagnostics);
        }
    }
}

/// The archive that a member is in; nothing where it is a file of its own.
fn archive(path: &str) -> Arc<str> {
    path.rfind("!/").map_or("", |end| &path[..end]).into()
}

/// Per offset in minutes, how many lines agree with the event logs under it.
type Votes = BTreeMap<i32, usize>;

/// The offset under which most lines find their record, if no other comes near; UTC
/// where none does.
fn decide(votes: &Votes) -> Option<i32> {
    let of = |minutes: i32| votes.get(&minutes).copied().unwrap_or_default();
    let as_utc = of(0);
    let mut local: Vec<(usize, i32)> = votes
        .iter()
        .filter(|(minutes, _)| **minutes != 0)
        .map(|(minutes, n)| (*n, *minutes))
        .collect();
    local.sort_unstable_by(|a, b| b.cmp(a));
    match local[..] {
        [(most, minutes), (next, _), ..]
            if most >= 2 * next && most >= ENOUGH && most >= 2 * as_utc =>
        {
            Some(minutes)
        }
        _ => (as_utc >= ENOUGH).then_some(0),
    }
}

/// The offset of a log, and where it was another one before.
struct Change {
    /// Minutes east of UTC, at the end of the log.
    minutes: i32,
    before: Option<Before>,
}

/// The offset in force before a change.
#[derive(Clone, Copy)]
struct Before {
    minutes: i32,
    /// Position of the first line under the later offset.
    line: usize,
    /// The local time that it shows.
    shown: Moment,
    /// Behind the section in which that was found.
    end: usize,
}

impl Before {
    /// Whether a line is from before the change. Other sections are sorted in by what
    /// their lines show.
    fn holds(&self, at: usize, shown: Moment) -> bool {
        if at >= self.end {
            shown < self.shown
        } else {
            at < self.line && shown < self.shown.plus_seconds(LONGEST_FOLD_S)
        }
    }
}

impl Change {
    fn none(minutes: i32) -> Self {
        Change {
            minutes,
            before: None,
        }
    }
}

/// The lines of a cluster.log by the time that they show, against the stamps of its
/// node's event logs.
struct Lines<'a> {
    /// Shown times as if they were UTC, in the log's order.
    shown: Vec<Moment>,
    known: &'a [Moment],
}

impl<'a> Lines<'a> {
    /// `minutes` is what was taken away from the shown times.
    fn new(events: &[Event], minutes: i32, known: &'a [Moment]) -> Self {
        let back = 60.0 * f64::from(minutes);
        Lines {
            shown: events.iter().map(|e| e.time.plus_seconds(back)).collect(),
            known,
        }
    }

    fn agrees(&self, shown: Moment, minutes: i32) -> bool {
        let time = shown.plus_seconds(-60.0 * f64::from(minutes));
        let next = self
            .known
            .partition_point(|t| *t < time.plus_seconds(-SAME_S));
        self.known
            .get(next)
            .is_some_and(|t| *t <= time.plus_seconds(SAME_S))
    }

    /// Under every offset that some zone has.
    fn votes(&self) -> Votes {
        (-48..=56)
            .map(|quarter| quarter * 15)
            .map(|minutes| {
                let lines = self.shown.iter().filter(|t| self.agrees(**t, minutes));
                (minutes, lines.count())
            })
            .collect()
    }

    /// Daylight saving time that began or ended within the log, whatever its offset.
    fn change(&self, votes: &Votes) -> Option<Change> {
        let most = votes.iter().max_by_key(|(minutes, n)| (**n, **minutes))?.0;
        [*most, most + 60, most - 60]
            .into_iter()
            .find_map(|minutes| self.change_to(minutes))
    }

    /// Daylight saving time that began or ended within a log that ends with this
    /// offset: up to some line an hour more or less agrees, from there this one.
    fn change_to(&self, minutes: i32) -> Option<Change> {
        [minutes + 60, minutes - 60]
            .into_iter()
            .find_map(|before| self.split(before, minutes))
    }

    fn split(&self, before: i32, after: i32) -> Option<Change> {
        // Sections follow each other, each in order; the longest one decides.
        let mut runs: Vec<Range<usize>> = Vec::new();
        for at in 0..self.shown.len() {
            let back = at
                .checked_sub(1)
                .map_or(0.0, |last| self.shown[last].seconds_since(self.shown[at]));
            match runs.last_mut() {
                Some(run) if back < LONGEST_FOLD_S => run.end = at + 1,
                _ => runs.push(at..at + 1),
            }
        }
        let run = runs.into_iter().max_by_key(ExactSizeIterator::len)?;
        let only = |at: usize, yes: i32, no: i32| {
            self.agrees(self.shown[at], yes) && !self.agrees(self.shown[at], no)
        };
        // The best place for the change, counted from the begin.
        let (mut score, mut best) = (0i64, (0i64, run.start));
        for at in run.clone() {
            score += i64::from(only(at, before, after)) - i64::from(only(at, after, before));
            if score > best.0 {
                best = (score, at + 1);
            }
        }
        let middle = best.1;
        let count =
            |range: Range<usize>, yes: i32, no: i32| range.filter(|at| only(*at, yes, no)).count();
        let (first, second) = (run.start..middle, middle..run.end);
        // Each side has to speak for its own offset, and hardly for the other.
        let speaks = |side: &Range<usize>, yes: i32, no: i32| {
            let (for_it, against) = (count(side.clone(), yes, no), count(side.clone(), no, yes));
            for_it >= ENOUGH && for_it >= 4 * against && 3 * for_it >= self.seen(side, yes)
        };
        if !speaks(&first, before, after) || !speaks(&second, after, before) {
            return None;
        }
        // Between what surely is before and what surely is after, the clock itself
        // shows the change: it goes back, or leaves an hour out.
        let last = first.rev().find(|at| only(*at, before, after))?;
        let next = second.clone().find(|at| only(*at, after, before))?;
        if !spans_small_hours(self.shown[last], self.shown[next]) {
            return None;
        }
        let step = |at: usize| self.shown[at].seconds_since(self.shown[at - 1]);
        let gap = if before > after {
            (last + 1..=next).find(|at| step(*at) < 0.0)
        } else {
            (last + 1..=next).max_by(|a, b| step(*a).total_cmp(&step(*b)).then(b.cmp(a)))
        };
        let at = gap.unwrap_or(next);
        Some(Change {
            minutes: after,
            before: Some(Before {
                minutes: before,
                line: at,
                shown: self.shown[at],
                end: run.end,
            }),
        })
    }

    /// How many lines of a range the event logs could confirm: those of their time.
    fn seen(&self, range: &Range<usize>, minutes: i32) -> usize {
        let (Some(first), Some(last)) = (self.known.first(), self.known.last()) else {
            return 0;
        };
        let shift = -60.0 * f64::from(minutes);
        range
            .clone()
            .map(|at| self.shown[at].plus_seconds(shift))
            .filter(|t| first <= t && t <= last)
            .count()
    }
}

/// A log that goes back by less shows the same hour twice; by more, another section
/// begins.
const LONGEST_FOLD_S: f64 = 5400.0;

/// Clocks are changed between midnight and four, local time.
fn spans_small_hours(from: Moment, to: Moment) -> bool {
    const DAY: i64 = 86_400;
    let seconds = |t: Moment| t.ticks().div_euclid(10_000_000);
    let into_day = seconds(from).rem_euclid(DAY);
    into_day <= 4 * 3600 || seconds(from) - into_day + DAY <= seconds(to)
}

/// Moves a log's events by the offset that was found, in place of `taken` minutes.
fn apply(part: &mut Part, taken: i32, change: &Change, diagnostics: &mut Diagnostics) {
    let shift = |minutes: i32| -60.0 * f64::from(minutes - taken);
    let (first, last) = match change.before {
        Some(before) => (before.minutes, change.minutes),
        None => (change.minutes, change.minutes),
    };
    for (at, event) in part.records.events.iter_mut().enumerate() {
        let shown = event.time.plus_seconds(60.0 * f64::from(taken));
        let minutes = match change.before {
            Some(before) if before.holds(at, shown) => before.minutes,
            _ => change.minutes,
        };
        event.time = event.time.plus_seconds(shift(minutes));
    }
    part.file.first = part.file.first.map(|t| t.plus_seconds(shift(first)));
    part.file.last = part.file.last.map(|t| t.plus_seconds(shift(last)));
    let minutes = change.minutes;
    part.file.time_basis = match minutes {
        0 if change.before.is_none() => TimeBasis::Utc,
        offset_minutes => TimeBasis::Local { offset_minutes },
    };
    if part.file.time_basis == TimeBasis::Utc {
        return;
    }
    let text = match change.before {
        Some(before) => format!(
            "its lines are in local time, first UTC{:+} min and then UTC{minutes:+} min: so \
             they agree with the node's event logs",
            before.minutes
        ),
        None => format!(
            "its lines are in local time (UTC{minutes:+} min): so they agree with the node's \
             event logs"
        ),
    };
    let source = SourceRef::new(part.file.path.clone(), Locator::Whole);
    diagnostics.push(DiagnosticCode::TimeBasis, source, text);
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKYO: i32 = 540;

    fn at(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    /// An event log with a record every ten minutes, from `first` on.
    fn known(first: &str, records: usize) -> Vec<Moment> {
        let first = at(first);
        (0..records)
            .map(|n| first.plus_seconds(600.0 * n as f64))
            .collect()
    }

    fn lines<'a>(known: &'a [Moment], offset: impl Fn(Moment) -> i32) -> Lines<'a> {
        Lines {
            shown: known
                .iter()
                .map(|t| t.plus_seconds(60.0 * f64::from(offset(*t)) + 1.0))
                .collect(),
            known,
        }
    }

    /// Records that are not evenly spaced: no hour fits over another.
    fn uneven(first: &str, records: usize) -> Vec<Moment> {
        let mut times = known(first, records);
        for (n, time) in times.iter_mut().enumerate() {
            *time = time.plus_seconds((n * n * 37 % 500) as f64);
        }
        times
    }

    #[test]
    fn a_log_in_which_summer_time_ends_has_two_offsets() {
        // At 06:00 UTC the clocks of New York go from -04:00 to -05:00.
        let known = uneven("2014-11-02T03:00:00Z", 40);
        let change = at("2014-11-02T06:00:00Z");
        let lines = lines(&known, |t| if t < change { -240 } else { -300 });
        let found = lines.change(&lines.votes()).unwrap();
        let before = found.before.unwrap();
        assert_eq!((before.minutes, found.minutes), (-240, -300));
        assert_eq!(
            known[before.line - 1..]
                .iter()
                .filter(|t| **t < change)
                .count(),
            1
        );
    }

    #[test]
    fn a_log_in_which_summer_time_begins_has_two_offsets() {
        let known = uneven("2019-03-30T22:00:00Z", 40);
        let change = at("2019-03-31T01:00:00Z");
        let lines = lines(&known, |t| if t < change { 60 } else { 120 });
        let before = lines.change_to(120).unwrap().before.unwrap();
        assert_eq!(before.minutes, 60);
        assert!(known[before.line - 1] < change && change <= known[before.line]);
    }

    #[test]
    fn a_log_without_a_change_has_none() {
        let all = uneven("2019-05-01T00:00:00Z", 60);
        let steady = lines(&all, |_| TOKYO);
        assert!(steady.change(&steady.votes()).is_none());
        assert_eq!(decide(&steady.votes()), Some(TOKYO));
        // The log goes further back than the event logs.
        let late = Lines {
            shown: steady.shown.clone(),
            known: &all[25..],
        };
        assert!(late.change(&late.votes()).is_none());
        assert_eq!(decide(&late.votes()), Some(TOKYO));
    }

    #[test]
    fn clocks_are_not_changed_at_noon() {
        let known = uneven("2019-05-01T00:00:00Z", 40);
        let change = at("2019-05-01T03:00:00Z");
        let noon = lines(
            &known[..30],
            |t| if t < change { TOKYO } else { TOKYO + 60 },
        );
        assert!(noon.change_to(TOKYO + 60).is_none());
    }

    #[test]
    fn an_offset_is_taken_only_when_no_other_comes_near() {
        let votes =
            |list: &[(i32, usize)]| -> Option<i32> { decide(&list.iter().copied().collect()) };
        assert_eq!(votes(&[(0, 1), (540, 4), (555, 1)]), Some(540));
        assert_eq!(votes(&[(0, 3), (540, 4), (555, 1)]), Some(0));
        assert_eq!(votes(&[(0, 0), (540, 4), (555, 3)]), None);
        assert_eq!(votes(&[(0, 0), (540, 2), (555, 0)]), None);
    }
}
