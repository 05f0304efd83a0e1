//! Axes: time in the reader's zone, lengths of time on a logarithmic scale, and
//! numbers. Where a value stands, and which ticks are worth a line.

use crate::model::time::{Moment, Window};
use crate::report::locale::Locale;
use crate::report::when::Clock;

use super::GUTTER;
use super::sketch::{Anchor, GRID, MUTED, NOTE, Sketch};

/// Time to pixels, over the plot's width.
pub(super) struct TimeAxis<'a> {
    pub window: Window,
    pub clock: &'a Clock,
    right: i32,
}

impl<'a> TimeAxis<'a> {
    pub fn new(window: Window, clock: &'a Clock, sketch: &Sketch) -> Self {
        TimeAxis {
            window,
            clock,
            right: sketch.right(),
        }
    }

    /// Where an instant stands; those outside at the nearer end.
    pub fn x(&self, at: Moment) -> i32 {
        let plot = f64::from(self.right - GUTTER);
        let span = self.window.seconds().max(1e-7);
        let share = (at.seconds_since(self.window.from) / span).clamp(0.0, 1.0);
        GUTTER + (share * plot).round() as i32
    }

    /// The part of an interval that lies in the window, in pixels. An open end reaches
    /// to the edge.
    pub fn clipped(&self, from: Option<Moment>, to: Option<Moment>) -> Option<(i32, i32)> {
        let from = from.unwrap_or(self.window.from);
        let to = to.unwrap_or(self.window.to);
        (from <= self.window.to && to >= self.window.from).then(|| (self.x(from), self.x(to)))
    }

    /// Round instants in the reader's zone, not nearer than they can be read.
    fn ticks(&self) -> (Vec<Moment>, bool, i64) {
        const STEPS: [i64; 19] = [
            1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200,
            86_400, 172_800,
        ];
        let most = f64::from((self.right - GUTTER) / 84).max(2.0);
        let span = self.window.seconds();
        let mut step = STEPS
            .into_iter()
            .find(|&s| span / s as f64 <= most)
            .unwrap_or(604_800);
        while span / step as f64 > most {
            step *= 2;
        }
        let east = self.clock.seconds_east(self.window.from);
        let from = self.window.from.ticks().div_euclid(10_000_000) + east;
        let first = (from + step - 1).div_euclid(step) * step;
        let ticks = (0..=most as i64 + 1)
            .filter_map(|n| Moment::from_ticks((first + n * step - east) * 10_000_000))
            .filter(|m| self.window.contains(*m))
            .collect();
        (ticks, step < 60, step)
    }

    /// Lines and times under them; the date under the first and where it changes. The
    /// next free `y`.
    pub fn draw(&self, sketch: &mut Sketch, top: i32, bottom: i32) -> i32 {
        let (ticks, seconds, step) = self.ticks();
        let mut date = String::new();
        for tick in ticks {
            let x = self.x(tick);
            sketch.line((x, top), (x, bottom), GRID, 1);
            // Labels keep inside the picture.
            let center = x.min(sketch.width - 44);
            let today = self.clock.civil(tick, "%Y-%m-%d");
            let mut y = bottom + 12;
            if step < 86_400 {
                let form = if seconds { "%H:%M:%S" } else { "%H:%M" };
                let text = self.clock.civil(tick, form);
                sketch.text(&text, (center, y), NOTE, MUTED, Anchor::Center, false);
                y += 15;
            }
            if today != date {
                sketch.text(&today, (center, y), NOTE, MUTED, Anchor::Center, false);
                date = today;
            }
        }
        sketch.line((GUTTER, bottom), (self.right, bottom), MUTED, 1);
        bottom + if step < 86_400 { 44 } else { 30 }
    }

    /// From when to when, in which zone.
    pub fn caption(&self, locale: &dyn Locale) -> String {
        locale.chart_window(
            &self.clock.second(self.window.from),
            &self.clock.second(self.window.to),
            &self.clock.zone_label(),
        )
    }
}

/// Lengths of time to pixels, logarithmic.
pub(super) struct LogAxis {
    low: f64,
    high: f64,
    from: i32,
    to: i32,
}

impl LogAxis {
    /// Around all values, in seconds; values below a millisecond count as one.
    pub fn new(values: impl IntoIterator<Item = f64>, from: i32, to: i32) -> Self {
        let (mut low, mut high) = (f64::INFINITY, 0.0f64);
        for value in values {
            let value = value.max(0.001);
            low = low.min(value);
            high = high.max(value);
        }
        if !low.is_finite() || high <= 0.0 {
            (low, high) = (1.0, 10.0);
        }
        // Never narrower than a decade: small differences must not look large.
        let (mut low, mut high) = (low.log10() - 0.08, high.log10() + 0.08);
        if high - low < 1.0 {
            let middle = f64::midpoint(low, high);
            (low, high) = (middle - 0.5, middle + 0.5);
        }
        LogAxis {
            low,
            high,
            from,
            to,
        }
    }

    /// Where a value stands along the axis.
    pub fn at(&self, seconds: f64) -> i32 {
        let share = (seconds.max(0.001).log10() - self.low) / (self.high - self.low);
        let share = share.clamp(0.0, 1.0);
        self.from + (share * f64::from(self.to - self.from)).round() as i32
    }

    /// Lengths that are worth a line, at least `apart` pixels from each other.
    pub fn ticks(&self, apart: i32) -> Vec<f64> {
        const ALL: [f64; 24] = [
            0.001, 0.01, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0,
            1200.0, 1800.0, 3600.0, 7200.0, 18_000.0, 43_200.0, 86_400.0, 432_000.0, 864_000.0,
        ];
        // The rounder come first; the others fill what room they leave.
        const ROUND: [f64; 10] = [
            0.001, 0.01, 0.1, 1.0, 10.0, 60.0, 600.0, 3600.0, 86_400.0, 864_000.0,
        ];
        let inside = |v: f64| (self.low..=self.high).contains(&v.log10());
        let mut kept: Vec<f64> = Vec::new();
        for value in ROUND.into_iter().chain(ALL) {
            let far = |other: &f64| (self.at(*other) - self.at(value)).abs() >= apart;
            if inside(value) && kept.iter().all(far) {
                kept.push(value);
            }
        }
        kept.sort_by(f64::total_cmp);
        kept
    }

    /// Upright lines with lengths under them; the next free `y`.
    pub fn draw(&self, sketch: &mut Sketch, locale: &dyn Locale, top: i32, bottom: i32) -> i32 {
        for tick in self.ticks(76) {
            let x = self.at(tick);
            sketch.line((x, top), (x, bottom), GRID, 1);
            let text = locale.duration(tick);
            sketch.text(&text, (x, bottom + 12), NOTE, MUTED, Anchor::Center, false);
        }
        sketch.line((self.from, bottom), (self.to, bottom), MUTED, 1);
        bottom + 26
    }
}

/// A round step of 1, 2 or 5 times a power of ten, so that not more than `most` of them
/// make up `span`.
pub(super) fn round_step(span: f64, most: f64) -> f64 {
    let rough = (span / most.max(1.0)).max(1e-9);
    let power = 10f64.powf(rough.log10().floor());
    for factor in [1.0, 2.0, 5.0] {
        if factor * power >= rough * 0.999_999 {
            return factor * power;
        }
    }
    10.0 * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_round_and_not_too_small() {
        for (span, most, step) in [(10.0, 5.0, 2.0), (0.7, 5.0, 0.2), (1201.0, 6.0, 500.0)] {
            let found = round_step(span, most);
            assert!((found - step).abs() < 1e-9, "{span}: {found}");
        }
    }

    #[test]
    fn a_log_axis_keeps_order_and_its_ends() {
        let axis = LogAxis::new([0.4, 12.0, 90.0], 100, 500);
        assert!(axis.at(0.4) >= 100 && axis.at(90.0) <= 500);
        assert!(axis.at(0.4) < axis.at(12.0) && axis.at(12.0) < axis.at(90.0));
        let ticks = axis.ticks(60);
        assert!(ticks.contains(&1.0) && ticks.contains(&10.0));
        let near = |w: &[f64]| axis.at(w[1]) - axis.at(w[0]) < 60;
        assert!(!ticks.windows(2).any(near), "{ticks:?}");
        // Nothing measured still gives an axis.
        assert!(!LogAxis::new([], 0, 400).ticks(50).is_empty());
    }
}
