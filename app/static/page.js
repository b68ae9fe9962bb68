// What a script adds to pages that work without one: forms are sent in place, the exchange of the agents is shown as
// it happens, answers are copied. All HTML comes from the server; what events carry is only ever put in as text.

const RESTING = new Set(["completed", "failed", "canceled", "rejected", "input-required"]);
const ANNOUNCED_EVERY = 4000;
const DOING = { plan: "plans", request: "asks the solver", result: "answers", check: "checks", question: "asks you" };

const byId = (id) => document.getElementById(id);
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// --- What is said to those who do not see the page: little, and never more than one thing at a time.

let announced = 0;

function announce(text, always = true) {
  if (!always && Date.now() - announced < ANNOUNCED_EVERY) return;
  announced = Date.now();
  byId("said").textContent = text;
}

// --- Forms in place.

let sent = 0;
let answered = 0;

async function send(form, submitter) {
  if (form.getAttribute("aria-busy") === "true") return;
  const number = ++sent;
  form.setAttribute("aria-busy", "true");
  complain(form, "");
  if (label(form)) label(form).textContent = "Stopping before the next step";
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form, submitter)),
      headers: { Accept: "text/html", Prefer: "respond-async" },
    });
    const html = await response.text();
    // What is too long was not read, so the page that came has not got it.
    if (response.status === 413) complain(form, problem(html) || "This is too long. Send a shorter one.");
    else if (number > answered) {
      // A page that was sent for earlier, and comes later, lacks what this one has.
      answered = number;
      show(html, response.redirected ? response.url : "", draft(form));
    }
  } catch {
    if (label(form)) label(form).textContent = AT_WORK;
    complain(form, "This could not be sent. Look at your connection and try again.");
  } finally {
    form.removeAttribute("aria-busy");
  }
}

// What has been typed since a form was sent that is not the question's. That one may have left the page meanwhile.
const draft = (form) => (form.querySelector("#question") ? "" : (byId("question")?.value ?? ""));

function complain(form, text) {
  form.querySelector(".unsent")?.remove();
  if (!text) return;
  const line = document.createElement("p");
  line.className = "error unsent";
  line.setAttribute("role", "alert");
  line.textContent = text;
  form.prepend(line);
}

const parse = (html) => new DOMParser().parseFromString(html, "text/html");
const problem = (html) => parse(html).querySelector("main .error")?.textContent.trim();

function show(html, address, typed) {
  const page = parse(html);
  if (!page.querySelector("main")) throw new Error("not a page");
  const moved = address && new URL(address).pathname !== location.pathname;
  if (moved) history.pushState(null, "", address);
  shown = location.pathname;
  document.title = page.title;
  for (const part of ["main", "#beside", ".bar nav"]) {
    const [old, fresh] = [document.querySelector(part), page.querySelector(part)];
    if (old && fresh) old.replaceChildren(...fresh.childNodes);
  }
  prepare();
  if (typed && byId("question")) byId("question").value = typed;
  const field = document.querySelector("[aria-invalid], .input-required:last-of-type textarea") ?? byId("question");
  if (matchMedia("(pointer: fine)").matches || field?.ariaInvalid) field?.focus({ preventScroll: true });
  else byId("main").focus({ preventScroll: true });
  if (!page.querySelector("[aria-invalid]")) look(newest());
}

function look(turn) {
  turn?.scrollIntoView({ block: "start" });
  // What is new is at the end, and is followed from there.
  if (turn?.dataset.events) scrollTo({ top: document.documentElement.scrollHeight });
}

addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-send]")) {
    event.preventDefault();
    send(form, event.submitter);
  } else if (form.matches("[data-theme-form]")) {
    event.preventDefault();
    document.documentElement.dataset.theme = event.submitter.value;
    for (const button of form.querySelectorAll("button")) button.ariaPressed = String(button === event.submitter);
    fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form, event.submitter)), redirect: "manual" });
  }
});

addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key === "Escape") field.closest?.(".more[open]")?.removeAttribute("open");
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || !field.matches?.("[data-enter]")) return;
  // A phone's keyboard has no other way to begin a line.
  if (!matchMedia("(pointer: fine)").matches) return;
  event.preventDefault();
  field.form.requestSubmit();
});

// Back and forward; a link within the page is not away from it.
let shown = location.pathname;
addEventListener("popstate", () => location.pathname === shown || location.reload());

// --- Copying.

addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (button) {
    button.textContent = (await copy(button.dataset.copy)) ? "Copied" : "Not copied";
    announce(button.textContent);
    await pause(2000);
    button.textContent = "Copy";
  }
  for (const menu of document.querySelectorAll(".more[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without HTTPS there is only the old way.
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  }
}

// --- The exchange as it happens.

const AT_WORK = "The agents are at work";
const LOST = "The connection is lost; trying again";
const sources = new Set();

const newest = () => [...document.querySelectorAll(".turn")].at(-1);

function follow(said) {
  for (const stream of sources) stream.close();
  sources.clear();
  const turns = document.querySelectorAll("[data-events]");
  for (const turn of turns) listen(turn, 0);
  if (turns.length) announce(said);
  return turns;
}

// A stream over a line that is gone may not notice it for minutes, and one that was being opened may say that it is open.
addEventListener("offline", () => {
  for (const turn of follow(LOST)) work(turn, LOST);
});
addEventListener("online", () => follow(AT_WORK));

function listen(turn, failures) {
  const stream = new EventSource(turn.dataset.events);
  sources.add(stream);
  const on = (kind, act) =>
    stream.addEventListener(kind, (event) => {
      // A stream that begins anew tells everything again.
      if (Number(event.lastEventId) <= Number(turn.dataset.last)) return;
      turn.dataset.last = event.lastEventId;
      const low = innerHeight + scrollY > document.documentElement.scrollHeight - 160;
      act(JSON.parse(event.data));
      if (low) scrollTo({ top: document.documentElement.scrollHeight });
    });
  on("message", (message) => addLine(turn, message));
  on("delta", (delta) => addWords(turn, delta.text ?? ""));
  on("status", (status) => {
    if (RESTING.has(status.state)) {
      stream.close();
      settle(turn);
    } else if (status.text) {
      work(turn, status.text);
    }
  });
  // The key that this browser signed in with has ended: the page itself leads on from there.
  stream.addEventListener("refused", () => {
    stream.close();
    location.reload();
  });
  stream.onopen = () => {
    if (label(turn)?.textContent === LOST) work(turn, AT_WORK);
    failures = 0;
  };
  stream.onerror = async () => {
    if (!sources.has(stream) || !turn.isConnected) return;
    failures += 1;
    if (failures > 1) work(turn, LOST);
    // A browser goes on by itself unless the answer was an error.
    if (stream.readyState !== EventSource.CLOSED) return;
    await pause(Math.min(1000 * failures, 10000));
    if (sources.delete(stream) && turn.isConnected) listen(turn, failures);
  };
}

function addLine(turn, message) {
  if (message.kind === "answer") return;
  const line = byId("line").content.firstElementChild.cloneNode(true);
  const speaker = message.agent === "solver" ? "solver" : "planner";
  const disagrees = message.kind === "check" && message.data?.agrees === false;
  const name = speaker[0].toUpperCase() + speaker.slice(1);
  const doing = disagrees ? "disagrees" : (DOING[message.kind] ?? "notes");
  line.className = speaker + (disagrees ? " disagrees" : "");
  line.dataset.kind = message.kind;
  line.querySelector("strong").textContent = name;
  line.querySelector(".who span").textContent = doing;
  line.querySelector(".words").textContent = message.text;
  if (message.kind === "request" && message.data?.tool) line.append(step(message.data));
  turn.querySelector("[data-lines]").append(line);
  work(turn, `${name} ${doing}`);
  announce(`${name}: ${message.text}`.slice(0, 200), false);
}

function step(data) {
  const list = document.createElement("dl");
  for (const [name, value] of [["tool", data.tool], ...Object.entries(data.arguments ?? {})]) {
    if (value === "") continue;
    const [pair, term, described, code] = ["div", "dt", "dd", "code"].map((tag) => document.createElement(tag));
    term.textContent = name;
    code.textContent = String(value).slice(0, 300);
    described.append(code);
    pair.append(term, described);
    list.append(pair);
  }
  return list;
}

function addWords(turn, text) {
  const streamed = turn.querySelector("[data-streamed]");
  streamed.hidden = false;
  streamed.append(text);
  work(turn, "Planner writes the answer");
}

const label = (turn) => turn.querySelector("[data-working-text]");

function work(turn, text) {
  if (label(turn) && turn.querySelector(".underway").getAttribute("aria-busy") !== "true") label(turn).textContent = text;
}

async function settle(turn) {
  for (let attempt = 1; turn.isConnected; attempt += 1) {
    try {
      const response = await fetch(turn.dataset.fragment);
      if (response.ok) return replace(turn, await response.text());
      if (response.status === 404) return location.reload();
    } catch {
      // Tried again below.
    }
    work(turn, "The answer is there, but cannot be fetched; trying again");
    await pause(Math.min(500 * attempt, 5000));
  }
}

function replace(turn, html) {
  const within = turn.contains(document.activeElement);
  const { top, bottom } = turn.getBoundingClientRect();
  const fresh = parse(html).querySelector(".turn");
  turn.replaceWith(fresh);
  showButtons();
  const heading = fresh.querySelector(".answer h3")?.textContent ?? "";
  const words = fresh.querySelector("[data-copy]")?.dataset.copy ?? fresh.querySelector("[data-plain]")?.textContent ?? "";
  announce(`${heading}: ${words.trim()}`.slice(0, 400));
  if (fresh.matches(".input-required:last-of-type")) fresh.querySelector("textarea").focus();
  else if (within) byId("question").focus({ preventScroll: true });
  // Question and answer come above the exchange, which was looked at until now.
  if (top < innerHeight && bottom > 0) fresh.scrollIntoView({ block: "start" });
}

// --- The page as it is now.

function showButtons() {
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
  if (matchMedia("(pointer: fine)").matches) {
    for (const hint of document.querySelectorAll("[data-hint]")) hint.hidden = false;
  }
}

function prepare() {
  showButtons();
  follow(AT_WORK);
}

prepare();
if (newest()?.dataset.events) look(newest());
