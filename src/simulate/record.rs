//! A record as the simulator states it, before it becomes binary.

use crate::model::time::Moment;

/// A typed value of a record, as Windows types it in the binary form.
#[derive(Clone, Debug, PartialEq)]
pub enum SimValue {
    /// UTF-16 string.
    Str(String),
    /// Unsigned 8 bit.
    U8(u8),
    /// Unsigned 16 bit.
    U16(u16),
    /// Unsigned 32 bit.
    U32(u32),
    /// Unsigned 64 bit.
    U64(u64),
    /// Signed 32 bit.
    I32(i32),
    /// Double.
    F64(f64),
    /// Boolean.
    Bool(bool),
    /// GUID, in printed form without braces.
    Guid(String),
    /// FILETIME.
    FileTime(Moment),
    /// 32 bit in hexadecimal.
    Hex32(u32),
    /// 64 bit in hexadecimal.
    Hex64(u64),
    /// Security identifier, in printed form.
    Sid(String),
    /// Bytes.
    Binary(Vec<u8>),
}

/// The payload of a record.
#[derive(Clone, Debug, PartialEq)]
pub enum SimPayload {
    /// Neither `EventData` nor `UserData`.
    None,
    /// `EventData` with `Data` elements; `None` is a `Data` without a name.
    EventData(Vec<(Option<String>, SimValue)>),
    /// The same, and the bytes that some classic sources append as `Binary`.
    EventDataBinary(Vec<(Option<String>, SimValue)>, Vec<u8>),
    /// `UserData` with one element that holds the values as child elements.
    UserData {
        /// Name of that element (`VmlEventLog`).
        root: String,
        /// Its namespace.
        namespace: String,
        /// Children in order.
        values: Vec<(String, SimValue)>,
    },
}

/// One event log record.
#[derive(Clone, Debug, PartialEq)]
pub struct SimRecord {
    /// `Provider/@Name`.
    pub provider: String,
    /// `Provider/@Guid`, printed with braces; `None` for classic sources.
    pub provider_guid: Option<String>,
    /// `Provider/@EventSourceName`.
    pub event_source: Option<String>,
    /// `EventID`.
    pub event_id: u16,
    /// `EventID/@Qualifiers`, classic sources only.
    pub qualifiers: Option<u16>,
    /// `Version`; classic sources have none.
    pub version: Option<u8>,
    /// `Level`, 1 critical … 4 information.
    pub level: u8,
    /// `Task`.
    pub task: u16,
    /// `Opcode`.
    pub opcode: u8,
    /// `Keywords`.
    pub keywords: u64,
    /// `TimeCreated`, by the clock of the node.
    pub time: Moment,
    /// `EventRecordID`.
    pub record_id: u64,
    /// `Correlation/@ActivityID`, printed with braces.
    pub activity_id: Option<String>,
    /// `Execution/@ProcessID`.
    pub process_id: u32,
    /// `Execution/@ThreadID`.
    pub thread_id: u32,
    /// `Channel`.
    pub channel: String,
    /// `Computer`.
    pub computer: String,
    /// `Security/@UserID`, in printed form.
    pub user_sid: Option<String>,
    /// Its values.
    pub payload: SimPayload,
}
