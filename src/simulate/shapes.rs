//! The form of every record that the simulator writes: provider, id, level,
//! channel, and the values with or without names.
//!
//! Where a real record was seen, it is followed to the letter. Where nobody saw
//! one, the scenario's [`Shape`] decides between the plausible forms, so that a
//! reader that depends on a guessed name fails here and not at a customer's.
//! When a record is written is `world`'s business.

use std::borrow::Cow;

use crate::model::id::VmId;
use crate::model::time::Moment;

use super::record::{SimPayload, SimValue};
use super::scenario::{Shape, Windows};

const VML_NAMESPACE: &str = "http://www.microsoft.com/Windows/Virtualization/Events";

pub(super) const SYSTEM: &str = "System";
pub(super) const CLUSTER_OPERATIONAL: &str = "Microsoft-Windows-FailoverClustering/Operational";
const WORKER_ADMIN: &str = "Microsoft-Windows-Hyper-V-Worker-Admin";
const PROFILE_OPERATIONAL: &str = "Microsoft-Windows-NetworkProfile/Operational";

pub(super) const CLASSIC: u64 = 0x0080_0000_0000_0000;
pub(super) const ADMIN: u64 = 0x8000_0000_0000_0000;

pub(super) const LOCAL_SYSTEM: &str = "S-1-5-18";
const LOCAL_SERVICE: &str = "S-1-5-19";

/// The process that writes a record; it decides the process id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Process {
    /// Classic sources of the event log service itself.
    EventLog,
    Kernel,
    Services,
    Vmms,
    ClusterService,
    ResourceHost,
    TimeService,
    Profiles,
    WinInit,
    /// The worker of this VM (index).
    Worker(usize),
}

/// A Hyper-V service that writes records.
struct Source {
    provider: &'static str,
    guid: &'static str,
    channel: &'static str,
    process: Process,
}

const VMMS: Source = Source {
    provider: "Microsoft-Windows-Hyper-V-VMMS",
    guid: "{6066f867-7ca1-4418-85fd-36e3f9c0600c}",
    channel: "Microsoft-Windows-Hyper-V-VMMS-Admin",
    process: Process::Vmms,
};

const HIGH_AVAILABILITY: Source = Source {
    provider: "Microsoft-Windows-Hyper-V-High-Availability",
    guid: "{64e92abc-910c-4770-bd9c-c3c54699b8f9}",
    channel: "Microsoft-Windows-Hyper-V-High-Availability-Admin",
    process: Process::ResourceHost,
};

const SYNTH_NIC: Source = Source {
    provider: "Microsoft-Windows-Hyper-V-SynthNic",
    guid: "{c29c4fb7-b60e-4fff-9af9-cf21f9b09a34}",
    channel: "Microsoft-Windows-Hyper-V-SynthNic-Admin",
    process: Process::Vmms,
};

/// The network service of 2008 R2. Its channel was not seen; named like its siblings.
const NETWORK: Source = Source {
    provider: "Microsoft-Windows-Hyper-V-Network",
    guid: "{0a18ff18-5362-4739-9671-78023d747b70}",
    channel: "Microsoft-Windows-Hyper-V-Network-Admin",
    process: Process::Vmms,
};

/// A record without time, id and computer.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub(super) provider: Cow<'static, str>,
    pub(super) guid: Option<&'static str>,
    /// `Provider/@EventSourceName`.
    pub(super) event_source: Option<&'static str>,
    pub(super) id: u16,
    pub(super) qualifiers: Option<u16>,
    pub(super) version: Option<u8>,
    pub(super) level: u8,
    pub(super) task: u16,
    pub(super) keywords: u64,
    pub(super) channel: Cow<'static, str>,
    pub(super) process: Process,
    pub(super) user: Option<String>,
    pub(super) payload: SimPayload,
}

/// Values in the order of the message's parameters, each with the name that is
/// guessed or was seen.
type Values = Vec<(&'static str, SimValue)>;

pub(super) fn text(value: impl Into<String>) -> SimValue {
    SimValue::Str(value.into())
}

fn named(values: Values) -> SimPayload {
    SimPayload::EventData(
        values
            .into_iter()
            .map(|(name, value)| (Some(name.to_owned()), value))
            .collect(),
    )
}

pub(super) fn unnamed(values: impl IntoIterator<Item = SimValue>) -> SimPayload {
    SimPayload::EventData(values.into_iter().map(|value| (None, value)).collect())
}

pub(super) fn vml(values: impl IntoIterator<Item = (String, SimValue)>) -> SimPayload {
    SimPayload::UserData {
        root: "VmlEventLog".to_owned(),
        namespace: VML_NAMESPACE.to_owned(),
        values: values.into_iter().collect(),
    }
}

fn vml_named(values: Values) -> SimPayload {
    vml(values.into_iter().map(|(n, v)| (n.to_owned(), v)))
}

fn vml_numbered(values: Values) -> SimPayload {
    vml(values
        .into_iter()
        .enumerate()
        .map(|(at, (_, value))| (format!("Parameter{at}"), value)))
}

/// A VM as records name it.
#[derive(Clone, Debug)]
pub(super) struct VmRef {
    pub(super) index: usize,
    pub(super) name: String,
    /// Its role, which its resources are named after.
    pub(super) group: String,
    pub(super) id: VmId,
}

impl VmRef {
    /// Its resource in the cluster.
    pub(super) fn resource(&self) -> String {
        format!("Virtual Machine {}", self.group)
    }

    /// Its configuration resource in the cluster.
    pub(super) fn configuration(&self) -> String {
        format!("Virtual Machine Configuration {}", self.group)
    }

    fn both(&self) -> Values {
        vec![
            ("VmName", text(&self.name)),
            ("VmId", text(self.id.to_string())),
        ]
    }
}

/// A VM's NIC, and the port that it has on a node.
#[derive(Clone, Debug)]
pub(super) struct NicRef {
    pub(super) nic: String,
    pub(super) port: String,
    pub(super) switch: String,
    pub(super) switch_name: String,
}

/// Name of a VM's NIC in English exports and events.
pub(super) const NIC_NAME: &str = "Network Adapter";

/// Makes forms; remembers whose turn it is in [`Shape::Mixed`].
#[derive(Clone, Debug)]
pub(super) struct Shapes {
    shape: Shape,
    turn: usize,
    windows: Windows,
}

impl Shapes {
    pub(super) fn new(shape: Shape, windows: Windows) -> Self {
        Shapes {
            shape,
            turn: 0,
            windows,
        }
    }

    pub(super) fn next_shape(&mut self) -> Shape {
        if self.shape != Shape::Mixed {
            return self.shape;
        }
        self.turn += 1;
        match self.turn % 3 {
            1 => Shape::Named,
            2 => Shape::Unnamed,
            _ => Shape::Parameter,
        }
    }

    /// A Hyper-V payload that nobody saw.
    fn unseen_vml(&mut self, values: Values) -> SimPayload {
        if values.is_empty() {
            return SimPayload::None;
        }
        match self.next_shape() {
            Shape::Unnamed => unnamed(values.into_iter().map(|(_, v)| v)),
            Shape::Parameter => vml_numbered(values),
            Shape::Named | Shape::Mixed => vml_named(values),
        }
    }

    /// A FailoverClustering payload, none of which anybody saw.
    fn unseen_data(&mut self, values: Values) -> SimPayload {
        if values.is_empty() {
            return SimPayload::None;
        }
        match self.next_shape() {
            Shape::Unnamed => unnamed(values.into_iter().map(|(_, v)| v)),
            Shape::Parameter => SimPayload::EventData(
                values
                    .into_iter()
                    .enumerate()
                    .map(|(at, (_, value))| (Some(format!("Parameter{at}")), value))
                    .collect(),
            ),
            Shape::Named | Shape::Mixed => named(values),
        }
    }

    /// A record of a Hyper-V service in the form that nobody saw.
    fn hyper_v(&mut self, source: &Source, id: u16, level: u8, values: Values) -> Form {
        Form {
            provider: source.provider.into(),
            guid: Some(source.guid),
            event_source: None,
            id,
            qualifiers: None,
            version: Some(0),
            level,
            task: 0,
            keywords: ADMIN,
            channel: source.channel.into(),
            process: source.process,
            user: Some(LOCAL_SYSTEM.to_owned()),
            payload: self.unseen_vml(values),
        }
    }

    // Worker and its devices

    fn worker_form(&mut self, id: u16, level: u8, vm: &VmRef, payload: SimPayload) -> Form {
        Form {
            provider: "Microsoft-Windows-Hyper-V-Worker".into(),
            guid: Some("{51ddfa29-d5c8-4803-be4b-2ecb715570fe}"),
            event_source: None,
            id,
            qualifiers: None,
            version: Some(0),
            level,
            task: 0,
            keywords: ADMIN,
            channel: WORKER_ADMIN.into(),
            process: Process::Worker(vm.index),
            user: Some(vm.id.to_worker_sid()),
            payload,
        }
    }

    /// Worker events whose raw form was seen: 18500, 18502, 18508, 18512, 18514.
    pub(super) fn worker_seen(&mut self, id: u16, vm: &VmRef) -> Form {
        self.worker_form(id, 4, vm, vml_named(vm.both()))
    }

    /// 18504, the VM was shut down through the host; its raw form was seen.
    pub(super) fn worker_shut_down(&mut self, vm: &VmRef) -> Form {
        let mut values = vm.both();
        values.push(("Force", text("False")));
        values.push(("Reason", text("")));
        self.worker_form(18504, 4, vm, vml_named(values))
    }

    /// 3020, the VM could not be saved: VM name, VM id, text, code.
    pub(super) fn worker_save_failed(&mut self, vm: &VmRef) -> Form {
        let mut values = vm.both();
        values.push(("ErrorText", text("The operation was stopped")));
        values.push(("ErrorCode", text("0x80004004")));
        let payload = self.unseen_vml(values);
        self.worker_form(3020, 2, vm, payload)
    }

    /// Worker events whose names are inferred: 18510, 18524, 18526, 18530, 18596, 21128.
    pub(super) fn worker_inferred(&mut self, id: u16, vm: &VmRef) -> Form {
        let payload = self.unseen_vml(vm.both());
        self.worker_form(id, 4, vm, payload)
    }

    /// SynthNic events: VM name, VM id, NIC id, NIC name.
    pub(super) fn synth_nic(&mut self, id: u16, vm: &VmRef, nic: &NicRef) -> Form {
        let mut values = vm.both();
        values.push(("DeviceId", text(&nic.nic)));
        values.push(("DeviceName", text(NIC_NAME)));
        let mut form = self.hyper_v(&SYNTH_NIC, id, 4, values);
        form.process = Process::Worker(vm.index);
        form.user = Some(vm.id.to_worker_sid());
        form
    }

    // Management services

    fn vmms(&mut self, id: u16, level: u8, values: Values) -> Form {
        self.hyper_v(&VMMS, id, level, values)
    }

    /// VMMS events without values: 14092 stops, 14094 started.
    pub(super) fn vmms_service(&mut self, id: u16) -> Form {
        self.vmms(id, 4, Vec::new())
    }

    /// VMMS events about a VM and nothing else: 15202, 20120, 20122, 20416, 20830,
    /// 20927, 21014.
    pub(super) fn vmms_vm(&mut self, id: u16, level: u8, vm: &VmRef) -> Form {
        self.vmms(id, level, vm.both())
    }

    /// VMMS events with VM name, id and one more value: 20413 and 20414
    /// (destination), 20417 (seconds), 20418 and 20419 (address), 21024 (host).
    pub(super) fn vmms_move(&mut self, id: u16, level: u8, vm: &VmRef, third: String) -> Form {
        let mut values = vm.both();
        let name = match id {
            20413 | 20414 => "DestinationHost",
            20417 => "BlackoutTime",
            20418 | 20419 => "SourceAddress",
            _ => "HostName",
        };
        values.push((name, text(third)));
        self.vmms(id, level, values)
    }

    /// 20415, whose raw form was seen: `Parameter0` to `Parameter2`.
    pub(super) fn vmms_blackout(&mut self, vm: &VmRef, seconds: String) -> Form {
        let mut values = vm.both();
        values.push(("", text(seconds)));
        let mut form = self.vmms(20415, 4, Vec::new());
        form.payload = vml_numbered(values);
        form
    }

    /// 2008 R2 switch ports: 14004 created, 14006 deleted (switch, port, two
    /// friendly names); 14008 connected, 14010 disconnected (with the NIC third).
    pub(super) fn network_port(&mut self, id: u16, vm: &VmRef, nic: &NicRef) -> Form {
        let mut values: Values = vec![
            ("SwitchName", text(&nic.switch)),
            ("PortName", text(&nic.port)),
        ];
        if matches!(id, 14008 | 14010) {
            values.push(("NicName", text(&nic.nic)));
        }
        values.push(("SwitchFriendlyName", text(&nic.switch_name)));
        values.push(("PortFriendlyName", text(format!("Port of {}", vm.name))));
        self.hyper_v(&NETWORK, id, 4, values)
    }

    fn ha(&mut self, id: u16, level: u8, values: Values) -> Form {
        self.hyper_v(&HIGH_AVAILABILITY, id, level, values)
    }

    /// 22501 to 22504: VM id, resource.
    pub(super) fn ha_migration(&mut self, id: u16, vm: &VmRef) -> Form {
        self.ha(
            id,
            4,
            vec![
                ("VmId", text(vm.id.to_string())),
                ("ResourceName", text(vm.resource())),
            ],
        )
    }

    /// 22505: VM id, resource, the events that say why.
    pub(super) fn ha_migration_failed(&mut self, vm: &VmRef, events: &str) -> Form {
        self.ha(
            22505,
            2,
            vec![
                ("VmId", text(vm.id.to_string())),
                ("ResourceName", text(vm.resource())),
                ("Events", text(events)),
            ],
        )
    }

    /// Events with a resource only: 21111, 21119 (the VM), 21120 (its configuration).
    pub(super) fn ha_resource(&mut self, id: u16, level: u8, resource: String) -> Form {
        self.ha(id, level, vec![("ResourceName", text(resource))])
    }

    /// 21113, canceled; has no values.
    pub(super) fn ha_canceled(&mut self) -> Form {
        self.ha(21113, 2, Vec::new())
    }

    /// 21502, a carrier: the text is the second value on 2008 R2, later the third.
    pub(super) fn ha_carrier(&mut self, vm: &VmRef, prose: String) -> Form {
        let mut values: Values = vec![("ResourceName", text(vm.resource()))];
        if self.windows > Windows::W2008R2 {
            values.push(("VmId", text(vm.id.to_string())));
        }
        values.push(("Text", text(prose)));
        self.ha(21502, 2, values)
    }

    // Cluster service

    fn cluster(&mut self, id: u16, level: u8, channel: &'static str, values: Values) -> Form {
        Form {
            provider: "Microsoft-Windows-FailoverClustering".into(),
            guid: Some("{baf908ea-3421-4ca9-9b84-6689b8c6f85f}"),
            event_source: None,
            id,
            qualifiers: None,
            version: Some(0),
            level,
            task: 0,
            keywords: ADMIN,
            channel: channel.into(),
            process: Process::ClusterService,
            user: Some(LOCAL_SYSTEM.to_owned()),
            payload: self.unseen_data(values),
        }
    }

    /// 1135, critical, in the System log: the node that was removed.
    pub(super) fn node_removed(&mut self, node: &str) -> Form {
        self.cluster(1135, 1, SYSTEM, vec![("NodeName", text(node))])
    }

    /// Events about a node and nothing else: 1677 (its drain failed).
    pub(super) fn node_event(&mut self, id: u16, level: u8, node: &str) -> Form {
        self.cluster(id, level, SYSTEM, vec![("NodeName", text(node))])
    }

    /// 1672, critical: the node, its failures, and until when, in local time.
    pub(super) fn node_quarantined(&mut self, node: &str, failures: u32, until: String) -> Form {
        self.cluster(
            1672,
            1,
            SYSTEM,
            vec![
                ("NodeName", text(node)),
                ("FailureCount", text(failures.to_string())),
                ("QuarantineTime", text(until)),
            ],
        )
    }

    /// 1177, critical: this node's part of the cluster has no quorum.
    pub(super) fn quorum_lost(&mut self) -> Form {
        self.cluster(1177, 1, SYSTEM, Vec::new())
    }

    /// 1129: a network whose nodes do not all reach each other.
    pub(super) fn partitioned(&mut self, network: &str) -> Form {
        self.cluster(1129, 2, SYSTEM, vec![("NetworkName", text(network))])
    }

    /// 1137, a move for a drain failed: role, code.
    pub(super) fn drain_move_failed(&mut self, group: &str) -> Form {
        self.cluster(
            1137,
            2,
            SYSTEM,
            vec![("ResourceGroup", text(group)), ("ErrorCode", text("5018"))],
        )
    }

    /// 1153, the cluster tries another node: role, from, to.
    pub(super) fn failover_attempt(&mut self, group: &str, from: &str, to: &str) -> Form {
        self.cluster(
            1153,
            4,
            CLUSTER_OPERATIONAL,
            vec![
                ("ResourceGroup", text(group)),
                ("FromNode", text(from)),
                ("ToNode", text(to)),
            ],
        )
    }

    /// 1155, the pending move of a role did not complete (2012 and later).
    pub(super) fn pending_move_ended(&mut self, group: &str) -> Form {
        self.cluster(1155, 3, SYSTEM, vec![("ResourceGroup", text(group))])
    }

    /// 1205, the role is not completely online or offline.
    pub(super) fn group_failed(&mut self, group: &str) -> Form {
        self.cluster(1205, 2, SYSTEM, vec![("ResourceGroup", text(group))])
    }

    /// 1069: resource and role; since 2016 also the type.
    pub(super) fn resource_failed(&mut self, vm: &VmRef) -> Form {
        let mut values: Values = vec![
            ("ResourceName", text(vm.resource())),
            ("ResourceGroup", text(&vm.group)),
        ];
        if self.windows >= Windows::W2016 {
            values.push(("ResourceType", text("Virtual Machine")));
        }
        self.cluster(1069, 2, SYSTEM, values)
    }

    /// 1230, a resource did not answer: resource, type, library.
    pub(super) fn resource_deadlock(&mut self, vm: &VmRef) -> Form {
        self.cluster(
            1230,
            2,
            SYSTEM,
            vec![
                ("ResourceName", text(vm.resource())),
                ("ResourceType", text("Virtual Machine")),
                ("ResTypeDll", text("vmclusres.dll")),
            ],
        )
    }

    /// 1146, critical: a process that hosts resources was ended.
    pub(super) fn host_process_ended(&mut self) -> Form {
        self.cluster(1146, 1, SYSTEM, Vec::new())
    }

    /// 5120 paused, 5122 back, 5142 out of reach: volume, its disk, and why.
    pub(super) fn volume(&mut self, id: u16, volume: &str, why: Option<&str>) -> Form {
        let mut values: Values = vec![
            ("VolumeName", text(volume)),
            ("ResourceName", text(format!("Cluster Disk {volume}"))),
        ];
        values.extend(why.map(|why| ("Status", text(why))));
        let level = match id {
            5120 => 3,
            5142 => 2,
            _ => 4,
        };
        self.cluster(id, level, SYSTEM, values)
    }

    /// 1061 formed, 1062 joined: the cluster.
    pub(super) fn cluster_joined(&mut self, id: u16, cluster: &str) -> Form {
        self.cluster(
            id,
            4,
            CLUSTER_OPERATIONAL,
            vec![("ClusterName", text(cluster))],
        )
    }

    /// 1063, the service was stopped.
    pub(super) fn cluster_stopped(&mut self) -> Form {
        self.cluster(1063, 4, CLUSTER_OPERATIONAL, Vec::new())
    }

    /// 1200 and 1201 online, 1203 and 1204 offline: the group.
    pub(super) fn group(&mut self, id: u16, group: &str) -> Form {
        self.cluster(
            id,
            4,
            CLUSTER_OPERATIONAL,
            vec![("ResourceGroup", text(group))],
        )
    }

    /// 1641: the destination only on 2012 R2, both nodes later (a 2016 log shows it).
    pub(super) fn group_moving(&mut self, group: &str, from: &str, to: &str) -> Form {
        let mut values: Values = vec![("ResourceGroup", text(group))];
        if self.windows >= Windows::W2016 {
            values.push(("SourceNode", text(from)));
        }
        values.push(("NodeName", text(to)));
        self.cluster(1641, 4, CLUSTER_OPERATIONAL, values)
    }

    /// 1125 up and 1127 failed: interface, node, network.
    pub(super) fn interface(&mut self, id: u16, level: u8, node: &str, network: &str) -> Form {
        self.cluster(
            id,
            level,
            SYSTEM,
            vec![
                ("InterfaceName", text(format!("{node} - {network}"))),
                ("NodeName", text(node)),
                ("NetworkName", text(network)),
            ],
        )
    }

    // Switch driver (System log); seen, or with names from its manifest

    fn switch_driver(&mut self, id: u16, level: u8, task: u16, values: Values) -> Form {
        Form {
            provider: "Microsoft-Windows-Hyper-V-VmSwitch".into(),
            guid: Some("{67dc0d66-3695-47c0-9642-33f76f7bd7ad}"),
            event_source: None,
            id,
            qualifiers: None,
            version: Some(0),
            level,
            task,
            keywords: ADMIN,
            channel: SYSTEM.into(),
            process: Process::Kernel,
            user: None,
            payload: named(values),
        }
    }

    /// 21 and 23 up, 22 and 24 down: a physical NIC by its GUID.
    pub(super) fn uplink(&mut self, id: u16, guid: &str, description: &str) -> Form {
        let nic = format!("/DEVICE/{{{guid}}}");
        let level = if id == 22 { 3 } else { 4 };
        self.switch_driver(
            id,
            level,
            993 + id,
            vec![
                ("NicNameLen", SimValue::U32(nic.len() as u32)),
                ("NicName", text(nic)),
                ("NicFNameLen", SimValue::U32(description.len() as u32)),
                ("NicFName", text(description)),
            ],
        )
    }

    /// 232, a VM's NIC was connected to a port.
    pub(super) fn nic_connected(&mut self, vm: &VmRef, nic: &NicRef) -> Form {
        let lengthy = |name: &'static str, len: &'static str, value: &str| {
            [
                (len, SimValue::U32(value.len() as u32)),
                (name, text(value)),
            ]
        };
        let nic_name = format!("{}--{}", vm.id, nic.nic);
        let values = [
            lengthy("NicName", "NicNameLen", &nic_name),
            lengthy("NicFName", "NicFNameLen", NIC_NAME),
            lengthy("PortName", "PortNameLen", &nic.port),
            lengthy("PortFName", "PortFNameLen", ""),
            lengthy("SwitchName", "SwitchNameLen", &nic.switch),
            lengthy("SwitchFName", "SwitchFNameLen", &nic.switch_name),
        ];
        let mut form = self.switch_driver(232, 4, 0, values.into_iter().flatten().collect());
        form.keywords |= 0x80;
        form.user = Some(LOCAL_SYSTEM.to_owned());
        form
    }

    /// 234, a VM's NIC was disconnected; the real one has an empty port name of length 1.
    pub(super) fn nic_disconnected(&mut self, vm: &VmRef, nic: &NicRef) -> Form {
        let nic_name = format!("{}--{}", vm.id, nic.nic);
        let mut form = self.switch_driver(
            234,
            4,
            0,
            vec![
                ("NicNameLen", SimValue::U32(nic_name.len() as u32)),
                ("NicName", text(nic_name)),
                ("PortNameLen", SimValue::U32(1)),
                ("PortName", text("")),
            ],
        );
        form.keywords |= 0x80;
        form.user = Some(LOCAL_SYSTEM.to_owned());
        form
    }
}

// The operating system's own events: all seen, so without a choice of shape.

fn kernel_form(
    provider: &'static str,
    guid: &'static str,
    id: u16,
    task: u16,
    keywords: u64,
    values: Values,
) -> Form {
    Form {
        provider: provider.into(),
        guid: Some(guid),
        event_source: None,
        id,
        qualifiers: None,
        version: Some(0),
        level: 4,
        task,
        keywords,
        channel: SYSTEM.into(),
        process: Process::Kernel,
        user: None,
        payload: named(values),
    }
}

const KERNEL_GENERAL: (&str, &str) = (
    "Microsoft-Windows-Kernel-General",
    "{a68ca8b7-004f-d7b6-a698-07e2de0f1f5d}",
);

/// Kernel-General 12: the system started.
pub(super) fn os_started(windows: Windows, revision: u32, at: Moment) -> Form {
    let (major, minor) = windows.kernel();
    let mut form = kernel_form(
        KERNEL_GENERAL.0,
        KERNEL_GENERAL.1,
        12,
        1,
        ADMIN | 0x80,
        vec![
            ("MajorVersion", SimValue::U32(major)),
            ("MinorVersion", SimValue::U32(minor)),
            ("BuildVersion", SimValue::U32(windows.build())),
            ("QfeVersion", SimValue::U32(revision)),
            (
                "ServiceVersion",
                SimValue::U32(u32::from(windows == Windows::W2008R2)),
            ),
            ("BootMode", SimValue::U32(0)),
            ("StartTime", SimValue::FileTime(at)),
        ],
    );
    form.user = Some(LOCAL_SYSTEM.to_owned());
    form
}

/// Kernel-General 13: the system stops.
pub(super) fn os_stopping(at: Moment) -> Form {
    kernel_form(
        KERNEL_GENERAL.0,
        KERNEL_GENERAL.1,
        13,
        2,
        ADMIN | 0x80,
        vec![("StopTime", SimValue::FileTime(at))],
    )
}

/// Kernel-General 1: the time service set the clock. Three versions of it exist.
pub(super) fn time_set(windows: Windows, old: Moment, new: Moment, pid: u32) -> Form {
    let mut values: Values = vec![
        ("NewTime", SimValue::FileTime(new)),
        ("OldTime", SimValue::FileTime(old)),
    ];
    let version = match windows {
        Windows::W2008R2 => 0,
        Windows::W2012 | Windows::W2012R2 | Windows::W2016 => 1,
        Windows::W2019 | Windows::W2022 | Windows::W2025 => 2,
    };
    if version > 0 {
        values.push(("Reason", SimValue::U32(1)));
    }
    if version > 1 {
        values.push((
            "ProcessName",
            text(r"\Device\HarddiskVolume1\Windows\System32\svchost.exe"),
        ));
        values.push(("ProcessID", SimValue::U32(pid)));
    }
    let mut form = kernel_form(
        KERNEL_GENERAL.0,
        KERNEL_GENERAL.1,
        1,
        if version > 1 { 5 } else { 0 },
        ADMIN | 0x10,
        values,
    );
    form.version = Some(version);
    form.process = Process::TimeService;
    form.user = Some(LOCAL_SERVICE.to_owned());
    form
}

/// Kernel-Power 41: started again without having shut down.
pub(super) fn dirty_restart(windows: Windows, bugcheck: Option<u32>) -> Form {
    let code = bugcheck.unwrap_or(0);
    let mut values: Values = vec![
        ("BugcheckCode", SimValue::U32(code)),
        ("BugcheckParameter1", SimValue::Hex64(0)),
        ("BugcheckParameter2", SimValue::Hex64(0)),
        ("BugcheckParameter3", SimValue::Hex64(0)),
        ("BugcheckParameter4", SimValue::Hex64(0)),
    ];
    let modern = windows >= Windows::W2016;
    if modern {
        values.extend([
            ("SleepInProgress", SimValue::U32(0)),
            ("PowerButtonTimestamp", SimValue::U64(0)),
            ("BootAppStatus", SimValue::U32(0)),
            ("Checkpoint", SimValue::U8(0)),
            ("ConnectedStandbyInProgress", SimValue::Bool(false)),
            ("SystemSleepTransitionsToOn", SimValue::U32(0)),
            ("CsEntryScenarioInstanceId", SimValue::U8(0)),
            ("BugcheckInfoFromEFI", SimValue::Bool(false)),
            ("CheckpointStatus", SimValue::U8(0)),
            ("CsEntryScenarioInstanceIdV2", SimValue::U64(0)),
            ("LongPowerButtonPressDetected", SimValue::Bool(false)),
        ]);
    } else {
        values.extend([
            ("SleepInProgress", SimValue::Bool(false)),
            ("PowerButtonTimestamp", SimValue::U64(0)),
        ]);
    }
    let mut form = kernel_form(
        "Microsoft-Windows-Kernel-Power",
        "{331c3b3a-2005-44c2-ac5e-77220c37d6b4}",
        41,
        63,
        if modern {
            0x8000_4000_0000_0002
        } else {
            ADMIN | 2
        },
        values,
    );
    form.version = Some(if modern { 8 } else { 2 });
    form.level = 1;
    form.user = Some(LOCAL_SYSTEM.to_owned());
    form
}

/// Kernel-General 16: a registry hive was tidied; everyday noise since 2012.
pub(super) fn hive_cleared(hive: &str, keys: u32, pages: u32) -> Form {
    let mut form = kernel_form(
        KERNEL_GENERAL.0,
        KERNEL_GENERAL.1,
        16,
        0,
        ADMIN,
        vec![
            ("HiveNameLength", SimValue::U16(hive.len() as u16)),
            ("HiveName", text(hive)),
            ("KeysUpdated", SimValue::U32(keys)),
            ("DirtyPages", SimValue::U32(pages)),
        ],
    );
    form.user = Some(LOCAL_SYSTEM.to_owned());
    form
}

fn classic(
    provider: &'static str,
    id: u16,
    qualifiers: u16,
    level: u8,
    values: Vec<SimValue>,
) -> Form {
    Form {
        provider: provider.into(),
        guid: None,
        event_source: None,
        id,
        qualifiers: Some(qualifiers),
        version: None,
        level,
        task: 0,
        keywords: CLASSIC,
        channel: SYSTEM.into(),
        process: Process::EventLog,
        user: None,
        payload: unnamed(values),
    }
}

/// EventLog 6005 started, 6006 stopped. The real ones carry bytes and no text.
pub(super) fn event_log_service(id: u16) -> Form {
    let mut form = classic("EventLog", id, 0x8000, 4, Vec::new());
    form.payload = SimPayload::None;
    form
}

/// EventLog 6009: version, build, service pack, kind, (processors).
pub(super) fn event_log_version(windows: Windows) -> Form {
    let (major, minor) = windows.kernel();
    let service_pack = if windows == Windows::W2008R2 {
        "Service Pack 1"
    } else {
        ""
    };
    classic(
        "EventLog",
        6009,
        0x8000,
        4,
        vec![
            text(format!("{major}.{minor:02}.")),
            text(windows.build().to_string()),
            text(service_pack),
            text("Multiprocessor Free"),
            text("0"),
        ],
    )
}

/// EventLog 6008: the time and date at which the system was last alive, in the
/// node's local time and with the direction marks that Windows puts into dates.
pub(super) fn event_log_unexpected(last_alive: &jiff::Zoned, uptime_s: u64) -> Form {
    let time = last_alive.strftime("%-I:%M:%S %p").to_string();
    let date = last_alive
        .strftime("\u{200e}%-m/\u{200e}%-d/\u{200e}%Y")
        .to_string();
    classic(
        "EventLog",
        6008,
        0x8000,
        2,
        vec![
            text(time),
            text(date),
            text(""),
            text(""),
            text(uptime_s.to_string()),
            text(""),
            text(""),
        ],
    )
}

/// EventLog 6013: seconds since start, once a day.
pub(super) fn event_log_uptime(seconds: u64, zone: &str) -> Form {
    classic(
        "EventLog",
        6013,
        0x8000,
        4,
        vec![
            text(""),
            text(""),
            text(""),
            text(""),
            text(seconds.to_string()),
            text("60"),
            text(zone),
        ],
    )
}

/// A NIC driver's link events: 27 down, 32 up.
pub(super) fn link(up: bool, description: &str) -> Form {
    let (id, qualifiers, level) = if up { (32, 24580, 4) } else { (27, 40964, 3) };
    classic(
        "e1iexpress",
        id,
        qualifiers,
        level,
        vec![text(""), text(description)],
    )
}

/// The system started after a bugcheck. Its raw form was not seen; by what is
/// known of it, the provider is this one and there are three values.
pub(super) fn bugcheck(code: u32, report: &str) -> Form {
    Form {
        provider: "Microsoft-Windows-WER-SystemErrorReporting".into(),
        guid: Some("{abce23e7-de45-4366-8631-84fa6c525952}"),
        event_source: Some("BugCheck"),
        id: 1001,
        qualifiers: Some(16384),
        version: Some(0),
        level: 2,
        task: 0,
        keywords: CLASSIC | ADMIN,
        channel: SYSTEM.into(),
        process: Process::EventLog,
        user: None,
        payload: named(vec![
            ("param1", text(format!("0x{code:08x} (0x0, 0x0, 0x0, 0x0)"))),
            ("param2", text(r"C:\Windows\MEMORY.DMP")),
            ("param3", text(report)),
        ]),
    }
}

/// User32 1074: a restart was asked for.
pub(super) fn restart_requested(computer: &str, reason: (&str, &str), user: &str) -> Form {
    Form {
        provider: "User32".into(),
        guid: Some("{b0aa8734-56f7-41cc-b2f4-de228e98b946}"),
        event_source: Some("User32"),
        id: 1074,
        qualifiers: Some(32768),
        version: Some(0),
        level: 4,
        task: 0,
        keywords: CLASSIC | ADMIN,
        channel: SYSTEM.into(),
        process: Process::WinInit,
        user: Some(LOCAL_SYSTEM.to_owned()),
        payload: named(vec![
            (
                "param1",
                text(format!(r"C:\Windows\system32\winlogon.exe ({computer})")),
            ),
            ("param2", text(computer)),
            ("param3", text(reason.0)),
            ("param4", text(reason.1)),
            ("param5", text("restart")),
            ("param6", text("")),
            ("param7", text(user)),
        ]),
    }
}

fn service_control(id: u16, values: Values) -> Form {
    Form {
        provider: "Service Control Manager".into(),
        guid: Some("{555908d1-a6d7-4695-8e1e-26931d2012f4}"),
        event_source: Some("Service Control Manager"),
        id,
        qualifiers: Some(16384),
        version: Some(0),
        level: 4,
        task: 0,
        keywords: CLASSIC | ADMIN,
        channel: SYSTEM.into(),
        process: Process::Services,
        user: None,
        payload: named(values),
    }
}

/// Service Control Manager 7036: a service changed its state.
pub(super) fn service_state(service: &str, running: bool) -> Form {
    let state = if running { "running" } else { "stopped" };
    service_control(
        7036,
        vec![("param1", text(service)), ("param2", text(state))],
    )
}

/// Service Control Manager 7031: the cluster service ended by itself and is started
/// again. Its key name stands in the bytes behind the values.
pub(super) fn cluster_service_ended(times: u32, restart_ms: u32) -> Form {
    let mut form = service_control(
        7031,
        vec![
            ("param1", text("Cluster Service")),
            ("param2", text(times.to_string())),
            ("param3", text(restart_ms.to_string())),
            ("param4", text("1")),
            ("param5", text("Restart the service")),
        ],
    );
    form.qualifiers = Some(49152);
    form.level = 2;
    if let SimPayload::EventData(values) = form.payload {
        let key = "ClusSvc\0".encode_utf16().flat_map(u16::to_le_bytes);
        form.payload = SimPayload::EventDataBinary(values, key.collect());
    }
    form
}

/// Service Control Manager 7040: a service's start type was changed.
pub(super) fn service_start_type(service: &str, from: &str, to: &str, short: &str) -> Form {
    let mut form = service_control(
        7040,
        vec![
            ("param1", text(service)),
            ("param2", text(from)),
            ("param3", text(to)),
            ("param4", text(short)),
        ],
    );
    form.user = Some(LOCAL_SYSTEM.to_owned());
    form
}

/// Time-Service 37 (source can be reached) and 35 (source is used).
pub(super) fn time_source(id: u16, source: &str, reference: u32) -> Form {
    let mut values: Values = vec![("TimeSource", text(source))];
    if id == 35 {
        values.push(("TimeSourceRefId", SimValue::U32(reference)));
        values.push(("CurrentStratumNumber", SimValue::U32(4)));
    }
    let mut form = kernel_form(
        "Microsoft-Windows-Time-Service",
        "{06edcfeb-0fd0-4e53-acca-a6f8bbf81bcb}",
        id,
        0,
        ADMIN,
        values,
    );
    form.process = Process::TimeService;
    form.user = Some(LOCAL_SERVICE.to_owned());
    form
}

/// Dhcp-Client 50036: its service started.
pub(super) fn dhcp_started() -> Form {
    let mut form = kernel_form(
        "Microsoft-Windows-Dhcp-Client",
        "{15a7a4f8-0072-4eab-abad-f98a4d666aed}",
        50036,
        0,
        ADMIN,
        Vec::new(),
    );
    form.payload = SimPayload::None;
    form.process = Process::Profiles;
    form.user = Some(LOCAL_SERVICE.to_owned());
    form
}

/// NetworkProfile 10000: the host's own network is there.
pub(super) fn profile_connected(name: &str, guid: &str) -> Form {
    let mut form = kernel_form(
        "Microsoft-Windows-NetworkProfile",
        "{fbcfac3f-8459-419f-8e48-1f0b49cdb85e}",
        10000,
        0,
        0x4000_2000_0000_0020,
        vec![
            ("Name", text(name)),
            ("Description", text(name)),
            ("Guid", SimValue::Guid(guid.to_owned())),
            ("Type", SimValue::U32(1)),
            ("State", SimValue::U32(9)),
            ("Category", SimValue::U32(2)),
        ],
    );
    form.channel = PROFILE_OPERATIONAL.into();
    form.process = Process::Profiles;
    form.user = Some(LOCAL_SERVICE.to_owned());
    form
}
