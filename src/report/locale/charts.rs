//! What the charts say, in both languages, beside the names of states and causes, which
//! `Locale` has. What is drawn is `chart`'s business.

use crate::model::text::Lang;
use crate::timeline::MoveKind;

use super::of;

macro_rules! chart_words {
    ($($name:ident: $en:literal, $ja:literal;)+) => {
        /// Titles, headings and legends of the charts.
        pub(crate) struct ChartWords { $(pub $name: &'static str,)+ }

        static EN: ChartWords = ChartWords { $($name: $en,)+ };
        static JA: ChartWords = ChartWords { $($name: $ja,)+ };

        impl ChartWords {
            /// All of them, with their names.
            #[cfg(test)]
            pub fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name),)+]
            }
        }
    };
}

chart_words! {
    states: "Node, network and storage states over time", "ノード、ネットワーク、ストレージの状態の推移";
    downtime: "Downtime per VM", "仮想マシン別の停止時間";
    quorum: "Heartbeats, membership and quorum", "ハートビート、メンバーシップ、クォーラム";
    clocks: "Clock offsets of the nodes", "ノードの時刻のずれ";
    vms_on_nodes: "Nodes: state, and how many of the VMs they ran", "ノード: 状態と、実行していた仮想マシンの数";
    networks: "Networks and links", "ネットワークと接続";
    not_known: "not known", "不明";
    no_logs: "no logs of this node", "このノードのログなし";
    up: "up", "稼働";
    moves_away: "draining or paused", "ドレイン中または一時停止";
    restricted: "isolated or quarantined", "分離または検疫";
    orderly: "stopped or shut down in order", "正常な停止またはシャットダウン";
    gone: "crashed or lost", "クラッシュまたは応答なし";
    link_down: "down or out of reach", "切断またはアクセス不可";
    link_partly: "partly reachable, paused or redirected", "一部到達不能、一時停止、リダイレクト";
    no_states: "The logs tell of no state of a node, network or volume.", "ノード、ネットワーク、ボリュームの状態を示す記録はありません。";
    no_downtime: "No VM is known to have been down.", "停止が確認された仮想マシンはありません。";
    no_quorum: "The logs tell nothing of heartbeats, membership or quorum.", "ハートビート、メンバーシップ、クォーラムに関する記録はありません。";
    no_clocks: "No clock of a node is known.", "時刻を把握できたノードはありません。";
    no_such: "Nothing that was asked for is in the logs.", "指定された対象の記録はありません。";
    nodes_up: "Nodes known to be up", "稼働を確認できたノードの数";
    without_quorum: "without quorum", "クォーラムなし";
    missed: "heartbeats missed", "ハートビートの欠落";
    cut_off: "route or interface down", "経路またはインターフェイスの切断";
    joined: "joined", "参加";
    removed: "removed by others", "他ノードによる削除";
    view: "membership view logged", "メンバーシップ ビューの記録";
    witness_down: "witness failed", "ミラーリング監視の障害";
    quorum_limits: "Votes are not drawn: which nodes had one, no record says for the whole time.", "投票数は示していません。どのノードが投票を持っていたかは、全期間については記録されていません。";
    each_move: "Moves: failed ones and outliers first, then the longest", "各移動（失敗と外れ値を優先し、次に長いもの）";
    each_move_all: "Every move", "すべての移動";
    how_long: "How long they took (logarithmic)", "所要時間の分布（対数目盛）";
    by_memory: "Against assigned memory (both axes logarithmic)", "割り当てメモリとの関係（両対数目盛）";
    by_pair: "By node pair (logarithmic)", "ノードの組み合わせ別（対数目盛）";
    by_source: "By source node (logarithmic)", "移動元ノード別（対数目盛）";
    by_destination: "By destination node (logarithmic)", "移動先ノード別（対数目盛）";
    no_memory: "Memory of the VMs is in no export and no record.", "仮想マシンのメモリは、エクスポートにも記録にもありません。";
    quartiles: "middle half of the moves", "中央の 50%";
    median_mark: "median", "中央値";
    p95_mark: "95th percentile", "95 パーセンタイル";
    outlier: "outlier", "外れ値";
    one_move: "a move", "移動 1 件";
    not_back: "not known to be back", "復旧を確認できず";
    bounds_mark: "from the least to the most that the logs allow", "ログから分かる最短と最長";
    reference: "reference clock", "基準の時刻";
    ahead: "ahead", "進み";
    behind: "behind", "遅れ";
    error_bound: "bound on the error", "誤差の範囲";
    was_set: "clock was set", "時刻の変更";
    unlinked: "nothing links this clock to the reference", "基準と比較できる記録なし";
    height_is: "bar height: square root of the count", "棒の高さ: 件数の平方根";
    with_critical: "a critical event is among them", "重大なイベントを含む";
    blackout: "blackout", "ブラックアウト";
    duration: "duration", "所要時間";
    findings: "Findings", "判定結果";
    estimate: "estimated offset", "推定したずれ";
    one_scale: "all rows have one scale", "全行で同じ尺度";
}

/// The words of a language.
pub(crate) fn words(lang: Lang) -> &'static ChartWords {
    match lang {
        Lang::En => &EN,
        Lang::Ja => &JA,
    }
}

/// `1,940`: a count that may be large.
pub(crate) fn count(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, c) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// Page `page` of `pages`.
pub(crate) fn page(lang: Lang, page: usize, pages: usize) -> String {
    match lang {
        Lang::En => format!("page {page} of {pages}"),
        Lang::Ja => format!("{page}/{pages} ページ"),
    }
}

/// VMs that are not on this page: how many, how many of them moved, failed over or were
/// down, and how many of all are on some page.
pub(crate) fn vms_left_out(lang: Lang, elsewhere: usize, quiet: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if elsewhere > 0 {
        let n = count(elsewhere);
        notes.push(match lang {
            Lang::En => format!(
                "{n} more VMs with a move, an outage or a finding are on other pages; those in trouble come first."
            ),
            Lang::Ja => format!(
                "移動、停止または判定結果のある仮想マシンのうち、ほか {n} 台は別のページにあります（問題のあるものを優先しています）。"
            ),
        });
    }
    if quiet > 0 {
        let n = count(quiet);
        notes.push(match lang {
            Lang::En => format!(
                "{n} VMs without a move, an outage or a finding are not drawn one by one; they are counted on their nodes above."
            ),
            Lang::Ja => format!(
                "移動、停止、判定結果のない仮想マシン {n} 台は個別には示さず、上のノードの台数に含めています。"
            ),
        });
    }
    notes
}

/// Rows of any kind that are on other pages.
pub(crate) fn rows_elsewhere(lang: Lang, left_out: usize) -> String {
    let n = count(left_out);
    match lang {
        Lang::En => format!("{n} more are on other pages; those with trouble come first."),
        Lang::Ja => {
            format!("ほか {n} 件は別のページにあります（問題のあるものを優先しています）。")
        }
    }
}

/// Nodes that are on other pages; they are in order of name.
pub(crate) fn nodes_elsewhere(lang: Lang, left_out: usize) -> String {
    let n = count(left_out);
    match (lang, left_out) {
        (Lang::En, 1) => "1 more node is on another page.".to_owned(),
        (Lang::En, _) => format!("{n} more nodes are on other pages."),
        (Lang::Ja, _) => format!("ほかのノード {n} 台は別のページにあります。"),
    }
}

/// Switch ports and VM adapters, which are too many to draw.
pub(crate) fn ports_left_out(lang: Lang, ports: usize, down: usize) -> String {
    let (n, d) = (count(ports), count(down));
    match lang {
        Lang::En => format!(
            "Switch ports and network adapters of VMs are not drawn: {n}, of which {d} were down at some time."
        ),
        Lang::Ja => format!(
            "仮想スイッチのポートと仮想マシンのネットワーク アダプター {n} 個は示していません（一時的にでも切断があったもの: {d} 個）。"
        ),
    }
}

/// Links and volumes of which nothing but one state is told.
pub(crate) fn steady_left_out(lang: Lang, n: usize) -> String {
    let n = count(n);
    match lang {
        Lang::En => format!("{n} links and volumes without a change of state are not drawn."),
        Lang::Ja => format!("状態の変化がない接続とボリューム {n} 個は示していません。"),
    }
}

/// Findings that have no number in the picture.
pub(crate) fn findings_left_out(lang: Lang, n: usize) -> String {
    let n = count(n);
    match lang {
        Lang::En => format!("{n} more findings are in the report and not in this picture."),
        Lang::Ja => format!("ほかの判定結果 {n} 件はレポートにあり、この図には示していません。"),
    }
}

/// Moves that have no row.
pub(crate) fn moves_left_out(lang: Lang, n: usize) -> String {
    let n = count(n);
    match lang {
        Lang::En => format!("{n} more moves have no row of their own."),
        Lang::Ja => format!("ほかの移動 {n} 件は個別には示していません。"),
    }
}

/// Pairs of nodes, or nodes, that have no row.
pub(crate) fn pairs_left_out(lang: Lang, rows: usize, moves: usize, pairs: bool) -> String {
    let (r, m) = (count(rows), count(moves));
    match (lang, pairs) {
        (Lang::En, _) => format!(
            "{r} more {}, with {m} moves, are not drawn; those with failures come first, then the slowest.",
            if pairs { "pairs" } else { "nodes" }
        ),
        (Lang::Ja, _) => format!(
            "ほかの{} {r} {}（移動 {m} 件）は省略しました（失敗のあるもの、次に遅いものを優先しています）。",
            if pairs {
                "組み合わせ"
            } else {
                "ノード"
            },
            if pairs { "組" } else { "台" }
        ),
    }
}

/// Too few moves for a distribution.
pub(crate) fn too_few(lang: Lang, measured: usize, least: usize) -> String {
    match lang {
        Lang::En => format!(
            "No distribution is drawn: {measured} moves have a known length, and {least} are the least."
        ),
        Lang::Ja => format!(
            "所要時間が分かる移動は {measured} 件で、{least} 件に満たないため、分布は示していません。"
        ),
    }
}

/// Moves of VMs whose memory is not known.
pub(crate) fn memory_unknown(lang: Lang, n: usize) -> String {
    let n = count(n);
    match lang {
        Lang::En => format!("{n} moves of VMs whose memory is not known are not drawn here."),
        Lang::Ja => format!("メモリが不明な仮想マシンの移動 {n} 件は、ここには示していません。"),
    }
}

/// `4 moves, 1 failed`.
pub(crate) fn pair_counts(lang: Lang, moves: usize, failed: usize) -> String {
    let (m, f) = (count(moves), count(failed));
    match (lang, failed) {
        (Lang::En, 0) => format!("n = {m}"),
        (Lang::En, _) => format!("n = {m}, failed: {f}"),
        (Lang::Ja, 0) => format!("n = {m}"),
        (Lang::Ja, _) => format!("n = {m}、失敗 {f}"),
    }
}

/// A row of a distribution: `live migration, blackout`.
pub(crate) fn measured(lang: Lang, kind: MoveKind, quantity: &str) -> String {
    let kind = of(lang).move_kind(kind);
    match lang {
        Lang::En => format!("{kind}, {}", quantity.to_lowercase()),
        Lang::Ja => format!("{kind}: {quantity}"),
    }
}

/// `median 12 s · p95 40 s`.
pub(crate) fn usual(lang: Lang, median: &str, p95: &str) -> String {
    match lang {
        Lang::En => format!("median {median} · p95 {p95}"),
        Lang::Ja => format!("中央値 {median}・p95 {p95}"),
    }
}

/// `max 1 min · n = 30`.
pub(crate) fn most(lang: Lang, most: &str, n: usize) -> String {
    let n = count(n);
    match lang {
        Lang::En => format!("max {most} · n = {n}"),
        Lang::Ja => format!("最大 {most}・n = {n}"),
    }
}

/// The rest of the VMs that were down, as one row.
pub(crate) fn more_down(lang: Lang, vms: usize, most: &str) -> String {
    let n = count(vms);
    match lang {
        Lang::En => format!("{n} more VMs are on other pages, each down at most {most}."),
        Lang::Ja => {
            format!("ほか {n} 台は別のページにあります（停止時間は 1 台あたり最大 {most}）。")
        }
    }
}

/// How many VMs were down at some time, of how many.
pub(crate) fn down_of(lang: Lang, down: usize, open: usize, of: usize) -> String {
    let (d, o, all) = (count(down), count(open), count(of));
    match (lang, open) {
        (Lang::En, 0) => format!("{d} of {all} VMs were down at some time; all came back."),
        (Lang::En, _) => {
            format!(
                "{d} of {all} VMs were down at some time; {o} of them are not known to be back."
            )
        }
        (Lang::Ja, 0) => {
            format!("仮想マシン {all} 台のうち {d} 台に停止があり、すべて復旧しています。")
        }
        (Lang::Ja, _) => format!(
            "仮想マシン {all} 台のうち {d} 台に停止があり、そのうち {o} 台は復旧を確認できていません。"
        ),
    }
}

/// Times in one row: `3 times`.
pub(crate) fn times(lang: Lang, n: usize) -> String {
    match (lang, n) {
        (Lang::En, 1) => "once".to_owned(),
        (Lang::En, _) => format!("{n} times"),
        (Lang::Ja, _) => format!("{n} 回"),
    }
}

/// At least so long: the end is not known.
pub(crate) fn at_least(lang: Lang, length: &str) -> String {
    match lang {
        Lang::En => format!("at least {length}"),
        Lang::Ja => format!("{length}以上"),
    }
}

/// At least and at most, of a length that is known with an error.
pub(crate) fn between(lang: Lang, least: &str, most: &str) -> String {
    match lang {
        Lang::En => format!("{least} to {most}"),
        Lang::Ja => format!("{least}～{most}"),
    }
}

/// An offset with its error: `ahead by 1.5 s ± 0.3 s`.
pub(crate) fn offset(lang: Lang, ahead: bool, length: &str, error: Option<&str>) -> String {
    let error = error.map_or_else(String::new, |e| format!(" ± {e}"));
    match (lang, ahead) {
        (Lang::En, true) => format!("ahead by {length}{error}"),
        (Lang::En, false) => format!("behind by {length}{error}"),
        (Lang::Ja, true) => format!("{length} 進み{error}"),
        (Lang::Ja, false) => format!("{length} 遅れ{error}"),
    }
}

/// An offset that lies within its error: the clocks agree as far as anyone can tell.
pub(crate) fn within_error(lang: Lang, error: &str) -> String {
    match lang {
        Lang::En => format!("no difference beyond ± {error}"),
        Lang::Ja => format!("± {error} を超える差なし"),
    }
}

/// A step of a clock.
pub(crate) fn stepped(lang: Lang, when: &str, forward: bool, length: &str) -> String {
    match (lang, forward) {
        (Lang::En, true) => format!("set forward by {length} at {when}"),
        (Lang::En, false) => format!("set back by {length} at {when}"),
        (Lang::Ja, true) => format!("{when} に {length} 進められました"),
        (Lang::Ja, false) => format!("{when} に {length} 戻されました"),
    }
}

/// What a screen reader says of each chart, before it points to the tables.
pub(crate) fn alt(lang: Lang, kind: &str, things: &[(&str, usize)]) -> String {
    let list: Vec<String> = things
        .iter()
        .map(|(what, n)| match lang {
            Lang::En => format!("{}: {}", what.to_lowercase(), count(*n)),
            Lang::Ja => format!("{what}: {}", count(*n)),
        })
        .collect();
    match lang {
        Lang::En => format!(
            "{kind}. In the picture: {}. The same is in the tables of the report.",
            list.join("; ")
        ),
        Lang::Ja => format!(
            "{kind}。図の内容: {}。同じ内容はレポートの表にあります。",
            list.join("、")
        ),
    }
}

/// Severities in one row of the density chart, as counts with the first letter of each.
pub(crate) fn severities(lang: Lang, critical: u64, error: u64, warning: u64) -> String {
    let names = match lang {
        Lang::En => ["C", "E", "W"],
        Lang::Ja => ["重", "エ", "警"],
    };
    [critical, error, warning]
        .iter()
        .zip(names)
        .filter(|(n, _)| **n > 0)
        .map(|(n, name)| format!("{name} {}", count(*n as usize)))
        .collect::<Vec<_>>()
        .join("  ")
}

/// The tallest bar.
pub(crate) fn tallest(lang: Lang, most: usize, length: &str) -> String {
    let n = count(most);
    match lang {
        Lang::En => format!("tallest bar: {n} events in {length}"),
        Lang::Ja => format!("最大の棒: {length}に {n} 件"),
    }
}

/// A legend entry with the letter that counts stand behind.
pub(crate) fn lettered(name: &str, letter: &str) -> String {
    format!("{name} ({letter})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_there_in_both_languages() {
        let wide = |c: char| super::super::super::plain::columns(c) == 2;
        for ((name, en), (_, ja)) in words(Lang::En).all().iter().zip(words(Lang::Ja).all()) {
            assert!(en.is_ascii() && !en.is_empty(), "{name}: {en}");
            assert!(ja.chars().any(wide), "{name}: {ja}");
        }
    }

    #[test]
    fn counts_are_grouped() {
        let all = [0, 999, 1000, 1_234_567].map(count);
        assert_eq!(all, ["0", "999", "1,000", "1,234,567"]);
    }
}
