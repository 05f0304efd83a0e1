//! The classes of exported objects that are kept, and what of them.
//!
//! A class stands here when it tells something of nodes, their networks and storage,
//! the cluster or its VMs; objects of all others are counted and let go. A new one is a
//! line. Names of types: what `Export-Clixml` writes in `TN` for the commands that the
//! collectors call. Names of properties: those of the cmdlets' public documentation and
//! of the CIM classes behind them; they are what the checks of rules take for known, not
//! a limit of what is read.

use crate::model::inventory::ExportedClass;

/// The most characters of a value that are kept; the rest becomes `…`.
pub(super) const LONGEST_VALUE: usize = 1000;
/// The most properties of one object that are kept.
pub(super) const MOST_PROPERTIES: usize = 300;

/// What is kept of the objects of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// Every property with a simple value; these, between blanks, are known by name.
    All(&'static str),
    /// These; objects of the class are many on every node.
    Only(&'static str),
}

/// A class of exported objects.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Class {
    /// The name that rules and reports use.
    pub(super) name: &'static str,
    /// Last part of the type's name, without the prefixes of CIM classes and without
    /// `Data` behind `Setting`.
    types: &'static [&'static str],
    keep: Keep,
    pub(super) of: Of,
}

/// What an object is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// The node that it was exported on.
    Node,
    /// The cluster as a whole.
    Cluster,
    /// The node that this property names.
    NodeIn(&'static str),
}

const fn node(
    name: &'static str,
    types: &'static [&'static str],
    properties: &'static str,
) -> Class {
    Class {
        name,
        types,
        keep: Keep::All(properties),
        of: Of::Node,
    }
}

const fn cluster(
    name: &'static str,
    types: &'static [&'static str],
    properties: &'static str,
) -> Class {
    Class {
        name,
        types,
        keep: Keep::All(properties),
        of: Of::Cluster,
    }
}

const CLASSES: &[Class] = &[
    // Network of a node.
    node(
        "NetAdapter",
        &["NetAdapter"],
        "Name InterfaceDescription InterfaceAlias InterfaceIndex InterfaceGuid \
         InterfaceName InterfaceType InterfaceOperationalStatus InterfaceAdminStatus \
         Status AdminStatus MediaConnectionState MediaConnectState MediaDuplexState \
         MediaType PhysicalMediaType MacAddress NetworkAddresses PermanentAddress \
         LinkSpeed Speed ReceiveLinkSpeed TransmitLinkSpeed FullDuplex MtuSize VlanID \
         ActiveMaximumTransmissionUnit NdisVersion NdisMedium NdisPhysicalMedium \
         DriverName DriverProvider DriverVersion DriverVersionString DriverDate \
         DriverDescription DriverInformation DriverFileName ComponentID PnPDeviceID \
         DeviceID DeviceName Virtual Hidden HardwareInterface ConnectorPresent \
         PromiscuousMode State SystemName Caption Description ElementName InstanceID",
    ),
    node(
        "NetAdapterVmqSetting",
        &["NetAdapterVmqSetting"],
        "Name InterfaceDescription Enabled BaseProcessorGroup BaseProcessorNumber \
         MaxProcessorNumber MaxProcessors NumaNode NumberOfReceiveQueues AnyVlanSupported \
         DynamicProcessorAffinityChangeSupported InterruptVectorCoalescingSupported \
         LookaheadSplitSupported VlanFilteringSupported SystemName InstanceID",
    ),
    node(
        "NetAdapterRdmaSetting",
        &["NetAdapterRdmaSetting", "NetAdapterRdma"],
        "Name InterfaceDescription Enabled OperationalState MaxQueuePairCount \
         MaxCompletionQueueCount MaxMemoryRegionCount MaxMemoryWindowCount SystemName \
         InstanceID",
    ),
    node(
        "NetAdapterRssSetting",
        &["NetAdapterRssSetting"],
        "Name InterfaceDescription Enabled Profile NumberOfReceiveQueues \
         BaseProcessorGroup BaseProcessorNumber MaxProcessorGroup MaxProcessorNumber \
         MaxProcessors NumaNode RssOnPortsSupported SystemName InstanceID",
    ),
    node(
        "NetAdapterSriovSetting",
        &["NetAdapterSriovSetting"],
        "Name InterfaceDescription Enabled SriovSupport NumVFs NumActiveVFs SwitchName \
         NumAvailableVPorts NumActiveVPorts SystemName InstanceID",
    ),
    node(
        "NetAdapterBindingSetting",
        &["NetAdapterBindingSetting"],
        "Name InterfaceDescription InterfaceAlias DisplayName ComponentID ComponentClass \
         ComponentClassName Enabled BindName Characteristics SystemName InstanceID",
    ),
    node(
        "NetAdapterAdvancedProperty",
        &["NetAdapterAdvancedPropertySetting"],
        "Name InterfaceDescription DisplayName DisplayValue RegistryKeyword RegistryValue \
         RegistryDataType DefaultDisplayValue DefaultRegistryValue ValidDisplayValues \
         ValidRegistryValues DisplayParameterType Optional SystemName InstanceID",
    ),
    node(
        "NetLbfoTeam",
        &["NetLbfoTeam"],
        "Name Members TeamNics TeamingMode LoadBalancingAlgorithm Status LacpTimer \
         InstanceID",
    ),
    node(
        "NetLbfoTeamMember",
        &["NetLbfoTeamMember"],
        "Name Team InterfaceDescription AdministrativeMode OperationalMode \
         OperationalStatus FailureReason ReceiveLinkSpeed TransmitLinkSpeed InstanceID",
    ),
    node(
        "NetLbfoTeamNic",
        &["NetLbfoTeamNic"],
        "Name Team InterfaceDescription VlanID Primary Default ReceiveLinkSpeed \
         TransmitLinkSpeed InstanceID",
    ),
    node(
        "NetIPAddress",
        &["NetIPAddress"],
        "IPAddress InterfaceAlias InterfaceIndex AddressFamily PrefixLength PrefixOrigin \
         SuffixOrigin AddressState Type Store PolicyStore SkipAsSource ValidLifetime \
         PreferredLifetime",
    ),
    Class {
        name: "NetFirewallRule",
        types: &["NetFirewallRule"],
        keep: Keep::Only(
            "Name DisplayName Group Enabled Profile Direction Action PolicyStoreSource \
             PrimaryStatus Status",
        ),
        of: Of::Node,
    },
    node(
        "NetQosPolicy",
        &["NetQosPolicySetting", "NetQosPolicy"],
        "Name Owner NetworkProfile Precedence Template JobObject \
         AppPathNameMatchCondition UserMatchCondition IPProtocolMatchCondition \
         IPDstPortMatchCondition IPSrcPortMatchCondition NetDirectPortMatchCondition \
         PriorityValue PriorityValue8021Action DSCPAction DSCPValue \
         MinBandwidthWeightAction ThrottleRateAction",
    ),
    node(
        "NetQosTrafficClass",
        &["NetQosTrafficClassSetting", "NetQosTrafficClass"],
        "Name Algorithm BandwidthPercentage Bandwidth Priority PolicySet InterfaceIndex \
         InterfaceAlias",
    ),
    node(
        "NetQosFlowControl",
        &["NetQosFlowControlSetting", "NetQosFlowControl"],
        "Name Priority Enabled PolicySet InterfaceIndex InterfaceAlias",
    ),
    node(
        "SmbClientConfiguration",
        &["SmbClientConfiguration"],
        "EnableMultiChannel EnableBandwidthThrottling \
         EnableByteRangeLockingOnReadOnlyFiles EnableInsecureGuestLogons EnableLargeMtu \
         EnableLoadBalanceScaleOut EnableSecuritySignature RequireSecuritySignature \
         ConnectionCountPerRssNetworkInterface MaximumConnectionCountPerServer MaxCmds \
         SessionTimeout KeepConn DormantDirectoryTimeout WindowSizeThreshold",
    ),
    node(
        "SmbServerConfiguration",
        &["SmbServerConfiguration"],
        "EnableMultiChannel EnableSMB1Protocol EnableSMB2Protocol EnableLeasing \
         EnableOplocks EnableSecuritySignature RequireSecuritySignature EncryptData \
         RejectUnencryptedAccess AsynchronousCredits Smb2CreditsMax Smb2CreditsMin \
         MaxSessionPerConnection MaxThreadsPerQueue AutoShareServer AutoShareWorkstation \
         ServerHidden AuditSmb1Access",
    ),
    // Hyper-V.
    node(
        "VM",
        &["VirtualMachine"],
        "Name ElementName Id VMId State Status PrimaryStatusDescription Version \
         Generation ProcessorCount DynamicMemoryEnabled MemoryStartup MemoryMinimum \
         MemoryMaximum MemoryAssigned MemoryDemand MemoryStatus IsClustered ComputerName \
         Path ConfigurationLocation SnapshotFileLocation SmartPagingFilePath \
         CheckpointType CheckpointFileLocation AutomaticStartAction AutomaticStartDelay \
         AutomaticStopAction AutomaticCriticalErrorAction \
         AutomaticCriticalErrorActionTimeout ReplicationState ReplicationHealth \
         ReplicationMode IntegrationServicesState IntegrationServicesVersion Uptime \
         CreationTime Notes ParentSnapshotId ParentSnapshotName Heartbeat \
         OperationalStatus LockOnDisconnect GuestStatePath GuestControlledCacheTypes \
         VirtualMachineType ResourceMeteringEnabled SizeOfSystemFiles CPUUsage",
    ),
    node(
        "VMHost",
        &["VMHost"],
        "Name ComputerName FullyQualifiedDomainName LogicalProcessorCount MemoryCapacity \
         VirtualHardDiskPath VirtualMachinePath VirtualMachineMigrationEnabled \
         VirtualMachineMigrationAuthenticationType \
         VirtualMachineMigrationPerformanceOption MaximumVirtualMachineMigrations \
         MaximumStorageMigrations UseAnyNetworkForMigration MacAddressMinimum \
         MacAddressMaximum NumaSpanningEnabled EnableEnhancedSessionMode IovSupport \
         IovSupportReasons SupportedVmVersions InternalNetworkAdapters \
         ExternalNetworkAdapters FibreChannelWwnn ResourceMeteringSaveInterval \
         HostNumaStatus",
    ),
    node(
        "VMSwitch",
        &["VMSwitch"],
        "Name Id SwitchType NetAdapterInterfaceDescription \
         NetAdapterInterfaceDescriptions NetAdapterInterfaceGuid AllowManagementOS \
         EmbeddedTeamingEnabled LoadBalancingAlgorithm BandwidthReservationMode \
         BandwidthPercentage DefaultFlowMinimumBandwidthAbsolute \
         DefaultFlowMinimumBandwidthWeight DefaultQueueVmmqEnabled \
         DefaultQueueVrssEnabled IovEnabled IovSupport IovSupportReasons \
         IovVirtualFunctionCount IovVirtualFunctionsInUse IovQueuePairCount \
         IovQueuePairsInUse AvailableIPSecSA NumberIPSecSAAllocated AvailableVMQueues \
         NumberVmqAllocated PacketDirectEnabled PacketDirectInUse SoftwareRscEnabled \
         RscOffloadEnabled Extensions Notes ComputerName",
    ),
    node(
        "VMSwitchTeam",
        &["VMSwitchTeam"],
        "Name Id NetAdapterInterfaceDescription NetAdapterInterfaceGuid TeamingMode \
         LoadBalancingAlgorithm ComputerName",
    ),
    node(
        "VMNetworkAdapter",
        &["VMNetworkAdapter", "VMInternalNetworkAdapter"],
        "Name Id VMId VMName SwitchName SwitchId Connected MacAddress \
         DynamicMacAddressEnabled MacAddressSpoofing DhcpGuard RouterGuard AllowTeaming \
         PortMirroringMode IeeePriorityTag VmqWeight VmqUsage IovWeight IovUsage \
         IovQueuePairsRequested IovQueuePairsAssigned \
         IPsecOffloadMaximumSecurityAssociation StormLimit DynamicIPAddressLimit \
         BandwidthPercentage MinimumBandwidthAbsolute MinimumBandwidthWeight \
         MaximumBandwidth MandatoryFeatureId MandatoryFeatureName IsLegacy IsManagementOs \
         IsExternalAdapter IsSynthetic ClusterMonitored Status StatusDescription \
         IPAddresses AdapterId PoolName TestReplicaPoolName VirtualSubnetId VrssEnabled \
         VmmqEnabled FixSpeed10G ComputerName",
    ),
    node(
        "VMProcessor",
        &["VMProcessor"],
        "VMId VMName Count CompatibilityForMigrationEnabled CompatibilityForMigrationMode \
         CompatibilityForOlderOperatingSystemsEnabled ExposeVirtualizationExtensions \
         HwThreadCountPerCore Maximum Reserve RelativeWeight MaximumCountPerNumaNode \
         MaximumCountPerNumaSocket EnableHostResourceProtection OperationalStatus \
         StatusDescription ResourcePoolName ComputerName",
    ),
    node(
        "VMMemory",
        &["VMMemory"],
        "VMId VMName DynamicMemoryEnabled Startup Minimum Maximum Buffer Priority \
         MaximumPerNumaNode ResourcePoolName ComputerName",
    ),
    node(
        "VMHardDiskDrive",
        &["HardDiskDrive", "VMHardDiskDrive"],
        "VMId VMName Name Path DiskNumber ControllerType ControllerNumber \
         ControllerLocation SupportPersistentReservations MaximumIOPS MinimumIOPS \
         QoSPolicyID PoolName ComputerName",
    ),
    // The machine.
    node(
        "OperatingSystem",
        &["OperatingSystem"],
        "Caption Version BuildNumber CSName LastBootUpTime LocalDateTime InstallDate \
         CurrentTimeZone OSArchitecture OSLanguage MUILanguages Locale \
         ServicePackMajorVersion OperatingSystemSKU ProductType TotalVisibleMemorySize \
         FreePhysicalMemory TotalVirtualMemorySize FreeVirtualMemory Manufacturer \
         SystemDirectory WindowsDirectory Status Organization RegisteredUser SerialNumber",
    ),
    node(
        "ComputerSystem",
        &["ComputerSystem"],
        "Name DNSHostName Domain DomainRole PartOfDomain Workgroup Manufacturer Model \
         SystemFamily SystemSKUNumber SystemType HypervisorPresent NumberOfProcessors \
         NumberOfLogicalProcessors TotalPhysicalMemory AutomaticManagedPagefile \
         CurrentTimeZone DaylightInEffect BootupState PrimaryOwnerName UserName Status",
    ),
    node(
        "BIOS",
        &["BIOS"],
        "Manufacturer Name Caption Version SMBIOSBIOSVersion BIOSVersion ReleaseDate \
         SerialNumber SystemBiosMajorVersion SystemBiosMinorVersion \
         EmbeddedControllerMajorVersion EmbeddedControllerMinorVersion Status",
    ),
    node(
        "Processor",
        &["Processor"],
        "Name DeviceID Manufacturer Caption Description Family Stepping Revision \
         ProcessorId SocketDesignation NumberOfCores NumberOfEnabledCore \
         NumberOfLogicalProcessors ThreadCount MaxClockSpeed CurrentClockSpeed \
         L2CacheSize L3CacheSize SecondLevelAddressTranslationExtensions \
         VirtualizationFirmwareEnabled VMMonitorModeExtensions LoadPercentage Status \
         SystemName",
    ),
    node(
        "HotFix",
        &["QuickFixEngineering", "HotFix"],
        "HotFixID Description Caption InstalledBy InstalledOn CSName FixComments \
         ServicePackInEffect",
    ),
    Class {
        name: "Service",
        types: &["Service", "ServiceController"],
        keep: Keep::Only("Name DisplayName State Status StartMode StartType StartName PathName"),
        of: Of::Node,
    },
    Class {
        name: "PnpSignedDriver",
        types: &["PnpSignedDriver"],
        keep: Keep::Only(
            "DeviceName FriendlyName DeviceClass DeviceID HardWareID Manufacturer \
             DriverProviderName DriverVersion DriverDate DriverName InfName IsSigned",
        ),
        of: Of::Node,
    },
    Class {
        name: "SystemDriver",
        types: &["SystemDriver"],
        keep: Keep::Only("Name DisplayName State StartMode PathName"),
        of: Of::Node,
    },
    // The cluster.
    cluster(
        "Cluster",
        &["Cluster"],
        "Name Id Domain Description AddEvictDelay AdministrativeAccessPoint \
         AutoBalancerLevel AutoBalancerMode BackupInProgress BlockCacheSize \
         ClusSvcHangTimeout ClusSvcRegroupOpeningTimeout ClusSvcRegroupPruningTimeout \
         ClusSvcRegroupStageTimeout ClusSvcRegroupTickInMilliseconds \
         ClusterEnforcedAntiAffinity ClusterFunctionalLevel ClusterUpgradeVersion \
         ClusterGroupWaitDelay ClusterLogLevel ClusterLogSize CrossSiteDelay \
         CrossSiteThreshold CrossSubnetDelay CrossSubnetThreshold CsvBalancer \
         DatabaseReadWriteMode DefaultNetworkRole DetectedCloudPlatform \
         DetectManagedEvents DrainOnShutdown DumpPolicy DynamicQuorum EnableSharedVolumes \
         EnabledEventLogs FixQuorum GracePeriodEnabled GracePeriodTimeout \
         GroupDependencyTimeout HangRecoveryAction IgnorePersistentStateOnStartup \
         LogResourceControls LowerQuorumPriorityNodeId MaxNumberOfNodes \
         MessageBufferLength MinimumNeverPreemptPriority MinimumPreemptorPriority \
         NetftIPSecEnabled PlacementOptions PlumbAllCrossSubnetRoutes PreferredSite \
         PreventQuorum QuarantineDuration QuarantineThreshold QuorumArbitrationTimeMax \
         QuorumArbitrationTimeMin RecentEventsResetTime RequestReplyTimeout \
         ResiliencyDefaultPeriod ResiliencyLevel ResourceDllDeadlockPeriod \
         RootMemoryReserved RouteHistoryLength S2DBusTypes S2DCacheBehavior \
         S2DCacheDesiredState S2DCacheMetadataReserveBytes S2DCachePageSizeKBytes \
         S2DEnabled S2DIOLatencyThreshold S2DOptimizations SameSubnetDelay \
         SameSubnetThreshold SecurityLevel SecurityLevelForStorage SharedVolumesRoot \
         SharedVolumeCompatibleFilters SharedVolumeIncompatibleFilters \
         SharedVolumeSecurityDescriptor SharedVolumeVssWriterOperationTimeout \
         ShutdownTimeoutInMinutes UseClientAccessNetworksForSharedVolumes \
         WitnessDatabaseWriteTimeout WitnessDynamicWeight WitnessRestartInterval",
    ),
    Class {
        name: "ClusterNode",
        types: &["ClusterNode"],
        keep: Keep::All(
            "Name Id State StatusInformation DrainStatus DrainTarget DrainErrorCode \
             NodeWeight DynamicWeight NodeHighestVersion NodeLowestVersion MajorVersion \
             MinorVersion BuildNumber CSDVersion NodeInstanceID NeedsPreventQuorum \
             DetectedCloudPlatform FaultDomain Manufacturer Model SerialNumber Cluster \
             Description",
        ),
        of: Of::NodeIn("Name"),
    },
    cluster(
        "ClusterGroup",
        &["ClusterGroup"],
        "Name Id GroupType OwnerNode State StatusInformation Priority IsCoreGroup \
         AntiAffinityClassNames AutoFailbackType FailbackWindowStart FailbackWindowEnd \
         FailoverPeriod FailoverThreshold ResiliencyPeriod PersistentState PreferredSite \
         ColdStartSetting FaultDomain UpdateDomain LockedFromMoving Cluster Description",
    ),
    cluster(
        "ClusterResource",
        &["ClusterResource"],
        "Name Id ResourceType OwnerGroup OwnerNode State StatusInformation \
         Characteristics Class IsCoreResource IsNetworkClassResource \
         IsStorageClassResource IsAlivePollInterval LooksAlivePollInterval \
         MonitorProcessId PendingTimeout DeadlockTimeout PersistentState \
         ResourceSpecificData1 ResourceSpecificData2 ResourceSpecificStatus RestartAction \
         RestartDelay RestartPeriod RestartThreshold RetryPeriodOnFailure \
         EmbeddedFailureAction LastOperationStatusCode MaintenanceMode SeparateMonitor \
         Cluster Description",
    ),
    cluster(
        "ClusterParameter",
        &["ClusterParameter"],
        "Name Value ClusterObject ParameterType IsReadOnly",
    ),
    cluster(
        "ClusterNetwork",
        &["ClusterNetwork"],
        "Name Id State Role Address AddressMask AutoMetric Metric Ipv4Addresses \
         Ipv4PrefixLengths Ipv6Addresses Ipv6PrefixLengths Cluster Description",
    ),
    Class {
        name: "ClusterNetworkInterface",
        types: &["ClusterNetworkInterface"],
        keep: Keep::All(
            "Name Id Node Network Adapter AdapterId Address State Ipv4Addresses \
             Ipv6Addresses DhcpEnabled Cluster Description",
        ),
        of: Of::NodeIn("Node"),
    },
    cluster(
        "ClusterSharedVolume",
        &["ClusterSharedVolume"],
        "Name Id OwnerNode State SharedVolumeInfo Cluster",
    ),
    cluster(
        "ClusterQuorum",
        &["ClusterQuorum", "ClusterQuorumSettings"],
        "Cluster QuorumResource QuorumType",
    ),
    // Storage, which the nodes of a cluster share.
    cluster(
        "StoragePool",
        &["StoragePool"],
        "FriendlyName UniqueId ObjectId HealthStatus OperationalStatus OperationalDetails \
         ReadOnlyReason IsPrimordial IsReadOnly IsClustered Size AllocatedSize \
         LogicalSectorSize PhysicalSectorSize FaultDomainAwarenessDefault \
         ResiliencySettingNameDefault ProvisioningTypeDefault MediaTypeDefault \
         RepairPolicy RetireMissingPhysicalDisks ThinProvisioningAlertThresholds \
         WriteCacheSizeDefault Version",
    ),
    cluster(
        "StorageSubSystem",
        &["StorageSubSystem"],
        "FriendlyName Name UniqueId ObjectId HealthStatus OperationalStatus Model \
         Manufacturer FirmwareVersion AutomaticClusteringEnabled \
         FaultDomainAwarenessDefault",
    ),
    cluster(
        "StorageTier",
        &["StorageTier"],
        "FriendlyName UniqueId ObjectId MediaType ResiliencySettingName Size \
         AllocatedSize FootprintOnPool FaultDomainAwareness NumberOfColumns \
         NumberOfDataCopies PhysicalDiskRedundancy ProvisioningType",
    ),
    cluster(
        "StorageJob",
        &["StorageJob"],
        "Name UniqueId ObjectId JobState JobStatus PercentComplete BytesProcessed \
         BytesTotal ElapsedTime EstimatedTimeOfCompletion ErrorCode ErrorDescription \
         IsBackgroundTask StatusDescription StartTime",
    ),
    cluster(
        "StorageEnclosure",
        &["StorageEnclosure"],
        "FriendlyName UniqueId ObjectId HealthStatus OperationalStatus Manufacturer Model \
         SerialNumber FirmwareVersion NumberOfSlots DeviceId",
    ),
    cluster(
        "VirtualDisk",
        &["VirtualDisk"],
        "FriendlyName Name UniqueId ObjectId HealthStatus OperationalStatus \
         OperationalDetails DetachedReason IsManualAttach IsSnapshot IsEnclosureAware \
         Size AllocatedSize FootprintOnPool ResiliencySettingName ProvisioningType \
         NumberOfColumns NumberOfDataCopies NumberOfAvailableCopies \
         PhysicalDiskRedundancy FaultDomainAwareness Interleave MediaType WriteCacheSize \
         ReadCacheSize Access",
    ),
    cluster(
        "PhysicalDisk",
        &["PhysicalDisk"],
        "FriendlyName DeviceId UniqueId ObjectId SerialNumber AdapterSerialNumber \
         Manufacturer Model PartNumber FirmwareVersion MediaType BusType HealthStatus \
         OperationalStatus OperationalDetails Usage CanPool CannotPoolReason Size \
         AllocatedSize LogicalSectorSize PhysicalSectorSize PhysicalLocation \
         EnclosureNumber SlotNumber SpindleSpeed IsIndicationEnabled IsPartial \
         VirtualDiskFootprint Description StoragePoolUniqueId",
    ),
    cluster(
        "Volume",
        &["Volume"],
        "DriveLetter Path UniqueId ObjectId FileSystem FileSystemType FileSystemLabel \
         HealthStatus OperationalStatus DriveType Size SizeRemaining AllocationUnitSize \
         DedupMode",
    ),
];

/// Properties that the export itself adds, or that describe the class.
const OF_THE_EXPORT: [&str; 7] = [
    "PSComputerName",
    "PSShowComputerName",
    "RunspaceId",
    "CimClass",
    "CimInstanceProperties",
    "CimSystemProperties",
    "CreationClassName",
];

impl Class {
    /// The class of the first type that is one; types are in the order of `TN`.
    pub(super) fn of_types(types: &[String]) -> Option<&'static Class> {
        types.iter().find_map(|name| Class::of_type(name))
    }

    fn of_type(name: &str) -> Option<&'static Class> {
        let last = name.rsplit(['/', '\\', '.', '#']).next()?;
        let last = ["MSFT_", "Win32_"]
            .iter()
            .find_map(|prefix| last.strip_prefix(prefix))
            .unwrap_or(last);
        let last = match last.strip_suffix("Data") {
            Some(setting) if setting.ends_with("Setting") => setting,
            _ => last,
        };
        CLASSES
            .iter()
            .find(|class| class.types.iter().any(|t| t.eq_ignore_ascii_case(last)))
    }

    /// Whether a property is kept.
    pub(super) fn keeps(&self, property: &str) -> bool {
        let is = |name: &&str| name.eq_ignore_ascii_case(property);
        match self.keep {
            Keep::All(_) => !OF_THE_EXPORT.iter().any(is),
            Keep::Only(names) => names.split_whitespace().any(|name| is(&name)),
        }
    }
}

/// The classes of objects that are kept, in the order of the list, each with the
/// properties that are known by name.
pub fn exported_classes() -> impl Iterator<Item = ExportedClass> {
    CLASSES.iter().map(|class| ExportedClass {
        name: class.name,
        properties: match class.keep {
            Keep::All(known) | Keep::Only(known) => known.split_whitespace().collect(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_known_whatever_stands_before_and_behind_their_names() {
        for (name, class) in [
            (
                "Deserialized.Microsoft.HyperV.PowerShell.VMSwitch",
                "VMSwitch",
            ),
            (
                "Deserialized.Microsoft.HyperV.PowerShell.VirtualMachine",
                "VM",
            ),
            ("Selected.Microsoft.HyperV.PowerShell.VirtualMachine", "VM"),
            (
                "Deserialized.Microsoft.Management.Infrastructure.CimInstance#ROOT/StandardCimv2/MSFT_NetAdapter",
                "NetAdapter",
            ),
            (
                "Microsoft.Management.Infrastructure.CimInstance#ROOT/StandardCimv2/MSFT_NetAdapterVmqSettingData",
                "NetAdapterVmqSetting",
            ),
            (
                "Microsoft.Management.Infrastructure.CimInstance#ROOT/StandardCimv2/MSFT_NetAdapterRdmaSettingData",
                "NetAdapterRdmaSetting",
            ),
            (
                "Microsoft.Management.Infrastructure.CimInstance#root/cimv2/Win32_QuickFixEngineering",
                "HotFix",
            ),
            (
                r"System.Management.ManagementObject#root\cimv2\Win32_QuickFixEngineering",
                "HotFix",
            ),
            ("System.ServiceProcess.ServiceController", "Service"),
            (
                "Microsoft.FailoverClusters.PowerShell.ClusterNode",
                "ClusterNode",
            ),
            (
                "Microsoft.FailoverClusters.PowerShell.ClusterQuorumSettings",
                "ClusterQuorum",
            ),
        ] {
            let found = Class::of_types(&["System.Unknown".to_owned(), name.to_owned()]);
            assert_eq!(found.map(|c| c.name), Some(class), "{name}");
        }
        for name in [
            "",
            "System.Object",
            "MSFT_",
            "X.NetAdapterData",
            "VMSwitchExtension",
        ] {
            assert_eq!(Class::of_types(&[name.to_owned()]), None, "{name}");
        }
    }

    #[test]
    fn no_type_is_of_two_classes() {
        let mut all: Vec<String> = CLASSES
            .iter()
            .flat_map(|c| c.types)
            .map(|t| t.to_lowercase())
            .collect();
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn what_is_known_is_kept_and_named_once() {
        for exported in exported_classes() {
            let class = CLASSES.iter().find(|c| c.name == exported.name).unwrap();
            let mut names: Vec<String> = Vec::new();
            for property in &exported.properties {
                assert!(class.keeps(property), "{}: {property}", class.name);
                names.push(property.to_lowercase());
            }
            let count = names.len();
            names.sort();
            names.dedup();
            assert!(count > 0 && names.len() == count, "{}", class.name);
        }
    }

    #[test]
    fn what_is_kept() {
        let class = |name: &str| Class::of_types(&[name.to_owned()]).unwrap();
        assert!(class("NetAdapter").keeps("DriverProvider"));
        assert!(!class("NetAdapter").keeps("CimClass"));
        assert!(class("Win32_Service").keeps("startmode"));
        assert!(!class("Win32_Service").keeps("ExitCode"));
    }
}
