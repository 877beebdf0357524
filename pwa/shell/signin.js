// The sign-in page: no Python, on screen at once, while the service worker fetches the rest behind it.
import { refusal } from "/answers.js";
import * as session from "/session.js";
import * as store from "/store.js";

const WORDS = {
  "zh-CN": {
    tagline: "没有信号，也能下单", login: "账号", password: "密码", signIn: "登录", other: "English",
    wrong: "账号或密码不对。", empty: "请填写账号和密码。", limited: "尝试太多次了，请在 {seconds} 秒后再试。",
    noNetwork: "没有网络。第一次在这台设备上登录需要网络。",
    otherNetwork: "连不上服务器。这个网络可能要先在浏览器里登录（如酒店、商场的 Wi-Fi），也可以换用移动数据。", serverTrouble: "服务器暂时没有回应（{status}），请稍后再试。",
    busy: "正在登录…", preparing: "正在准备应用…", ready: "应用已保存到本机，可离线使用", downloading: "正在把应用保存到本机",
    stale: "这次登录是离线验证的；联网后会再次核对。",
    failedTitle: "应用没能启动", failedText: "您还没发送的内容都保存在本机，不会丢失。", retry: "再试一次",
    locked: "已锁定", unlock: "解锁", otherLogin: "换账号", show: "显示密码", hide: "隐藏密码",
    waitingNone: "没有等着发送的内容", waiting: "{count} 项待发送，都保存在这台手机上",
    export: "导出待发送的内容", details: "技术细节", updated: "新版本已就绪",
  },
  en: {
    tagline: "Take orders with no signal", login: "Account", password: "Password", signIn: "Sign in", other: "中文",
    wrong: "That account or password is not right.", empty: "Please enter your account and password.",
    limited: "Too many attempts. Please try again in {seconds} seconds.",
    noNetwork: "No network. The first sign-in on this device needs one.",
    otherNetwork: "The server can't be reached. This network may want you to sign in to it in the browser first, as in hotels and shops; mobile data may do.",
    serverTrouble: "The server is not answering right now ({status}). Please try again shortly.",
    busy: "Signing in…", preparing: "Getting the app ready…", ready: "The app is kept on this device and works offline",
    downloading: "Keeping the app on this device", stale: "Checked on this device; it is checked again once there is a network.",
    failedTitle: "The app could not start", failedText: "What you have not sent yet is kept on this device and is not lost.",
    locked: "Locked", unlock: "Unlock", otherLogin: "Use another account", show: "Show the password", hide: "Hide the password",
    waitingNone: "Nothing waits to be sent", waiting: "Not sent yet: {count}, kept on this phone",
    retry: "Try again", export: "Export what waits", details: "Technical details", updated: "A new version is ready",
  },
};

export const language = () => {
  const chosen = localStorage.getItem("qudao.language");
  if (chosen in WORDS) return chosen;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
};

export const words = () => WORDS[language()];

export function fillWords(root) {
  document.documentElement.lang = language();
  for (const element of root.querySelectorAll("[data-text]")) element.textContent = words()[element.dataset.text];
}

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name]);

// Shows the form in `host`; resolves with the session record once somebody is in.
export function signIn(host) {
  host.replaceChildren(document.getElementById("sign-in-form").content.cloneNode(true));
  const form = host.querySelector("form");
  const error = host.querySelector(".form-error");
  const switcher = host.querySelector('[data-role="language"]');
  const say = (text) => { error.textContent = text; error.hidden = !text; };
  const paint = () => {
    fillWords(host);
    switcher.textContent = words().other;
    paintLock(host);
    showPassword(form, form.elements.password.type === "text");
  };
  host.querySelector('[data-role="show"]').onclick = () => showPassword(form, form.elements.password.type === "password");
  host.querySelector('[data-role="other-login"]').onclick = () => {
    session.unlockScreen();
    form.elements.login.value = "";
    say("");
    paint();
    form.elements.login.focus();
  };
  switcher.onclick = () => {
    localStorage.setItem("qudao.language", language() === "en" ? "zh-CN" : "en");
    say("");
    paint();
  };
  if (!session.locked()) form.elements.login.value = session.lastLogin();
  paint();
  form.elements[form.elements.login.value ? "password" : "login"].focus({ preventScroll: true });
  return new Promise((resolve) => {
    form.onsubmit = async (event) => {
      event.preventDefault();
      const button = form.querySelector('[data-testid="sign-in"]');
      const [login, password] = [form.elements.login.value.trim(), form.elements.password.value];
      if (!login || !password) {
        // Enter in the first field is on its way to the second.
        const onward = login && document.activeElement === form.elements.login;
        form.elements[login ? "password" : "login"].focus();
        return onward || say(words().empty);
      }
      button.disabled = true;
      button.textContent = words().busy;
      say("");
      try {
        const outcome = await attempt(login, password);
        if (outcome.session) return resolve(outcome.session);
        say(outcome.problem);
        form.elements.password.select(); // what is typed next takes its place
      } finally {
        button.disabled = false;
        button.textContent = session.locked() ? words().unlock : words().signIn;
      }
    };
  });
}

// Locked: whose phone it is, what waits on it, and only the password asked for.
function paintLock(host) {
  const locked = session.locked();
  host.querySelector(".sign-in").classList.toggle("sign-in-locked", Boolean(locked));
  host.querySelector('[data-role="locked"]').hidden = !locked;
  host.querySelector('[data-role="other-login"]').hidden = !locked;
  // The account stays an input, plain as text: whoever types another one signs in with that.
  host.querySelector("form").elements.login.tabIndex = locked ? -1 : 0;
  if (!locked) return;
  host.querySelector("form").elements.login.value = locked.login;
  host.querySelector('[data-role="locked-name"]').textContent = locked.name || locked.login;
  host.querySelector('[data-role="locked-waiting"]').textContent = locked.waiting ? filled(words().waiting, { count: locked.waiting }) : words().waitingNone;
  host.querySelector('[data-testid="sign-in"]').textContent = words().unlock;
}

function showPassword(form, shown) {
  const toggle = form.querySelector('[data-role="show"]');
  form.elements.password.type = shown ? "text" : "password";
  toggle.setAttribute("aria-label", shown ? words().hide : words().show);
  toggle.setAttribute("aria-pressed", String(shown));
  toggle.querySelector("use").setAttribute("href", shown ? "#i-eye-off" : "#i-eye");
}

// Milliseconds for a server to answer. A line may be dead without breaking; whom this phone knows need not stand there
// until it does: they are let in by its own lock, as without a network.
const PATIENCE = 40_000;
const KNOWN_HERE = 10_000;

async function attempt(login, password) {
  let response;
  const signal = AbortSignal.timeout((await session.isKnown(login)) ? KNOWN_HERE : PATIENCE);
  const inTime = new Promise((_, fail) => signal.addEventListener("abort", () => fail(signal.reason), { once: true }));
  inTime.catch(() => {});
  try {
    await Promise.race([finishSignOut(), inTime]);
    response = await fetch("/api/session", {
      method: "POST", headers: { "Content-Type": "application/json" }, credentials: "same-origin", signal,
      body: JSON.stringify({ login, password, device: await session.deviceId() }),
    });
  } catch {
    return offline(login, password);
  }
  const record = response.status === 201 && (await response.json().catch(() => null));
  if (record) return accepted(login, password, record);
  if (response.status === 429) return { problem: filled(words().limited, { seconds: response.headers.get("Retry-After") ?? "60" }) };
  if (response.status >= 500) return offline(login, password, filled(words().serverTrouble, { status: response.status }));
  if (await refusal(response)) return { problem: words().wrong };
  return offline(login, password, words().otherNetwork);
}

async function accepted(login, password, answer) {
  const { token: _token, ...record } = answer; // the cookie carries it
  const kept = { ...record, login, checked_at: new Date().toISOString() };
  await store.saveJson("cookie-owner", login);
  await session.keepLock(login, password, kept);
  await session.remember(kept);
  return { session: kept };
}

async function offline(login, password, unreached = words().noNetwork) {
  const { session: kept, wrong } = await session.unlock(login, password);
  if (!kept) return { problem: wrong ? words().wrong : unreached };
  // The cookie may be another person's: then nothing may be sent with it before the server has checked this one.
  const borrowed = (await store.loadJson("cookie-owner")) !== login;
  if (!borrowed) await store.saveJson("sign-out", null);
  const record = { ...kept, borrowed };
  await session.remember(record);
  return { session: record };
}

let ending = Promise.resolve();

// A sign-out without network is told to the server at the next chance, never beside a sign-in.
export function finishSignOut() {
  ending = ending.catch(() => {}).then(async () => {
    if (!(await store.loadJson("sign-out"))) return;
    const answer = await fetch("/api/session", { method: "DELETE", credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE) });
    if (answer.status === 204 || (answer.status === 401 && (await refusal(answer)))) await store.saveJson("sign-out", null);
  });
  return ending;
}

// Bytes over the wire; then, while the app is made ready to start quickly, no end is known.
export function showProgress(host, done, total) {
  const box = host.querySelector('[data-role="download"]');
  if (!box || box.classList.contains("finished")) return;
  const share = total ? Math.min(1, done / total) : 0;
  const megabytes = (count) => new Intl.NumberFormat(language(), { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(count / 1e6);
  box.classList.add("shown");
  box.querySelector('[data-role="download-text"]').textContent = share === 1 ? words().preparing : words().downloading;
  box.querySelector('[data-role="download-size"]').textContent = share === 1 ? "" : `${megabytes(done)} / ${megabytes(total)} MB`;
  const bar = box.querySelector(".progress");
  bar.setAttribute("aria-valuenow", String(Math.round(share * 100)));
  bar.setAttribute("aria-label", words().downloading);
  bar.classList.toggle("progress-unknown", share === 1);
  bar.firstElementChild.style.transform = share === 1 ? "" : `scaleX(${share})`;
}

export function showReady(host = document.getElementById("shell")) {
  const box = host.querySelector('[data-role="download"]');
  if (!box) return;
  box.classList.add("shown", "finished");
  box.querySelector('[data-role="download-text"]').textContent = words().ready;
  box.querySelector('[data-role="download-size"]').textContent = "";
}
