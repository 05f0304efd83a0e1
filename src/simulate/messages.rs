//! Messages of records, as an export with its language brings them along: our own
//! sentences, in the language of the machines.
//!
//! Only records that a story turns on have one; publishers without strings are common on
//! real machines as well. A sentence takes its values by their positions, `%l` is the last.

use super::record::{SimPayload, SimRecord, SimValue};
use super::scenario::Language;

/// End of a provider's name, event id, English, Japanese.
type Sentence = (&'static str, u16, &'static str, &'static str);

const SENTENCES: &[Sentence] = &[
    // The event log itself.
    (
        "EventLog",
        6005,
        "The event log has begun to run.",
        "イベント ログの記録が始まりました。",
    ),
    (
        "EventLog",
        6006,
        "The event log has ended.",
        "イベント ログの記録が終わりました。",
    ),
    (
        "EventLog",
        6008,
        "The system went down without notice at %1 on %2.",
        "システムは %2 %1 に予告なく停止しました。",
    ),
    // Virtual machines.
    (
        "Hyper-V-Worker",
        18500,
        "Virtual machine '%1' is running now. (ID: %2)",
        "仮想マシン '%1' の実行が始まりました。(ID: %2)",
    ),
    (
        "Hyper-V-Worker",
        18502,
        "Virtual machine '%1' was switched off. (ID: %2)",
        "仮想マシン '%1' の電源が切られました。(ID: %2)",
    ),
    (
        "Hyper-V-Worker",
        18504,
        "Virtual machine '%1' was asked to shut down, and did. (ID: %2)",
        "仮想マシン '%1' はホストからの要求でシャットダウンしました。(ID: %2)",
    ),
    (
        "Hyper-V-Worker",
        18510,
        "The state of virtual machine '%1' is saved. (ID: %2)",
        "仮想マシン '%1' の状態を保存しました。(ID: %2)",
    ),
    (
        "Hyper-V-Worker",
        18596,
        "Virtual machine '%1' goes on from its saved state. (ID: %2)",
        "仮想マシン '%1' は保存された状態から再開しました。(ID: %2)",
    ),
    (
        "Hyper-V-VMMS",
        20413,
        "A live migration of '%1' to %3 begins.",
        "'%1' の %3 へのライブ マイグレーションを始めます。",
    ),
    (
        "Hyper-V-VMMS",
        20414,
        "'%1' is sent to %3 by live migration.",
        "'%1' をライブ マイグレーションで %3 に送ります。",
    ),
    (
        "Hyper-V-VMMS",
        20415,
        "The live migration of '%1' is done.\r\n\r\nIt stood still for %3 seconds.\r\nID: %2",
        "'%1' のライブ マイグレーションが終わりました。\r\n\r\n停止していた時間: %3 秒\r\nID: %2",
    ),
    (
        "Hyper-V-VMMS",
        20417,
        "'%1' stood still for %3 seconds on its way, which is long.",
        "'%1' は移動中に %3 秒停止しました。長い停止です。",
    ),
    (
        "Hyper-V-VMMS",
        21024,
        "The live migration of '%1' has failed on %3.",
        "'%1' のライブ マイグレーションは %3 で失敗しました。",
    ),
    (
        "Hyper-V-High-Availability",
        21111,
        "'%1' could not be moved live.",
        "'%1' をライブ マイグレーションできませんでした。",
    ),
    (
        "Hyper-V-High-Availability",
        21502,
        "About '%1': %l",
        "'%1' について: %l",
    ),
    // The cluster.
    (
        "FailoverClustering",
        1069,
        "Resource '%1' of role '%2' has failed.",
        "役割 '%2' のリソース '%1' が失敗しました。",
    ),
    (
        "FailoverClustering",
        1135,
        "Node %1 is no longer in the cluster.\r\nIts service has stopped, or the others cannot reach it.",
        "ノード %1 はクラスターから外れました。\r\nサービスが停止したか、ほかのノードから到達できません。",
    ),
    (
        "FailoverClustering",
        1146,
        "A process that hosts resources was ended.",
        "リソースをホストするプロセスが終了しました。",
    ),
    (
        "FailoverClustering",
        1177,
        "This part of the cluster has lost quorum.",
        "クラスターのこの部分はクォーラムを失いました。",
    ),
    (
        "FailoverClustering",
        1201,
        "Role '%1' is online.",
        "役割 '%1' はオンラインです。",
    ),
    (
        "FailoverClustering",
        1204,
        "Role '%1' is offline.",
        "役割 '%1' はオフラインです。",
    ),
    (
        "FailoverClustering",
        1205,
        "Not every resource of role '%1' came up or down.",
        "役割 '%1' には状態が揃わないリソースがあります。",
    ),
    (
        "FailoverClustering",
        1641,
        "Role '%1' is being moved to %l.",
        "役割 '%1' を %l に移動します。",
    ),
    (
        "FailoverClustering",
        1672,
        "Node %1 is quarantined until %3, after %2 failures.",
        "ノード %1 は %2 回の失敗の後、%3 まで検疫されます。",
    ),
    (
        "FailoverClustering",
        5120,
        "Volume %1 is paused.",
        "ボリューム %1 は一時停止しています。",
    ),
];

/// The message of a record; `None` where its publisher has none.
pub(super) fn message(record: &SimRecord, language: Language) -> Option<String> {
    let of = |provider: &str| record.provider.strip_suffix(provider);
    let (.., english, japanese) = SENTENCES.iter().find(|(provider, id, ..)| {
        *id == record.event_id && of(provider).is_some_and(|p| p.is_empty() || p.ends_with('-'))
    })?;
    let sentence = match language {
        Language::En => english,
        Language::Ja => japanese,
    };
    Some(filled(sentence, &values(&record.payload)))
}

fn filled(sentence: &str, values: &[String]) -> String {
    let mut out = String::new();
    let mut rest = sentence;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let mark = rest[at + 1..].chars().next();
        let value = match mark {
            Some('l') => values.last(),
            Some(digit) => digit
                .to_digit(10)
                .and_then(|n| values.get((n as usize).checked_sub(1)?)),
            None => None,
        };
        match value {
            Some(value) => out.push_str(value),
            // What cannot be put in stays as it is, as Windows leaves it.
            None => out.extend(std::iter::once('%').chain(mark)),
        }
        rest = &rest[at + 1 + mark.map_or(0, char::len_utf8)..];
    }
    out.push_str(rest);
    out
}

fn values(payload: &SimPayload) -> Vec<String> {
    match payload {
        SimPayload::None => Vec::new(),
        SimPayload::EventData(values) | SimPayload::EventDataBinary(values, _) => {
            values.iter().map(|(_, value)| printed(value)).collect()
        }
        SimPayload::UserData { values, .. } => {
            values.iter().map(|(_, value)| printed(value)).collect()
        }
    }
}

fn printed(value: &SimValue) -> String {
    match value {
        SimValue::Str(text) | SimValue::Guid(text) | SimValue::Sid(text) => text.clone(),
        SimValue::U8(n) => n.to_string(),
        SimValue::U16(n) => n.to_string(),
        SimValue::U32(n) => n.to_string(),
        SimValue::U64(n) => n.to_string(),
        SimValue::I32(n) => n.to_string(),
        SimValue::F64(n) => n.to_string(),
        SimValue::Bool(b) => b.to_string(),
        SimValue::FileTime(at) => at.to_string(),
        SimValue::Hex32(n) => format!("{n:#x}"),
        SimValue::Hex64(n) => format!("{n:#x}"),
        SimValue::Binary(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_put_in_by_position() {
        let values = ["web01".to_owned(), "5.0".to_owned(), "last".to_owned()];
        assert_eq!(
            filled("'%1' %2 %l %9 100%", &values),
            "'web01' 5.0 last %9 100%"
        );
        assert_eq!(filled("%1", &[]), "%1");
    }

    #[test]
    fn every_sentence_has_both_languages_and_its_own_event() {
        let mut seen = Vec::new();
        for (provider, id, english, japanese) in SENTENCES {
            assert!(!seen.contains(&(provider, id)), "{provider} {id}");
            seen.push((provider, id));
            assert!(english.is_ascii() && !japanese.is_ascii());
            let marks = |text: &str| {
                let mut all: Vec<char> = text
                    .match_indices('%')
                    .filter_map(|(at, _)| text[at + 1..].chars().next())
                    .collect();
                all.sort_unstable();
                all
            };
            assert_eq!(marks(english), marks(japanese), "{provider} {id}");
        }
    }
}
