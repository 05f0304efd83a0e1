//! What a comparison says, both languages side by side. Words only: what differs is
//! decided in `analysis`, what is shown in `report::compare`.

use crate::analysis::compare::{Area, Quantity, Trend};
use crate::model::text::Lang;

macro_rules! phrases {
    ($($(#[$doc:meta])* $name:ident: $en:expr, $ja:expr;)+) => {
        /// Fixed texts of a comparison.
        pub(crate) struct Phrases { $($(#[$doc])* pub $name: &'static str,)+ }

        static EN: Phrases = Phrases { $($name: $en,)+ };
        static JA: Phrases = Phrases { $($name: $ja,)+ };

        impl Phrases {
            /// All of them, with their names, for tests.
            #[cfg(test)]
            fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name),)+]
            }
        }
    };
}

phrases! {
    title: "Comparison", "比較レポート";
    sides: "What is compared", "比較対象";
    side: "Side", "対象";
    before: "Before", "前";
    after: "After", "後";
    cluster: "Cluster", "クラスター";
    window: "Period", "期間";
    events: "Events", "イベント数";
    input: "Input", "入力";
    in_short: "In short", "概要";
    nothing: "No difference was found in what both sides tell.",
        "両方の情報がある範囲では、違いは見つかりませんでした。";
    differences: "Settings, builds and updates", "設定、ビルド、更新プログラム";
    differences_lead: "Only what both sides tell is compared. Values are the last known of each period.",
        "両方に情報がある項目だけを比較しています。値は、それぞれの期間で最後に確認されたものです。";
    no_differences: "None that both sides tell of.", "両方に情報がある項目に違いはありません。";
    thing: "Of", "対象";
    setting: "Setting", "項目";
    source: "Read in", "出典";
    not_there: "not there", "なし";
    there: "there", "あり";
    durations: "Durations", "所要時間";
    durations_lead: "From records that tell a length. A pair of nodes is shown where both sides have moves between them.",
        "長さが記録されているものから集計しています。ノードの組み合わせは、両方に移動の記録がある場合に示します。";
    no_durations: "Neither side has a move, a failover or a VM that was down.",
        "どちらにも、移動、フェールオーバー、仮想マシンの停止の記録はありません。";
    quantity: "What", "項目";
    between: "From → to", "移動元 → 移動先";
    count_before: "Count before", "件数（前）";
    count_after: "Count after", "件数（後）";
    median_before: "Median before", "中央値（前）";
    median_after: "Median after", "中央値（後）";
    longest_before: "Longest before", "最長（前）";
    longest_after: "Longest after", "最長（後）";
    event_changes: "Events that are new, gone, or much more or less frequent",
        "新たに出た、出なくなった、または頻度が大きく変わったイベント";
    event_lead: "Much more or less frequent: at least three times as often by the hour, and ten of them or more. “Not collected” means that the side has no log in which the event would stand.",
        "頻度は 1 時間当たりの件数で比較し、3 倍以上（10 件以上）の変化を示します。「未収集」は、そのイベントが記録されるログが収集されていないことを意味します。";
    no_event_changes: "None.", "ありません。";
    trend: "Change", "変化";
    event: "Event", "イベント";
    provider: "Provider and id", "プロバイダーと ID";
    first: "First", "最初";
    not_collected: "not collected", "未収集";
    not_compared: "What could not be compared", "比較できなかった項目";
    not_compared_lead: "Only one side tells of these. Export or collect them on the other side to compare them.",
        "片方にしか情報がない項目です。比較するには、もう片方でもエクスポートまたは収集してください。";
    all_compared: "Nothing: both sides tell of the same.", "ありません（両方に同じ種類の情報があります）。";
    kind_of_data: "Data", "情報";
    adapters: "adapters of VMs", "仮想マシンのネットワーク アダプター";
    silent_nodes: "nodes that one side does not name, and of which it has no list",
        "片方のログに名前がなく、ノードの一覧もない";
    silent_vms: "VMs that one side does not name, and of which it has no list",
        "片方のログに名前がなく、仮想マシンの一覧もない";
    updates: "lists of updates", "更新プログラムの一覧";
    has: "yes", "あり";
    has_not: "no", "なし";
    node: "node", "ノード";
    vm: "VM", "仮想マシン";
    vm_id: "VM id", "仮想マシンの ID";
    vlan: "VLAN", "VLAN";
    switch: "virtual switch", "仮想スイッチ";
    mac: "MAC address", "MAC アドレス";
    build: "build", "ビルド";
    os: "operating system", "OS";
    name: "name", "名前";
    number_of_adapters: "number of adapters", "アダプターの数";
    placed_on: "node at the end", "期間終了時のノード";
}

/// The texts of a language.
pub(crate) fn phrases(lang: Lang) -> &'static Phrases {
    match lang {
        Lang::En => &EN,
        Lang::Ja => &JA,
    }
}

/// What a setting is of.
pub(crate) fn area(area: Area, lang: Lang) -> &'static str {
    let (en, ja) = match area {
        Area::Build => ("Builds", "ビルド"),
        Area::Update => ("Updates", "更新プログラム"),
        Area::Member => ("Nodes and VMs", "ノードと仮想マシン"),
        Area::Placement => ("Where VMs are", "仮想マシンの配置"),
        Area::Vm => ("Settings of VMs", "仮想マシンの設定"),
        Area::Switch => ("Virtual switches", "仮想スイッチ"),
        Area::Network => ("Adapters and networks", "アダプターとネットワーク"),
        Area::Cluster => ("Cluster", "クラスター"),
        Area::Storage => ("Storage", "ストレージ"),
        Area::Host => ("Hosts", "ホスト"),
    };
    match lang {
        Lang::En => en,
        Lang::Ja => ja,
    }
}

/// A measured quantity.
pub(crate) fn quantity(quantity: Quantity, lang: Lang) -> &'static str {
    let (en, ja) = match quantity {
        Quantity::Migration => ("Live migration", "ライブ マイグレーション"),
        Quantity::Blackout => (
            "Blackout of live migration",
            "ライブ マイグレーションのブラックアウト",
        ),
        Quantity::FailedMigration => ("Failed live migration", "失敗したライブ マイグレーション"),
        Quantity::Failover => ("Failover (VM down)", "フェールオーバー（仮想マシンの停止）"),
        Quantity::Downtime => ("VM down, for any cause", "仮想マシンの停止（原因を問わず）"),
    };
    match lang {
        Lang::En => en,
        Lang::Ja => ja,
    }
}

/// How an event differs.
pub(crate) fn trend(trend: Trend, lang: Lang) -> &'static str {
    let (en, ja) = match trend {
        Trend::New => ("new", "新規"),
        Trend::Gone => ("gone", "消失"),
        Trend::More => ("more", "増加"),
        Trend::Fewer => ("fewer", "減少"),
    };
    match lang {
        Lang::En => en,
        Lang::Ja => ja,
    }
}

/// Counts of a comparison, one sentence each.
pub(crate) fn counted(settings: usize, new: usize, gone: usize, lang: Lang) -> Vec<String> {
    match lang {
        Lang::En => vec![
            format!("Settings, builds, updates and members that differ: {settings}"),
            format!("Kinds of events that are new: {new}; that no longer come: {gone}"),
        ],
        Lang::Ja => vec![
            format!("設定、ビルド、更新プログラム、構成メンバーの違い: {settings} 件"),
            format!("新たに出たイベント: {new} 種類、出なくなったイベント: {gone} 種類"),
        ],
    }
}

/// The quantity whose middle length changed most, as one sentence.
pub(crate) fn slower(what: &str, before: &str, after: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!("{what}: median {before} before, {after} after."),
        Lang::Ja => format!("{what}の中央値: 前 {before}、後 {after}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_is_in_both_languages() {
        let wide = |text: &str| text.chars().any(|c| crate::report::plain::columns(c) == 2);
        for (name, text) in EN.all() {
            assert!(!text.is_empty() && !wide(text), "{name}: {text}");
        }
        for (name, text) in JA.all() {
            assert!(
                ["vlan", "os"].contains(&name) || wide(text),
                "{name}: {text}"
            );
        }
    }
}
