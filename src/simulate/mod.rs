//! Scenarios into bundles: real files with a known truth.
//!
//! ```text
//! text ─► scenario ─► world + noise ─► records, lines, exports ─► bundle
//!        (language)   (state, steps)   (shapes, cluster_log, inventory)
//! ```
//!
//! It never reads a log and knows nothing of the readers, the dictionary or the
//! rules: what it writes must stand on its own.

mod bundle;
mod cluster_log;
pub mod evtx_writer;
mod exports;
mod inventory;
mod messages;
pub mod mta_writer;
mod noise;
mod random;
pub mod record;
mod scenario;
mod shapes;
mod stated;
mod truth;
mod world;

pub use bundle::Bundle;
pub use scenario::{
    Collector, EditTool, Language, Noise, Outcome, Place, Scenario, ScenarioError, Shape, Windows,
    load_scenario,
};
pub use truth::{
    ClockJumpTruth, FailoverTruth, HomeTruth, MoveTruth, NameTruth, NodeOutage, NodeTruth,
    OutageTruth, PlacementTruth, SettingTruth, SpanTruth, Truth, VmStateTruth, VmTruth,
};

use world::World;

/// Why a scenario cannot happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}:{place}: {message}")]
pub struct SimulateError {
    /// The scenario's name.
    pub name: String,
    /// The step or entry that cannot be; 0 where it is none of them.
    pub place: Place,
    /// What is wrong.
    pub message: String,
}

impl SimulateError {
    fn at(plan: &Scenario, place: Place, message: String) -> Self {
        SimulateError {
            name: plan.name.clone(),
            place,
            message,
        }
    }

    fn internal(plan: &Scenario, error: impl std::fmt::Display) -> Self {
        Self::at(plan, Place::default(), error.to_string())
    }
}

/// Lets a scenario happen, and collects the bundle. The same scenario gives the
/// same bytes, always.
///
/// # Errors
///
/// When a step cannot happen in the state that the cluster is in then: a move to
/// a node that is down, a start of a VM that runs.
pub fn simulate(scenario: &Scenario) -> Result<Bundle, SimulateError> {
    let mut world = World::start(scenario);
    for step in &scenario.events {
        world
            .step(step)
            .map_err(|e| SimulateError::at(scenario, e.place, e.message))?;
    }
    noise::add(&mut world, scenario);
    bundle::assemble(scenario, &world)
}
