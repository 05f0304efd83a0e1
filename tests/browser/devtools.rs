//! A headless Chromium driven over a pipe by the DevTools protocol: messages are JSON
//! that ends in a zero byte. Enough to open a page, look at it and use it; not a
//! general client.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// A browser that says nothing for so long is taken for hung.
const PATIENCE: Duration = Duration::from_secs(120);

/// The browser to use: `VMTRAIL_CHROMIUM`, else the first that is installed. `None`
/// says so on standard error.
pub fn chromium() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("VMTRAIL_CHROMIUM") {
        return Some(PathBuf::from(named));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = ["chromium", "chromium-browser", "google-chrome"]
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |dir| dir.join(name)))
        .find(|file| file.is_file());
    if found.is_none() {
        eprintln!("skipped: no Chromium is installed (set VMTRAIL_CHROMIUM)");
    }
    found
}

/// One page in one browser with a profile of its own.
pub struct Browser {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    session: Option<String>,
    number: u64,
    /// What the page reported since it was opened.
    pub events: Vec<Value>,
    _profile: tempfile::TempDir,
}

impl Browser {
    pub fn start(chromium: &Path) -> Browser {
        let profile = tempfile::tempdir().unwrap();
        // The protocol's pipe is on descriptors 3 and 4, which a shell can set.
        let mut child = Command::new("sh")
            .arg("-c")
            .arg("exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>/dev/null")
            .arg("sh")
            .arg(chromium)
            .args([
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--remote-debugging-pipe",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let mut output = child.stdout.take().unwrap();
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let mut waiting = Vec::new();
            let mut part = [0; 65536];
            while let Ok(n @ 1..) = output.read(&mut part) {
                waiting.extend_from_slice(&part[..n]);
                while let Some(end) = waiting.iter().position(|b| *b == 0) {
                    let message: Vec<u8> = waiting.drain(..=end).collect();
                    let value = serde_json::from_slice(&message[..end]).unwrap();
                    if sender.send(value).is_err() {
                        return;
                    }
                }
            }
        });
        let mut browser = Browser {
            child,
            input,
            messages,
            session: None,
            number: 0,
            events: Vec::new(),
            _profile: profile,
        };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attached = browser.call(
            "Target.attachToTarget",
            json!({ "targetId": target["targetId"], "flatten": true }),
        );
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    fn receive(&mut self) -> Value {
        self.messages
            .recv_timeout(PATIENCE)
            .expect("the browser answers")
    }

    /// Calls a method and waits for its result.
    pub fn call(&mut self, method: &str, params: Value) -> Value {
        self.number += 1;
        let mut message = json!({ "id": self.number, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.input.as_mut().unwrap().write_all(&bytes).unwrap();
        loop {
            let mut answer = self.receive();
            if answer["id"] == json!(self.number) {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].take();
            }
            self.events.push(answer);
        }
    }

    /// Opens an address in a fresh document and waits until it is loaded. `events`
    /// begins anew.
    pub fn open(&mut self, url: &str) {
        for url in ["about:blank", url] {
            self.events.clear();
            self.call("Page.navigate", json!({ "url": url }));
            while self.named("Page.loadEventFired").is_empty() {
                let event = self.receive();
                self.events.push(event);
            }
        }
    }

    /// The parameters of the events of that name.
    pub fn named(&self, method: &str) -> Vec<&Value> {
        self.events
            .iter()
            .filter(|e| e["method"] == method)
            .map(|e| &e["params"])
            .collect()
    }

    /// The value of an expression of the page, awaited.
    pub fn value(&mut self, expression: &str) -> Value {
        let mut answer = self.call(
            "Runtime.evaluate",
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true,
                    "userGesture": true }),
        );
        let thrown = &answer["exceptionDetails"];
        assert!(thrown.is_null(), "{expression}: {thrown}");
        answer["result"]["value"].take()
    }

    /// The same, as text.
    pub fn text(&mut self, expression: &str) -> String {
        match self.value(expression) {
            Value::String(text) => text,
            other => other.to_string(),
        }
    }

    /// The same, as a number.
    pub fn number(&mut self, expression: &str) -> f64 {
        let value = self.value(expression);
        value
            .as_f64()
            .unwrap_or_else(|| panic!("{expression}: {value}"))
    }

    /// Waits until an expression is true: for what the page does on the next frame.
    pub fn until(&mut self, expression: &str) {
        let waited = format!(
            "new Promise((done, no) => {{ const end = Date.now() + 30000; (function look() {{
                if ({expression}) done(true); else if (Date.now() > end) no(new Error('never'));
                else setTimeout(look, 20); }})() }})"
        );
        self.value(&waited);
    }

    /// Drags the pointer from one point of the window to another.
    pub fn drag(&mut self, from: (f64, f64), to: (f64, f64)) {
        let mut mouse = |kind: &str, (x, y): (f64, f64), buttons: u8| {
            self.call(
                "Input.dispatchMouseEvent",
                json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": buttons,
                        "clickCount": 1 }),
            );
        };
        mouse("mouseMoved", from, 0);
        mouse("mousePressed", from, 1);
        mouse("mouseMoved", ((from.0 + to.0) / 2.0, from.1), 1);
        mouse("mouseMoved", to, 1);
        mouse("mouseReleased", to, 0);
    }

    /// Presses a key that has no text.
    pub fn press(&mut self, key: &str, code: u32) {
        for kind in ["rawKeyDown", "keyUp"] {
            self.call(
                "Input.dispatchKeyEvent",
                json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code }),
            );
        }
    }

    /// The size of the window in pixels.
    pub fn size(&mut self, width: u32, height: u32) {
        self.call(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
        );
    }

    /// The medium (`screen`, `print`, empty for the real one) and its features.
    pub fn media(&mut self, media: &str, features: &[(&str, &str)]) {
        let features: Vec<Value> = features
            .iter()
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
        self.call(
            "Emulation.setEmulatedMedia",
            json!({ "media": media, "features": features }),
        );
    }

    /// What went wrong since the page was opened: errors, warnings, dialogs, and
    /// requests for anything but the page itself.
    pub fn faults(&self, page: &str) -> Vec<String> {
        let mut faults = Vec::new();
        for method in [
            "Runtime.exceptionThrown",
            "Runtime.consoleAPICalled",
            "Log.entryAdded",
            "Page.javascriptDialogOpening",
            "Page.windowOpen",
        ] {
            let all = self.named(method).into_iter();
            faults.extend(all.map(|event| format!("{method}: {event}")));
        }
        for request in self.named("Network.requestWillBeSent") {
            let url = request["request"]["url"].as_str().unwrap_or_default();
            if url.split('#').next() != page.split('#').next() {
                faults.push(format!("request: {url}"));
            }
        }
        faults
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
