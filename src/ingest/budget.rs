//! Memory that events may take: where they would take more, the latest ones are kept.
//!
//! Which time they are kept from is told by how many there are in each minute, so neither
//! the order in which files are read nor the number of threads decides it. A period, and
//! no sample: what is kept is whole, so that what is absent in it was absent. It counts as
//! if that period had been asked for.
//!
//! What events take is estimated; what is read and what the report is made of are in the
//! estimate, messages of events are not.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::model::event::Event;
use crate::model::time::{Moment, TICKS_PER_SECOND, Window};
use crate::normalize::Normalizer;
use crate::readers::raw::{InFront, RecordSink};

/// What is taken without an event: the program, its tables and buffers.
const BASE: u64 = 96 << 20;
/// What an event takes until the report is written.
const EVENT: u64 = 2 << 10;
/// Fewest events that are kept, whatever was asked for.
const LEAST: u64 = 10_000;
/// Events that a reader keeps before it asks again.
const STEP: usize = 1024;

/// How many events may be kept, shared by all readers.
pub(super) struct Budget {
    limit: u64,
    window: Option<Window>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Events of each minute that may be kept, and how many they are together.
    minutes: BTreeMap<i64, u64>,
    total: u64,
    /// Minutes before this are not kept.
    from: Option<i64>,
    /// Events of members that were read.
    shelf: BTreeMap<usize, Vec<Event>>,
    /// Events that came since the shelf was looked through.
    since: u64,
}

fn minute(time: Moment) -> i64 {
    time.ticks().div_euclid(60 * TICKS_PER_SECOND)
}

impl Budget {
    /// Of so many bytes; only events in a window count.
    pub(super) fn new(bytes: u64, window: Option<Window>) -> Self {
        Budget {
            limit: (bytes.saturating_sub(BASE) / EVENT).max(LEAST),
            window,
            state: Mutex::default(),
        }
    }

    /// Counts the events of a list behind the first `counted`, and drops those that are too
    /// old by now.
    pub(super) fn settle(&self, events: &mut Vec<Event>, counted: &mut usize) {
        if let Some(window) = &self.window {
            let mut at = 0;
            events.retain(|event| {
                at += 1;
                at <= *counted || window.contains(event.time)
            });
        }
        let new = events.get(*counted..).unwrap_or(&[]);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for event in new {
            let minute = minute(event.time);
            if state.from.is_none_or(|from| minute >= from) {
                *state.minutes.entry(minute).or_default() += 1;
                state.total += 1;
            }
        }
        state.since += new.len() as u64;
        while state.total > self.limit
            && state.minutes.len() > 1
            && let Some((minute, count)) = state.minutes.pop_first()
        {
            state.total -= count;
            state.from = Some(minute + 1);
        }
        let from = state.from;
        if state.since > self.limit / 4 {
            state.since = 0;
            for events in state.shelf.values_mut() {
                keep(events, from);
                events.shrink_to_fit();
            }
        }
        drop(state);
        keep(events, from);
        *counted = events.len();
    }

    /// Drops events that are too old by now.
    pub(super) fn trim(&self, events: &mut Vec<Event>) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let from = state.from;
        drop(state);
        keep(events, from);
    }

    /// Puts the events of a member away, so that those which become too old can be dropped.
    pub(super) fn put(&self, member: usize, events: Vec<Event>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.shelf.insert(member, events);
    }

    /// Gives the events of a member back.
    pub(super) fn take(&self, member: usize) -> Vec<Event> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.shelf.remove(&member).unwrap_or_default()
    }

    /// The time from which events are kept, when they are not all.
    pub(super) fn from(&self) -> Option<Moment> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Moment::from_ticks(state.from?.checked_mul(60 * TICKS_PER_SECOND)?)
    }
}

fn keep(events: &mut Vec<Event>, from: Option<i64>) {
    if let Some(from) = from {
        events.retain(|event| minute(event.time) >= from);
    }
}

/// A normalizer whose events are held to a budget.
pub(super) struct Bounded<'a, 'd> {
    pub(super) sink: &'a mut Normalizer<'d>,
    pub(super) budget: &'a Budget,
    pub(super) counted: usize,
}

impl Bounded<'_, '_> {
    /// Counts what was not counted yet.
    pub(super) fn settle(&mut self) {
        self.budget
            .settle(&mut self.sink.records.events, &mut self.counted);
    }
}

impl InFront for Bounded<'_, '_> {
    fn behind(&self) -> &dyn RecordSink {
        self.sink
    }

    fn behind_mut(&mut self) -> &mut dyn RecordSink {
        self.sink
    }

    fn handed_on(&mut self) {
        if self.sink.records.events.len() >= self.counted + STEP {
            self.settle();
        }
    }
}
