//! Events as one table with one declared schema, in memory and as parquet. No
//! conclusions here: a row is an event.

use std::fs::File;
use std::io;
use std::path::Path;

use polars::prelude::{
    Column, DataFrame, DataType, Field, IntoColumn, NamedFrom, PolarsResult, Schema, Series,
};
use polars_io::prelude::{ParquetCompression, ParquetWriter};

use crate::model::event::{Event, Origin};
use crate::model::source::Locator;
use crate::timeline::Timeline;

/// The columns of `events.parquet`, in order:
///
/// | column | type | |
/// | --- | --- | --- |
/// | `time` | text | RFC 3339, UTC, as finely as the source states it |
/// | `time_us` | 64-bit integer | the same in microseconds since 1970, rounded down |
/// | `node` | text | the node that wrote it |
/// | `kind` | text | dotted name of the event kind |
/// | `severity` | text | `info`, `warning`, `error`, `critical` |
/// | `origin` | text | `event-log`, `cluster-log`, `note`, `inventory`, `derived` |
/// | `provider`, `channel` | text | of event log records |
/// | `event_id` | 32-bit unsigned | of event log records |
/// | `vm`, `vm_id`, `group`, `resource` | text | what it is about |
/// | `subject_node`, `from_node`, `to_node` | text | nodes it speaks of |
/// | `fields` | text | its other values as one JSON object |
/// | `file` | text | bundle member |
/// | `record`, `line` | 64-bit unsigned | the place in it |
///
/// What a source does not say is null.
#[must_use]
pub fn schema() -> Schema {
    let text = DataType::String;
    Schema::from_iter([
        Field::new("time".into(), text.clone()),
        Field::new("time_us".into(), DataType::Int64),
        Field::new("node".into(), text.clone()),
        Field::new("kind".into(), text.clone()),
        Field::new("severity".into(), text.clone()),
        Field::new("origin".into(), text.clone()),
        Field::new("provider".into(), text.clone()),
        Field::new("event_id".into(), DataType::UInt32),
        Field::new("channel".into(), text.clone()),
        Field::new("vm".into(), text.clone()),
        Field::new("vm_id".into(), text.clone()),
        Field::new("group".into(), text.clone()),
        Field::new("resource".into(), text.clone()),
        Field::new("subject_node".into(), text.clone()),
        Field::new("from_node".into(), text.clone()),
        Field::new("to_node".into(), text.clone()),
        Field::new("fields".into(), text.clone()),
        Field::new("file".into(), text),
        Field::new("record".into(), DataType::UInt64),
        Field::new("line".into(), DataType::UInt64),
    ])
}

/// All events of a timeline as a table, in the timeline's order.
///
/// # Errors
///
/// Only when polars refuses the columns, which [`schema`] excludes.
pub fn events(timeline: &Timeline) -> PolarsResult<DataFrame> {
    let all = &timeline.events;
    let columns = vec![
        text("time", all, |e| Some(e.time.to_string())),
        Series::new(
            "time_us".into(),
            all.iter()
                .map(|e| e.time.ticks().div_euclid(10))
                .collect::<Vec<i64>>(),
        )
        .into_column(),
        text("node", all, |e| shown(e.node.as_ref())),
        text("kind", all, |e| Some(e.kind.name().to_owned())),
        text("severity", all, |e| Some(e.severity.name().to_owned())),
        text("origin", all, |e| Some(e.origin.name().to_owned())),
        text("provider", all, |e| match &e.origin {
            Origin::EventLog { provider, .. } => Some(provider.to_string()),
            _ => None,
        }),
        Series::new(
            "event_id".into(),
            all.iter()
                .map(|e| match e.origin {
                    Origin::EventLog { id, .. } => Some(id),
                    _ => None,
                })
                .collect::<Vec<Option<u32>>>(),
        )
        .into_column(),
        text("channel", all, |e| match &e.origin {
            Origin::EventLog { channel, .. } if !channel.is_empty() => Some(channel.to_string()),
            _ => None,
        }),
        text("vm", all, |e| shown(e.subject.vm.as_ref())),
        text("vm_id", all, |e| shown(e.subject.vm_id.as_ref())),
        text("group", all, |e| shown(e.subject.group.as_ref())),
        text("resource", all, |e| shown(e.subject.resource.as_ref())),
        text("subject_node", all, |e| shown(e.subject.node.as_ref())),
        text("from_node", all, |e| shown(e.subject.from_node.as_ref())),
        text("to_node", all, |e| shown(e.subject.to_node.as_ref())),
        text("fields", all, |e| serde_json::to_string(&e.fields).ok()),
        text("file", all, |e| Some(e.source.member.to_string())),
        number("record", all, |e| e.source.record()),
        number("line", all, |e| match e.source.at {
            Locator::Line(n) | Locator::Entry(n) => Some(n),
            _ => None,
        }),
    ];
    DataFrame::new(all.len(), columns)
}

fn shown<T: ToString>(value: Option<&T>) -> Option<String> {
    value.map(ToString::to_string)
}

fn text(name: &str, events: &[Event], of: impl Fn(&Event) -> Option<String>) -> Column {
    let values: Vec<Option<String>> = events.iter().map(of).collect();
    Series::new(name.into(), values).into_column()
}

fn number(name: &str, events: &[Event], of: impl Fn(&Event) -> Option<u64>) -> Column {
    let values: Vec<Option<u64>> = events.iter().map(of).collect();
    Series::new(name.into(), values).into_column()
}

/// Writes all events to a parquet file and returns how many there are. The same
/// timeline gives the same bytes.
///
/// # Errors
///
/// When the file cannot be written.
pub fn write_parquet(timeline: &Timeline, path: &Path) -> io::Result<usize> {
    let mut frame = events(timeline).map_err(io::Error::other)?;
    let rows = frame.height();
    ParquetWriter::new(File::create(path)?)
        .with_compression(ParquetCompression::Snappy)
        .set_parallel(false)
        .finish(&mut frame)
        .map_err(io::Error::other)?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fixture;
    use polars_io::prelude::{ParquetReader, SerReader};

    #[test]
    fn the_table_has_the_declared_schema() {
        for timeline in [fixture::incident(), Timeline::default()] {
            let frame = events(&timeline).unwrap();
            assert_eq!(**frame.schema(), schema());
            assert_eq!(frame.height(), timeline.events.len());
        }
    }

    #[test]
    fn parquet_reads_back_as_it_was_written() {
        let timeline = fixture::incident();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.parquet");
        let rows = write_parquet(&timeline, &path).unwrap();
        assert_eq!(rows, timeline.events.len());
        let read = ParquetReader::new(File::open(&path).unwrap())
            .finish()
            .unwrap();
        assert!(read.equals_missing(&events(&timeline).unwrap()));

        let again = dir.path().join("again.parquet");
        write_parquet(&timeline, &again).unwrap();
        assert_eq!(
            std::fs::read(&path).unwrap(),
            std::fs::read(&again).unwrap()
        );
    }
}
