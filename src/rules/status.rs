//! Status codes by name or number, as conditions compare them. The one seam between
//! rules and the table of codes.

/// Codes that rules name, in the form that [`canonical`] gives. The project's table
/// of codes takes this list's place where it knows a name.
const NAMES: &[(&str, u32)] = &[
    ("DRIVER_IRQL_NOT_LESS_OR_EQUAL", 0xd1),
    ("EPT_S_NOT_REGISTERED", 0x6d9),
    ("ERROR_ACCESS_DENIED", 0x5),
    ("ERROR_ACCOUNT_RESTRICTION", 0x52f),
    ("ERROR_ALL_NODES_NOT_AVAILABLE", 0x13ad),
    ("ERROR_ALREADY_EXISTS", 0xb7),
    ("ERROR_BAD_NETPATH", 0x35),
    ("ERROR_BAD_NET_NAME", 0x43),
    ("ERROR_BUSY", 0xaa),
    ("ERROR_CLUSTER_AFFINITY_CONFLICT", 0x1753),
    ("ERROR_CLUSTER_BACKUP_IN_PROGRESS", 0x173d),
    ("ERROR_CLUSTER_CANT_DESERIALIZE_DATA", 0x1723),
    ("ERROR_CLUSTER_CSV_IO_PAUSE_TIMEOUT", 0x175b),
    ("ERROR_CLUSTER_DATABASE_SEQMISMATCH", 0x13db),
    ("ERROR_CLUSTER_DATABASE_TRANSACTION_IN_PROGRESS", 0x171e),
    ("ERROR_CLUSTER_DISK_NOT_CONNECTED", 0x174b),
    ("ERROR_CLUSTER_EVICT_WITHOUT_CLEANUP", 0x1708),
    ("ERROR_CLUSTER_FAULT_DOMAIN_S2D_CONNECTIVITY_LOSS", 0x176d),
    ("ERROR_CLUSTER_GROUP_BUSY", 0x1738),
    ("ERROR_CLUSTER_GROUP_MOVING", 0x1714),
    ("ERROR_CLUSTER_GROUP_QUEUED", 0x1747),
    ("ERROR_CLUSTER_INCOMPATIBLE_VERSIONS", 0x13d3),
    ("ERROR_CLUSTER_INSTANCE_ID_MISMATCH", 0x1705),
    ("ERROR_CLUSTER_INVALID_NETWORK", 0x13be),
    ("ERROR_CLUSTER_IPADDR_IN_USE", 0x13c1),
    ("ERROR_CLUSTER_JOIN_ABORTED", 0x13d2),
    ("ERROR_CLUSTER_LAST_INTERNAL_NETWORK", 0x13ca),
    ("ERROR_CLUSTER_LOCAL_NODE_NOT_FOUND", 0x13b3),
    ("ERROR_CLUSTER_MEMBERSHIP_HALT", 0x1704),
    ("ERROR_CLUSTER_MEMBERSHIP_INVALID_STATE", 0x1702),
    ("ERROR_CLUSTER_MISMATCHED_COMPUTER_ACCT_NAME", 0x1711),
    ("ERROR_CLUSTER_NETWORK_NOT_FOUND_FOR_IP", 0x1706),
    ("ERROR_CLUSTER_NODE_DOWN", 0x13ba),
    ("ERROR_CLUSTER_NODE_DRAIN_IN_PROGRESS", 0x174a),
    ("ERROR_CLUSTER_NODE_IN_GRACE_PERIOD", 0x175a),
    ("ERROR_CLUSTER_NODE_ISOLATED", 0x1760),
    ("ERROR_CLUSTER_NODE_NOT_FOUND", 0x13b2),
    ("ERROR_CLUSTER_NODE_NOT_MEMBER", 0x13bc),
    ("ERROR_CLUSTER_NODE_NOT_READY", 0x13d0),
    ("ERROR_CLUSTER_NODE_PAUSED", 0x13ce),
    ("ERROR_CLUSTER_NODE_QUARANTINED", 0x1761),
    ("ERROR_CLUSTER_NODE_SHUTTING_DOWN", 0x13d1),
    ("ERROR_CLUSTER_NODE_UNREACHABLE", 0x13bb),
    ("ERROR_CLUSTER_NO_QUORUM", 0x1725),
    ("ERROR_CLUSTER_NULL_DATA", 0x1720),
    ("ERROR_CLUSTER_OWNER_NOT_IN_PREFLIST", 0x13da),
    ("ERROR_CLUSTER_PARTIAL_READ", 0x1721),
    ("ERROR_CLUSTER_POISONED", 0x1713),
    ("ERROR_CLUSTER_RESNAME_NOT_FOUND", 0x13d8),
    (
        "ERROR_CLUSTER_RESOURCES_MUST_BE_ONLINE_ON_THE_SAME_NODE",
        0x172d,
    ),
    ("ERROR_CLUSTER_RESOURCE_CONFIGURATION_ERROR", 0x1737),
    (
        "ERROR_CLUSTER_RESOURCE_CONTAINS_UNSUPPORTED_DIFF_AREA_FOR_SHARED_VOLUMES",
        0x1751,
    ),
    (
        "ERROR_CLUSTER_RESOURCE_DOES_NOT_SUPPORT_UNMONITORED",
        0x175e,
    ),
    ("ERROR_CLUSTER_RESOURCE_IS_IN_MAINTENANCE_MODE", 0x1752),
    ("ERROR_CLUSTER_RESOURCE_IS_REPLICA_VIRTUAL_MACHINE", 0x1754),
    ("ERROR_CLUSTER_RESOURCE_LOCKED_STATUS", 0x1748),
    ("ERROR_CLUSTER_RESOURCE_NOT_MONITORED", 0x175d),
    ("ERROR_CLUSTER_RESOURCE_PROVIDER_FAILED", 0x1736),
    ("ERROR_CLUSTER_RESOURCE_TYPE_BUSY", 0x1715),
    ("ERROR_CLUSTER_RESOURCE_TYPE_NOT_FOUND", 0x13d6),
    ("ERROR_CLUSTER_RESOURCE_VETOED_CALL", 0x1743),
    (
        "ERROR_CLUSTER_RESOURCE_VETOED_MOVE_INCOMPATIBLE_NODES",
        0x1741,
    ),
    (
        "ERROR_CLUSTER_RESOURCE_VETOED_MOVE_NOT_ENOUGH_RESOURCES_ON_DESTINATION",
        0x1745,
    ),
    (
        "ERROR_CLUSTER_RESOURCE_VETOED_MOVE_NOT_ENOUGH_RESOURCES_ON_SOURCE",
        0x1746,
    ),
    ("ERROR_CLUSTER_RESTYPE_NOT_SUPPORTED", 0x13d7),
    ("ERROR_CLUSTER_RHS_FAILED_INITIALIZATION", 0x172b),
    ("ERROR_CLUSTER_SHARED_VOLUME_FAILOVER_NOT_ALLOWED", 0x1749),
    ("ERROR_CLUSTER_SHARED_VOLUME_REDIRECTED", 0x174e),
    ("ERROR_CLUSTER_SHUTTING_DOWN", 0x139e),
    ("ERROR_CLUSTER_SPACE_DEGRADED", 0x1763),
    ("ERROR_CLUSTER_UPGRADE_INCOMPLETE", 0x1759),
    ("ERROR_CLUSTER_WATCHDOG_TERMINATING", 0x1740),
    ("ERROR_CLUSTER_WRONG_OS_VERSION", 0x170b),
    ("ERROR_COMMITMENT_LIMIT", 0x5af),
    ("ERROR_CONNECTION_ABORTED", 0x4d4),
    ("ERROR_CORE_RESOURCE", 0x13a2),
    ("ERROR_CSV_VOLUME_NOT_LOCAL", 0x173f),
    ("ERROR_DEPENDENCY_NOT_FOUND", 0x138a),
    ("ERROR_DEPENDENT_RESOURCE_EXISTS", 0x1389),
    ("ERROR_DEVICE_NOT_CONNECTED", 0x48f),
    ("ERROR_DEV_NOT_EXIST", 0x37),
    ("ERROR_EXCEPTION_IN_RESOURCE_CALL", 0x172a),
    ("ERROR_FILE_NOT_FOUND", 0x2),
    ("ERROR_GRACEFUL_DISCONNECT", 0x4ca),
    ("ERROR_GROUP_NOT_AVAILABLE", 0x1394),
    ("ERROR_GROUP_NOT_FOUND", 0x1395),
    ("ERROR_HOST_NODE_NOT_AVAILABLE", 0x138d),
    ("ERROR_HOST_NODE_NOT_GROUP_OWNER", 0x1398),
    ("ERROR_HOST_NODE_NOT_RESOURCE_OWNER", 0x1397),
    ("ERROR_INCOMPATIBLE_SERVICE_SID_TYPE", 0x50a),
    ("ERROR_INTERNAL_ERROR", 0x54f),
    ("ERROR_INVALID_DATA", 0x8007000d),
    ("ERROR_INVALID_FUNCTION", 0x1),
    ("ERROR_INVALID_OPERATION_ON_QUORUM", 0x13cc),
    ("ERROR_INVALID_PARAMETER", 0x57),
    ("ERROR_INVALID_STATE", 0x139f),
    ("ERROR_IO_DEVICE", 0x45d),
    ("ERROR_IO_PENDING", 0x3e5),
    ("ERROR_LOGON_FAILURE", 0x52e),
    ("ERROR_LOGON_TYPE_NOT_GRANTED", 0x569),
    ("ERROR_NETNAME_DELETED", 0x40),
    ("ERROR_NETWORK_NOT_AVAILABLE", 0x13ab),
    ("ERROR_NETWORK_UNREACHABLE", 0x4cf),
    ("ERROR_NODE_CANNOT_BE_CLUSTERED", 0x170a),
    ("ERROR_NODE_CANT_HOST_RESOURCE", 0x13cf),
    ("ERROR_NODE_NOT_ACTIVE_CLUSTER_MEMBER", 0x175c),
    ("ERROR_NODE_NOT_AVAILABLE", 0x13ac),
    ("ERROR_NONE_MAPPED", 0x534),
    ("ERROR_NON_CSV_PATH", 0x173e),
    ("ERROR_NOT_FOUND", 0x490),
    ("ERROR_NOT_READY", 0x15),
    ("ERROR_NOT_SUPPORTED", 0x32),
    ("ERROR_NO_LOGON_SERVERS", 0x51f),
    ("ERROR_NO_SUCH_DOMAIN", 0x54b),
    ("ERROR_NO_SYSTEM_RESOURCES", 0x5aa),
    ("ERROR_OBJECT_ALREADY_EXISTS", 0x1392),
    ("ERROR_OPERATION_ABORTED", 0x3e3),
    ("ERROR_OUTOFMEMORY", 0x8007000e),
    ("ERROR_PATH_NOT_FOUND", 0x3),
    ("ERROR_QUORUM_DISK_NOT_FOUND", 0x13de),
    ("ERROR_QUORUM_OWNER_ALIVE", 0x13aa),
    ("ERROR_QUORUM_RESOURCE_ONLINE_FAILED", 0x13a3),
    ("ERROR_RESMON_INVALID_STATE", 0x13dc),
    ("ERROR_RESMON_ONLINE_FAILED", 0x139a),
    ("ERROR_RESOURCE_CALL_TIMED_OUT", 0x1716),
    ("ERROR_RESOURCE_FAILED", 0x13ae),
    ("ERROR_RESOURCE_NOT_AVAILABLE", 0x138e),
    ("ERROR_RESOURCE_NOT_FOUND", 0x138f),
    ("ERROR_RESOURCE_NOT_ONLINE", 0x138c),
    ("ERROR_RESOURCE_ONLINE", 0x139b),
    ("ERROR_RESOURCE_PROPERTY_UNCHANGEABLE", 0x13e1),
    ("ERROR_SEM_TIMEOUT", 0x79),
    ("ERROR_SESSION_CREDENTIAL_CONFLICT", 0x4c3),
    ("ERROR_SHARING_VIOLATION", 0x20),
    ("ERROR_TIMEOUT", 0x5b4),
    ("ERROR_UNEXP_NET_ERR", 0x3b),
    ("ERROR_VIRTDISK_PROVIDER_NOT_FOUND", 0xc03a0014),
    ("ERROR_WORKING_SET_QUOTA", 0x5ad),
    ("E_ABORT", 0x80004004),
    ("E_ACCESSDENIED", 0x80070005),
    ("E_FAIL", 0x80004005),
    ("E_UNEXPECTED", 0x8000ffff),
    ("RPC_S_SERVER_TOO_BUSY", 0x6bb),
    ("RPC_S_SERVER_UNAVAILABLE", 0x6ba),
    ("SEC_E_CERT_UNKNOWN", 0x80090327),
    ("SEC_E_LOGON_DENIED", 0x8009030c),
    ("SEC_E_NO_AUTHENTICATING_AUTHORITY", 0x80090311),
    ("SEC_E_NO_CREDENTIALS", 0x8009030e),
    ("SEC_E_TARGET_UNKNOWN", 0x80090303),
    ("SEC_E_TIME_SKEW", 0x80090324),
    ("SEC_E_UNKNOWN_CREDENTIALS", 0x8009030d),
    ("SEC_E_UNSUPPORTED_FUNCTION", 0x80090302),
    ("SEC_E_WRONG_PRINCIPAL", 0x80090322),
    ("STATUS_ACCESS_DENIED", 0xc0000022),
    ("STATUS_BAD_IMPERSONATION_LEVEL", 0xc00000a5),
    ("STATUS_BAD_NETWORK_NAME", 0xc00000cc),
    ("STATUS_BAD_NETWORK_PATH", 0xc00000be),
    ("STATUS_CANCELLED", 0xc0000120),
    ("STATUS_CLUSTER_CSV_AUTO_PAUSE_ERROR", 0xc0130021),
    ("STATUS_CLUSTER_CSV_NO_SNAPSHOTS", 0xc0130027),
    ("STATUS_CLUSTER_CSV_REDIRECTED", 0xc0130022),
    (
        "STATUS_CLUSTER_CSV_SNAPSHOT_CREATION_IN_PROGRESS",
        0xc0130025,
    ),
    ("STATUS_CLUSTER_CSV_VOLUME_DRAINING", 0xc0130024),
    ("STATUS_CLUSTER_NODE_DOWN", 0xc013000c),
    ("STATUS_CLUSTER_NODE_UNREACHABLE", 0xc013000d),
    ("STATUS_CLUSTER_POISONED", 0xc0130017),
    ("STATUS_CONNECTION_ABORTED", 0xc0000241),
    ("STATUS_CONNECTION_DISCONNECTED", 0xc000020c),
    ("STATUS_CONNECTION_REFUSED", 0xc0000236),
    ("STATUS_CONNECTION_RESET", 0xc000020d),
    ("STATUS_DEVICE_BUSY", 0x80000011),
    ("STATUS_DEVICE_NOT_CONNECTED", 0xc000009d),
    ("STATUS_DISK_FULL", 0xc000007f),
    ("STATUS_FILE_CLOSED", 0xc0000128),
    ("STATUS_FILE_NOT_AVAILABLE", 0xc0000467),
    ("STATUS_HOST_UNREACHABLE", 0xc000023d),
    ("STATUS_INSUFFICIENT_RESOURCES", 0xc000009a),
    ("STATUS_IO_DEVICE_ERROR", 0xc0000185),
    ("STATUS_IO_TIMEOUT", 0xc00000b5),
    ("STATUS_MEDIA_WRITE_PROTECTED", 0xc00000a2),
    ("STATUS_NETWORK_NAME_DELETED", 0xc00000c9),
    ("STATUS_NETWORK_UNREACHABLE", 0xc000023c),
    ("STATUS_NO_LOGON_SERVERS", 0xc000005e),
    ("STATUS_NO_MEDIA_IN_DEVICE", 0xc0000013),
    ("STATUS_NO_SUCH_DEVICE", 0xc000000e),
    ("STATUS_PURGE_FAILED", 0xc0000435),
    ("STATUS_SHARING_VIOLATION", 0xc0000043),
    ("STATUS_UNEXPECTED_NETWORK_ERROR", 0xc00000c4),
    ("STATUS_UNSUCCESSFUL", 0xc0000001),
    ("STATUS_USER_SESSION_DELETED", 0xc0000203),
    ("STATUS_VIRTUAL_CIRCUIT_CLOSED", 0xc00000d6),
    ("STATUS_VOLUME_DISMOUNTED", 0xc000026e),
    ("USER_MODE_HEALTH_MONITOR", 0x9e),
    ("WAIT_TIMEOUT", 0x102),
    ("WSAEACCES", 0x271d),
    ("WSAECONNABORTED", 0x2745),
    ("WSAECONNREFUSED", 0x274d),
    ("WSAECONNRESET", 0x2746),
    ("WSAEHOSTUNREACH", 0x2751),
    ("WSAETIMEDOUT", 0x274c),
];

/// A code by its number or its symbolic name; `None` when neither is known.
pub(super) fn number_of(text: &str) -> Option<u32> {
    let text = text.trim();
    number(text).or_else(|| {
        let found = NAMES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text));
        found.map(|(_, code)| canonical(*code))
    })
}

/// A Win32 error wrapped into an HRESULT is that error.
fn canonical(code: u32) -> u32 {
    if code & 0xffff_0000 == 0x8007_0000 {
        code & 0xffff
    } else {
        code
    }
}

/// Decimal, signed or not, or `0x` hexadecimal; of 64 bits the low 32, since a signed
/// code is widened with its sign.
fn number(text: &str) -> Option<u32> {
    let wide = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u64::from_str_radix(hex, 16).ok()?,
        None => match text.parse::<i64>() {
            Ok(signed) => signed.cast_unsigned(),
            Err(_) => return None,
        },
    };
    let low = u32::try_from(wide & 0xffff_ffff).ok()?;
    let high = wide >> 32;
    (high == 0 || high == 0xffff_ffff).then(|| canonical(low))
}

/// The codes that a value holds: itself where it is one, a name, else every run of
/// exactly eight hexadecimal digits in it, with or without `0x`.
pub(super) fn codes_in(value: &str) -> impl Iterator<Item = u32> + '_ {
    let whole = number_of(value);
    let parts = value
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter_map(|word| {
            let hex = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"));
            let digits = hex.unwrap_or(word);
            (digits.len() == 8)
                .then(|| u32::from_str_radix(digits, 16).ok())
                .flatten()
        })
        .map(canonical);
    let (one, many) = match whole {
        Some(code) => (Some(code), None),
        None => (None, Some(parts)),
    };
    one.into_iter().chain(many.into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_code_has_many_spellings() {
        for same in [
            "5",
            "0x5",
            "0x80070005",
            "-2147024891",
            "0xFFFFFFFF80070005",
            "ERROR_ACCESS_DENIED",
        ] {
            assert_eq!(number_of(same), Some(5), "{same}");
        }
        assert_eq!(number_of("c0130021"), None, "without 0x it is no number");
        assert_eq!(number_of("ERROR_NO_SUCH_NAME_AT_ALL"), None);
        assert_eq!(number_of("0x180070005"), None, "not a widened code");
    }

    #[test]
    fn a_sentence_holds_the_codes_written_in_it() {
        let codes = |s| codes_in(s).collect::<Vec<_>>();
        assert_eq!(codes("refused: denied (0x8007271D)."), [10013]);
        assert_eq!(codes("STATUS_X(c0130021)"), [0xc013_0021]);
        assert_eq!(codes("status 5 of 0x80070005x"), Vec::<u32>::new());
        assert_eq!(codes("5"), [5]);
    }
}
