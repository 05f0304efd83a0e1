// The page's script: the merged timeline with search, filters and zoom, times in other
// zones, copying. It draws what the data element holds and asks for nothing. The whole
// state is in the address behind the #, as `anchor?name=value&…`. Text goes into the
// page as text, never as markup.
(function () {
  "use strict";
  var $ = function (id) { return document.getElementById(id); };
  var data = JSON.parse($("data").textContent);
  var words = data.words;
  var ev = data.events;
  var count = ev.id.length;
  var ROW = 30;
  var MOST_PRINTED = 400;
  var SEVERITY_NAMES = ["info", "warning", "error", "critical"];
  var FAMILY_NAMES = ["moves", "vms", "roles", "nodes", "network", "storage", "names", "time", "system"];

  // Columns: steps become numbers, lists that name few events become lookups.
  [ev.id, ev.t].forEach(function (column) {
    for (var i = 1; i < column.length; i++) column[i] += column[i - 1];
  });
  var byId = new Map();
  ev.id.forEach(function (id, i) { byId.set(id, i); });
  var said = new Set(ev.said);
  var findingsOf = new Map(ev.of);
  var messageOf = new Map(ev.quotes);
  var whole = data.window || [0, 0];

  function element(name, className, text) {
    var made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }
  function fill(pattern, values) {
    return pattern.replace(/\{(\w+)\}/g, function (all, name) { return name in values ? values[name] : all; });
  }

  // Zones

  var formats = {};
  var offsets = {};
  function named(name) {
    if (!(name in formats)) {
      try {
        formats[name] = new Intl.DateTimeFormat("en-US", {
          timeZone: name, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric",
          hour: "numeric", minute: "numeric", second: "numeric"
        });
      } catch (unknown) { formats[name] = null; }
    }
    return formats[name];
  }
  // Minutes east of UTC at an instant; null where the browser does not know the zone.
  function eastBy(name, ms) {
    var quarter = Math.floor(ms / 900000);
    var key = name + quarter;
    if (!(key in offsets)) {
      var format = named(name);
      if (!format) return null;
      var part = {};
      format.formatToParts(new Date(quarter * 900000)).forEach(function (p) { part[p.type] = +p.value; });
      var civil = Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second);
      offsets[key] = Math.round((civil - quarter * 900000) / 60000);
    }
    return offsets[key];
  }
  function east(zone, ms) {
    if (zone === "utc") return 0;
    if (zone === "cluster") return data.zone.cluster || 0;
    if (zone === "reader") return -new Date(ms).getTimezoneOffset();
    var minutes = data.zone.name ? eastBy(data.zone.name, ms) : null;
    return minutes === null ? data.zone.minutes || 0 : minutes;
  }
  function two(n) { return (n < 10 ? "0" : "") + n; }
  function offsetText(minutes) {
    var size = Math.abs(minutes);
    return (minutes < 0 ? "-" : "+") + two(Math.floor(size / 60)) + ":" + two(size % 60);
  }
  // precision: 0 milliseconds, 1 seconds, 2 minutes
  function shownTime(ms, precision, zone, withOffset) {
    var minutes = east(zone, ms);
    var text = new Date(ms + minutes * 60000).toISOString().replace("T", " ").replace("Z", "");
    text = text.slice(0, [23, 19, 16][precision]);
    return withOffset ? text + " " + offsetText(minutes) : text;
  }
  function offsetsDiffer(zone) { return east(zone, whole[0]) !== east(zone, whole[1]); }
  // What somebody typed, in the shown zone unless it says its own; NaN when it is no time.
  function typedTime(text) {
    text = text.trim().replace("T", " ");
    var m = /^(\d{4})-(\d\d)-(\d\d)(?: (\d\d):(\d\d)(?::(\d\d)(\.\d{1,3})?)?)?\s*(Z|[+-]\d\d:?\d\d)?$/.exec(text);
    if (!m) return NaN;
    var civil = Date.UTC(+m[1], m[2] - 1, +m[3], +(m[4] || 0), +(m[5] || 0), +(m[6] || 0)) +
      Math.round(+(m[7] || 0) * 1000);
    if (m[8]) {
      if (m[8] === "Z") return civil;
      var digits = m[8].replace(/\D/g, "");
      var minutes = digits.slice(0, 2) * 60 + +digits.slice(2);
      return civil - (m[8][0] === "-" ? -minutes : minutes) * 60000;
    }
    var guess = civil - east(state.tz, civil) * 60000;
    return civil - east(state.tz, guess) * 60000;
  }

  var times = Array.prototype.map.call(document.querySelectorAll("time"), function (node) {
    var text = node.textContent;
    var bare = text.replace(/ [+-]\d\d:\d\d$/, "");
    return {
      node: node, text: text, ms: Date.parse(node.dateTime), offset: bare.length !== text.length,
      precision: bare.length > 19 ? 0 : bare.length > 16 ? 1 : 2
    };
  });
  function showZone(zone) {
    var differ = offsetsDiffer(zone);
    times.forEach(function (t) {
      t.node.textContent = zone === "shown" ? t.text
        : shownTime(t.ms, t.precision, zone, t.offset || differ);
    });
    $("charts-stay").hidden = zone === "shown";
    $("zone-said").hidden = zone !== "shown";
    $("zone").value = zone;
  }

  // State

  var FILTERS = ["q", "vm", "node", "kind", "severity", "finding", "show", "from", "to"];
  var state = { anchor: "", tz: "shown" };
  var view = [];
  var shownZone = "shown";
  var range = whole;

  function parse(hash) {
    var text = hash.replace(/^#/, "");
    var at = text.indexOf("?");
    var next = { anchor: at < 0 ? text : text.slice(0, at), tz: "shown" };
    try { next.anchor = decodeURIComponent(next.anchor); } catch (broken) { next.anchor = ""; }
    var query = new URLSearchParams(at < 0 ? "" : text.slice(at + 1));
    FILTERS.concat("tz").forEach(function (name) {
      if (query.get(name)) next[name] = query.get(name);
    });
    if (["shown", "utc", "reader"].indexOf(next.tz) < 0 && !(next.tz === "cluster" && data.zone.cluster !== null)) {
      next.tz = "shown";
    }
    return next;
  }
  function written(of) {
    var query = new URLSearchParams();
    FILTERS.forEach(function (name) { if (of[name]) query.set(name, of[name]); });
    if (of.tz !== "shown") query.set("tz", of.tz);
    var text = query.toString().replace(/%3A/g, ":");
    return "#" + of.anchor + (text ? "?" + text : "");
  }
  function changed(values) {
    var next = {};
    Object.keys(state).forEach(function (name) { next[name] = state[name]; });
    Object.keys(values).forEach(function (name) {
      if (values[name]) next[name] = values[name]; else delete next[name];
    });
    next.anchor = next.anchor || "";
    next.tz = next.tz || "shown";
    return next;
  }
  function go(next, how) {
    var hash = written(next);
    if (hash !== location.hash && !(hash === "#" && !location.hash)) {
      try { history[how === "replace" ? "replaceState" : "pushState"](null, "", hash); }
      catch (refused) { location.hash = hash; }
    }
    apply(next);
  }
  function filtered(values, how) {
    values.anchor = "timeline";
    go(changed(values), how);
  }
  function idOf(anchor) {
    var m = /^event-(\d+)$/.exec(anchor || "");
    return m ? +m[1] : 0;
  }

  // Filters

  function contains(list, word) {
    var hits = new Uint8Array(list.length);
    for (var i = 0; i < list.length; i++) hits[i] = list[i].indexOf(word) >= 0 ? 1 : 0;
    return hits;
  }
  function lower(list) { return list.map(function (s) { return s.toLowerCase(); }); }
  var low = null;
  function wordsOf(q) { return (q || "").toLowerCase().split(/\s+/).filter(Boolean); }
  function fits(of) {
    var tests = [];
    var number = function (column, value) { tests.push(function (i) { return column[i] === value; }); };
    if (of.vm) number(ev.vm, of.vm - 1);
    if (of.node) number(ev.node, of.node - 1);
    if (of.kind) {
      var family = FAMILY_NAMES.indexOf(of.kind);
      var wanted = ev.kinds.map(function (k) { return family >= 0 ? k[2] === family : k[0] === of.kind; });
      tests.push(function (i) { return wanted[ev.kind[i]]; });
    }
    if (of.severity) {
      var least = SEVERITY_NAMES.indexOf(of.severity);
      tests.push(function (i) { return ev.severity[i] >= least; });
    }
    if (of.finding) {
      var n = ev.findings.findIndex(function (f) { return f[0] === "finding-" + of.finding; });
      tests.push(function (i) { return findingsOf.has(i) && findingsOf.get(i).indexOf(n) >= 0; });
    }
    // Routine is left out unless it is asked for.
    var most = { evidence: 0, all: 2 }[of.show];
    if (most === undefined) most = 1;
    if (most < 2) tests.push(function (i) { return ev.weight[i] <= most; });
    var from = of.from ? Date.parse(of.from) : NaN;
    var to = of.to ? Date.parse(of.to) : NaN;
    if (!isNaN(from)) tests.push(function (i) { return ev.t[i] >= from; });
    if (!isNaN(to)) tests.push(function (i) { return ev.t[i] <= to; });
    wordsOf(of.q).forEach(function (word) {
      low = low || {
        texts: lower(ev.texts), messages: lower(ev.messages), members: lower(ev.members), nodes: lower(ev.nodes), vms: lower(ev.vms),
        kinds: lower(ev.kinds.map(function (k) { return k[0]; }))
      };
      var t = contains(low.texts, word), m = contains(low.members, word), n = contains(low.nodes, word),
        v = contains(low.vms, word), k = contains(low.kinds, word),
        q = contains(low.messages, word);
      tests.push(function (i) {
        return t[ev.text[i]] || (messageOf.has(i) && q[messageOf.get(i)]) || m[ev.member[i]] || k[ev.kind[i]] ||
          (ev.node[i] >= 0 && n[ev.node[i]]) || (ev.vm[i] >= 0 && v[ev.vm[i]]) || String(ev.number[i]) === word;
      });
    });
    return tests;
  }
  function passes(tests, i) {
    for (var n = 0; n < tests.length; n++) if (!tests[n](i)) return false;
    return true;
  }

  function option(select, value, text) {
    var made = element("option", "", text);
    made.value = value;
    select.appendChild(made);
    return made;
  }
  function offer() {
    var used = function (column) {
      var seen = new Set(column);
      seen.delete(-1);
      return Array.from(seen);
    };
    var names = function (select, column, list) {
      option(select, "", words.any);
      used(column).sort(function (a, b) { return list[a] < list[b] ? -1 : 1; })
        .forEach(function (n) { option(select, n + 1, list[n]); });
    };
    names($("f-vm"), ev.vm, ev.vms);
    names($("f-node"), ev.node, ev.nodes);
    option($("f-severity"), "", words.any);
    [3, 2, 1].forEach(function (n) {
      option($("f-severity"), SEVERITY_NAMES[n], fill(words.andWorse, { severity: words.severities[n] }));
    });
    option($("f-finding"), "", words.any);
    ev.findings.forEach(function (f) { option($("f-finding"), f[0].replace("finding-", ""), f[1]); });
    option($("f-kind"), "", words.any);
    words.families.forEach(function (label, family) {
      var kinds = ev.kinds.filter(function (k) { return k[2] === family; });
      if (!kinds.length) return;
      var group = element("optgroup");
      group.label = label;
      option(group, FAMILY_NAMES[family], fill(words.allOfFamily, { family: label }));
      kinds.sort(function (a, b) { return a[1] < b[1] ? -1 : 1; })
        .forEach(function (k) { option(group, k[0], k[1]); });
      $("f-kind").appendChild(group);
    });
  }

  // The list: only the rows in sight are in the document.

  var list = $("list");
  var body = $("rows");
  var above = element("tr", "pad"), below = element("tr", "pad");
  [above, below].forEach(function (pad) {
    pad.setAttribute("aria-hidden", "true");
    var cell = element("td");
    cell.colSpan = 4;
    pad.appendChild(cell);
  });
  var rows = new Map();

  function placeText(i) {
    var place = words.places[ev.place[i]];
    return ev.number[i] >= 0 ? place + " " + ev.number[i] : place;
  }
  function marked(parent, text, needles) {
    var rest = text, lowRest = text.toLowerCase();
    // Where lower case is longer than what it stands for, positions would not fit.
    if (lowRest.length !== rest.length) needles = [];
    for (;;) {
      var at = -1, length = 0;
      needles.forEach(function (word) {
        var found = lowRest.indexOf(word);
        if (found >= 0 && (at < 0 || found < at)) { at = found; length = word.length; }
      });
      if (at < 0) break;
      parent.appendChild(document.createTextNode(rest.slice(0, at)));
      parent.appendChild(element("mark", "", rest.slice(at, at + length)));
      rest = rest.slice(at + length);
      lowRest = lowRest.slice(at + length);
    }
    parent.appendChild(document.createTextNode(rest));
  }
  function tone(i) {
    if (said.has(i)) return "t-said";
    return ["", "t-warn", "t-bad", "t-bad"][ev.severity[i]];
  }
  function timeOf(i, zone) { return shownTime(ev.t[i], ev.precision[i], zone, zoneDiffers); }
  var zoneDiffers = false;
  function rowOf(i, linked) {
    var row = element("tr", "w" + ev.weight[i]);
    var time = element("td", "k-time");
    if (linked) {
      var link = element("a", "", timeOf(i, state.tz));
      link.href = "#event-" + ev.id[i];
      time.appendChild(link);
    } else {
      time.textContent = timeOf(i, state.tz);
    }
    row.appendChild(time);
    row.appendChild(element("td", "", ev.node[i] < 0 ? words.unknown : ev.nodes[ev.node[i]]));
    var what = element("td", tone(i));
    marked(what, ev.texts[ev.text[i]], linked ? wordsOf(state.q) : []);
    what.title = ev.texts[ev.text[i]];
    row.appendChild(what);
    var source = element("td", "k-code");
    var member = ev.members[ev.member[i]];
    source.appendChild(element("bdi", "", member + " · " + placeText(i)));
    source.title = source.textContent;
    row.appendChild(source);
    return row;
  }
  function draw() {
    var height = list.clientHeight || 600;
    var first = Math.max(0, Math.floor(list.scrollTop / ROW) - 8);
    var last = Math.min(view.length, first + Math.ceil(height / ROW) + 18);
    rows.forEach(function (row, n) {
      if (n < first || n >= last) {
        if (row.contains(document.activeElement)) list.focus({ preventScroll: true });
        row.remove();
        rows.delete(n);
      }
    });
    var selected = idOf(state.anchor);
    for (var n = first, before = above; n < last; n++) {
      var row = rows.get(n);
      if (!row) {
        row = rowOf(view[n], true);
        row.setAttribute("aria-rowindex", n + 2);
        rows.set(n, row);
        body.insertBefore(row, before.nextSibling);
      }
      var is = ev.id[view[n]] === selected;
      row.classList.toggle("sel", is);
      if (is) row.setAttribute("aria-current", "true"); else row.removeAttribute("aria-current");
      before = row;
    }
    above.firstChild.style.height = first * ROW + "px";
    below.firstChild.style.height = (view.length - last) * ROW + "px";
  }
  function redraw() {
    rows.forEach(function (row) { row.remove(); });
    rows.clear();
    list.querySelector("table").setAttribute("aria-rowcount", view.length + 1);
    draw();
  }
  function showRow(n) {
    var head = list.querySelector("thead").offsetHeight || ROW;
    var top = n * ROW, room = list.clientHeight - head;
    if (top < list.scrollTop || top > list.scrollTop + room - ROW) {
      list.scrollTop = Math.max(0, top - room / 2);
    }
    draw();
  }

  // Details of one event

  function details() {
    var i = byId.get(idOf(state.anchor));
    var box = $("detail");
    box.hidden = i === undefined;
    box.parentNode.classList.toggle("open", i !== undefined);
    if (i === undefined) return;
    var values = $("detail-values");
    values.textContent = "";
    var put = function (label, text, href) {
      values.appendChild(element("dt", "", label));
      var value = element("dd");
      if (href) {
        var link = element("a", "", text);
        link.href = href;
        value.appendChild(link);
      } else {
        value.textContent = text;
      }
      values.appendChild(value);
      return value;
    };
    put(words.what, ev.texts[ev.text[i]]).className = tone(i);
    if (messageOf.has(i)) put(words.message, ev.messages[messageOf.get(i)]).className = "message";
    put(words.time, shownTime(ev.t[i], ev.precision[i], state.tz, true));
    if (state.tz !== "utc") put(words.time + " (UTC)", shownTime(ev.t[i], ev.precision[i], "utc", false) + "Z");
    put(words.node, ev.node[i] < 0 ? words.unknown : ev.nodes[ev.node[i]],
      ev.node[i] >= 0 && $("node-" + (ev.node[i] + 1)) ? "#node-" + (ev.node[i] + 1) : "");
    if (ev.vm[i] >= 0) {
      put(words.vm, ev.vms[ev.vm[i]], $("vm-" + (ev.vm[i] + 1)) ? "#vm-" + (ev.vm[i] + 1) : "");
    }
    put(words.kind, ev.kinds[ev.kind[i]][1] + " (" + ev.kinds[ev.kind[i]][0] + ")");
    put(words.severity, words.severities[ev.severity[i]]);
    if (said.has(i)) put(words.source, words.said);
    put(words.source, ev.members[ev.member[i]] + " · " + placeText(i));
    (findingsOf.get(i) || []).forEach(function (n) {
      put(words.finding, ev.findings[n][1], "#" + ev.findings[n][0]);
    });
  }
  function lineOf(i) {
    return [shownTime(ev.t[i], ev.precision[i], state.tz, true),
      ev.node[i] < 0 ? words.unknown : ev.nodes[ev.node[i]],
      ev.texts[ev.text[i]], ev.members[ev.member[i]] + " " + placeText(i)].join(" | ");
  }

  // Density over the shown span, and brushing

  var SVG = "http://www.w3.org/2000/svg";
  function density() {
    var bins = 160, high = 60, from = range[0], span = Math.max(1, range[1] - range[0]);
    var stacks = [0, 1, 2].map(function () { return new Array(bins).fill(0); });
    view.forEach(function (i) {
      var bin = Math.min(bins - 1, Math.max(0, Math.floor((ev.t[i] - from) / span * bins)));
      stacks[Math.min(2, ev.severity[i])][bin]++;
    });
    var most = 1;
    for (var b = 0; b < bins; b++) most = Math.max(most, stacks[0][b] + stacks[1][b] + stacks[2][b]);
    var svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 " + bins + " " + high);
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    for (b = 0; b < bins; b++) {
      var y = high;
      // The worst lies at the base, and is never too thin to be seen.
      [2, 1, 0].forEach(function (s) {
        if (!stacks[s][b]) return;
        var tall = Math.max(2, stacks[s][b] / most * (high - 8));
        var rect = document.createElementNS(SVG, "rect");
        rect.setAttribute("x", b);
        rect.setAttribute("width", "0.9");
        rect.setAttribute("y", Math.max(0, y - tall));
        rect.setAttribute("height", tall);
        rect.setAttribute("class", ["d-info", "d-warn", "d-bad"][s]);
        svg.appendChild(rect);
        y -= tall;
      });
    }
    var box = $("density");
    var old = box.querySelector("svg");
    if (old) old.remove();
    box.insertBefore(svg, box.firstChild);
    $("density-from").textContent = shownTime(range[0], 1, state.tz, false);
    $("density-to").textContent = shownTime(range[1], 1, state.tz, false);
  }
  // Lets a span of time be dragged over `box`, whose axis lies between two shares of
  // its width.
  function brush(box, left, right, axis, done) {
    var shade = element("div", "span");
    shade.hidden = true;
    box.appendChild(shade);
    var begin = null;
    var share = function (event) {
      var at = box.getBoundingClientRect();
      var x = (event.clientX - at.left) / at.width;
      return Math.min(1, Math.max(0, (x - left) / (right - left)));
    };
    var show = function (a, b) {
      shade.hidden = false;
      shade.style.left = (left + Math.min(a, b) * (right - left)) * 100 + "%";
      shade.style.width = Math.abs(b - a) * (right - left) * 100 + "%";
    };
    box.addEventListener("pointerdown", function (event) {
      if (event.button !== 0 || event.target.closest("a")) return;
      begin = share(event);
      if (box.setPointerCapture) box.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    box.addEventListener("pointermove", function (event) {
      if (begin !== null) show(begin, share(event));
    });
    var end = function (event) {
      if (begin === null) return;
      var a = begin, b = share(event);
      begin = null;
      if (event.type === "pointercancel" || Math.abs(b - a) < 0.004) { mark(); return; }
      var now = axis();
      var at = function (s) { return now[0] + s * (now[1] - now[0]); };
      done(at(Math.min(a, b)), at(Math.max(a, b)));
    };
    box.addEventListener("pointerup", end);
    box.addEventListener("pointercancel", end);
    function mark() {
      var now = axis();
      if (!(state.from || state.to) || box.id === "density" || now[1] <= now[0]) { shade.hidden = true; return; }
      var at = function (ms) { return Math.min(1, Math.max(0, (ms - now[0]) / (now[1] - now[0]))); };
      show(at(range[0]), at(range[1]));
    }
    return mark;
  }
  var marks = [];
  function instant(ms) { return new Date(Math.round(ms)).toISOString().replace(".000Z", "Z"); }
  function zoomTo(from, to) {
    if (to - from < 1000) { var middle = (from + to) / 2; from = middle - 500; to = middle + 500; }
    if (from <= whole[0] && to >= whole[1]) return filtered({ from: "", to: "" });
    filtered({ from: instant(Math.max(from, whole[0])), to: instant(Math.min(to, whole[1])) });
  }

  // One state in, one page out

  var applied = null;
  function apply(next) {
    var tests = fits(next);
    var id = idOf(next.anchor);
    if (id && byId.has(id) && !passes(tests, byId.get(id))) {
      // A link to an event outranks filters that would hide it.
      next = { anchor: next.anchor, tz: next.tz };
      if (ev.weight[byId.get(id)] > 1) next.show = "all";
      tests = fits(next);
      try { history.replaceState(null, "", written(next)); } catch (refused) { /* the view is right all the same */ }
    }
    state = next;
    applied = location.hash;
    var filter = written(changed({ anchor: "x" }));
    var from = Date.parse(state.from), to = Date.parse(state.to);
    range = [isNaN(from) ? whole[0] : from, isNaN(to) ? whole[1] : to];
    if (range[1] < range[0]) range = [range[1], range[0]];
    if (shownZone !== state.tz) { showZone(state.tz); shownZone = state.tz; }
    zoneDiffers = offsetsDiffer(state.tz);
    if (apply.filter !== filter) {
      apply.filter = filter;
      view = [];
      for (var i = 0; i < count; i++) if (passes(tests, i)) view.push(i);
      controls();
      density();
      marks.forEach(function (mark) { mark(); });
      list.scrollTop = 0;
      redraw();
      var text = view.length
        ? fill(words.shownOf, { shown: view.length, all: ev.total })
        : words.noneFit;
      $("count").textContent = text;
      Array.prototype.forEach.call(document.querySelectorAll(".found"), function (link) {
        link.textContent = "→ " + text;
      });
    }
    details();
    if (id && byId.has(id)) showRow(view.indexOf(byId.get(id)));
    else draw();
  }
  function controls() {
    ["vm", "node", "kind", "severity", "finding", "show"].forEach(function (name) {
      var select = $("f-" + name);
      select.value = state[name] || "";
      if (select.selectedIndex < 0) select.value = "";
      select.classList.toggle("on", !!state[name]);
    });
    var q = $("f-q");
    if (q !== document.activeElement) q.value = state.q || "";
    q.classList.toggle("on", !!state.q);
    ["from", "to"].forEach(function (name, n) {
      var input = $("f-" + name);
      input.classList.toggle("on", !!state[name]);
      input.placeholder = shownTime(whole[n], 1, state.tz, false);
      input.value = state[name] ? shownTime(range[n], range[n] % 1000 ? 0 : 1, state.tz, false) : "";
      input.removeAttribute("aria-invalid");
    });
    $("span-wrong").hidden = true;
  }
  // Opens what hides an anchor, and brings it into sight.
  function reveal(anchor) {
    var id = idOf(anchor);
    var target = $(id && byId.has(id) ? "explorer" : anchor);
    if (!target) return;
    for (var node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS") node.open = true;
    }
    Array.prototype.forEach.call(document.querySelectorAll(".here"), function (old) { old.classList.remove("here"); });
    if (target.matches(".finding,.fold,.answers li")) target.classList.add("here");
    target.scrollIntoView();
    if (id) {
      var row = body.querySelector(".sel a");
      if (row) row.focus({ preventScroll: true });
      return;
    }
    var focused = target.tagName === "DETAILS" ? target.querySelector("summary") : target;
    if (focused === target && !target.hasAttribute("tabindex")) target.tabIndex = -1;
    focused.focus({ preventScroll: true });
  }

  // Copying

  function tell(text) { $("told").textContent = ""; setTimeout(function () { $("told").textContent = text; }, 50); }
  function copy(text, button, shown) {
    var ok = function () {
      tell(words.copied);
      var label = button.textContent;
      button.textContent = words.copied;
      setTimeout(function () { button.textContent = label; }, 1500);
    };
    var byHand = function () {
      var area = element("textarea");
      area.value = text;
      document.body.appendChild(area);
      area.select();
      var done = false;
      try { done = document.execCommand("copy"); } catch (refused) { done = false; }
      area.remove();
      if (done) return ok();
      if (shown) getSelection().selectAllChildren(shown);
      tell(words.copyFailed);
    };
    if (navigator.clipboard && navigator.clipboard.writeText) {
      navigator.clipboard.writeText(text).then(ok, byHand);
    } else {
      byHand();
    }
  }

  // Wiring

  document.documentElement.classList.add("js");
  Array.prototype.forEach.call(document.querySelectorAll("[data-js]"), function (node) { node.hidden = false; });
  var reader = "";
  try { reader = Intl.DateTimeFormat().resolvedOptions().timeZone || ""; } catch (none) { reader = ""; }
  Array.prototype.forEach.call($("zone").options, function (choice) {
    if (choice.value === "reader" && reader) choice.textContent = words.reader + " (" + reader + ")";
  });
  $("explorer").hidden = false;
  body.appendChild(above);
  body.appendChild(below);
  // The table is for paper and for browsers without a script.
  var table = $("events-table");
  table.remove();
  offer();

  ["vm", "node", "kind", "severity", "finding", "show"].forEach(function (name) {
    $("f-" + name).addEventListener("change", function () {
      var values = {};
      values[name] = this.value;
      filtered(values);
    });
  });
  var typing = 0;
  $("f-q").addEventListener("input", function () {
    clearTimeout(typing);
    typing = setTimeout(function () {
      // One search is one step back, however many letters it had.
      filtered({ q: $("f-q").value.trim() }, state.q && document.activeElement === $("f-q") ? "replace" : "push");
    }, 150);
  });
  ["from", "to"].forEach(function (name) {
    $("f-" + name).addEventListener("change", function () {
      var values = {};
      var ms = this.value.trim() ? typedTime(this.value) : null;
      if (ms !== null && isNaN(ms)) {
        this.setAttribute("aria-invalid", "true");
        $("span-wrong").hidden = false;
        return;
      }
      values[name] = ms === null ? "" : instant(ms);
      filtered(values);
    });
  });
  var zoom = function (by) {
    return function () {
      var middle = (range[0] + range[1]) / 2, half = (range[1] - range[0]) / 2 * by;
      var i = byId.get(idOf(state.anchor));
      if (by < 1 && i !== undefined) middle = ev.t[i];
      zoomTo(middle - half, middle + half);
    };
  };
  $("b-in").addEventListener("click", zoom(0.4));
  $("b-out").addEventListener("click", zoom(2.5));
  $("b-whole").addEventListener("click", function () { filtered({ from: "", to: "" }); });
  $("b-reset").addEventListener("click", function () { $("f-q").value = ""; go({ anchor: "timeline", tz: state.tz }); });
  $("b-link").addEventListener("click", function () { copy(location.href, this); });
  $("b-close").addEventListener("click", function () { filtered({}); list.focus(); });
  $("b-copy-event").addEventListener("click", function () {
    var i = byId.get(idOf(state.anchor));
    if (i !== undefined) copy(lineOf(i), this, $("detail-values"));
  });
  $("zone").addEventListener("change", function () { go(changed({ tz: this.value })); });
  Array.prototype.forEach.call(document.querySelectorAll("[data-copy]"), function (button) {
    button.addEventListener("click", function () {
      var source = $(this.getAttribute("data-copy"));
      copy(source.textContent, this, source);
    });
  });

  var due = false;
  list.addEventListener("scroll", function () {
    if (due) return;
    due = true;
    requestAnimationFrame(function () { due = false; draw(); });
  });
  list.addEventListener("keydown", function (event) {
    var step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey || !view.length) return;
    event.preventDefault();
    var now = view.indexOf(byId.get(idOf(state.anchor)));
    var n = now < 0 ? Math.floor(list.scrollTop / ROW) : Math.min(view.length - 1, Math.max(0, now + step));
    go(changed({ anchor: "event-" + ev.id[view[n]] }), now < 0 ? "push" : "replace");
    var link = body.querySelector(".sel a");
    if (link) link.focus({ preventScroll: true });
  });

  marks.push(brush($("density"), 0, 1, function () { return range; }, zoomTo));
  Array.prototype.forEach.call(document.querySelectorAll(".plot"), function (plot) {
    var axis = [+plot.dataset.from, +plot.dataset.to];
    marks.push(brush(plot, +plot.dataset.left, +plot.dataset.right, function () { return axis; }, zoomTo));
  });

  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[href^='#']");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    var next = parse(link.getAttribute("href"));
    // A link that narrows the timeline says all of it; any other keeps the view.
    var narrows = FILTERS.some(function (name) { return next[name]; });
    next = narrows ? next : changed({ anchor: next.anchor });
    next.tz = state.tz;
    if (narrows && !next.show) next.show = "all";
    go(next);
    reveal(next.anchor);
  });
  var follow = function () {
    if (location.hash === applied) return;
    apply(parse(location.hash));
    applied = location.hash;
    if (state.anchor) reveal(state.anchor);
  };
  addEventListener("popstate", follow);
  addEventListener("hashchange", follow);

  // Where one is.
  if (window.IntersectionObserver) {
    var links = {};
    Array.prototype.forEach.call(document.querySelectorAll("nav a"), function (link) {
      links[link.getAttribute("href").slice(1)] = link;
    });
    var current = null;
    var watch = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (!entry.isIntersecting) return;
        if (current) current.removeAttribute("aria-current");
        current = links[entry.target.id];
        current.setAttribute("aria-current", "true");
      });
    }, { rootMargin: "-20% 0px -70% 0px" });
    Object.keys(links).forEach(function (id) { if ($(id)) watch.observe($(id)); });
  }

  // Tables that are larger than their place can be scrolled by keyboard.
  var reach = function () {
    Array.prototype.forEach.call(document.querySelectorAll(".scroll,.chart"), function (box) {
      // Asking for the size of what is folded would lay it out.
      if (box.closest("details:not([open])")) return;
      if (box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1) {
        var caption = box.querySelector("caption,title");
        box.tabIndex = 0;
        box.setAttribute("role", "group");
        if (caption) box.setAttribute("aria-label", caption.textContent);
      } else if (box.hasAttribute("role")) {
        ["tabindex", "role", "aria-label"].forEach(function (name) { box.removeAttribute(name); });
      }
    });
  };
  addEventListener("resize", function () { reach(); draw(); });
  document.addEventListener("toggle", reach, true);

  // On paper: the table, or what the filters leave of it, and all findings unfolded.
  addEventListener("beforeprint", function () {
    var place = $("printed");
    place.textContent = "";
    if (written(changed({ anchor: "", tz: "" })) === "#") {
      place.appendChild(table);
      reach();
      return;
    }
    var copyOf = element("table");
    var head = list.querySelector("thead").cloneNode(true);
    copyOf.appendChild(head);
    var rest = element("tbody");
    view.slice(0, MOST_PRINTED).forEach(function (i) { rest.appendChild(rowOf(i, false)); });
    copyOf.appendChild(rest);
    if (view.length > MOST_PRINTED) {
      place.appendChild(element("p", "aside", fill(words.printedFirst, { shown: MOST_PRINTED, all: view.length })));
    }
    place.appendChild(copyOf);
  });
  addEventListener("afterprint", function () { $("printed").textContent = ""; });

  apply(parse(location.hash));
  reach();
  if (state.anchor) reveal(state.anchor);
})();
