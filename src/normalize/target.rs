//! Where a value of a record or line belongs in an event.

use std::sync::Arc;

/// What a value of a record is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// VM name.
    Vm,
    /// VM id.
    VmId,
    /// Cluster group.
    Group,
    /// Cluster resource; a VM's resource names the VM too.
    Resource,
    /// The node spoken of.
    Node,
    /// Source node.
    FromNode,
    /// Destination node.
    ToNode,
    /// Network, interface, switch or NIC.
    Network,
    /// A NIC name that may carry a VM id in front.
    Nic,
    /// Volume or disk.
    Volume,
    /// Any other value, by name.
    Field(Arc<str>),
}

impl Target {
    /// The name of a value that is no subject.
    #[must_use]
    pub fn field(&self) -> Option<&Arc<str>> {
        match self {
            Target::Field(name) => Some(name),
            _ => None,
        }
    }

    /// From the name used in the files.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name {
            "vm" => Target::Vm,
            "vm_id" => Target::VmId,
            "group" => Target::Group,
            "resource" => Target::Resource,
            "node" => Target::Node,
            "from_node" => Target::FromNode,
            "to_node" => Target::ToNode,
            "network" => Target::Network,
            "nic" => Target::Nic,
            "volume" => Target::Volume,
            other => Target::Field(other.into()),
        }
    }
}
