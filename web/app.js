// The page for staff: one field that a scanner types into, and one answer.
//
// A scanner is a keyboard. It sends GS (U+001D) as Ctrl+] or F8, ends with Enter or Tab, and types
// wherever the focus is: so every key that is not meant for something else goes to the field.
import { describe, drawAnswer, element, icon, make } from "/draw.js";
import { drawProof, prove, startProof } from "/proof.js";

const GS = "\u001d";
/** What the field shows in the place of GS, which has no shape of its own. */
const GS_SHOWN = "\u241d";
const PICTURE_BYTES_MAX = 8 * 1024 * 1024;
/** Long side of a picture that had to be made smaller: codes on packs stay readable. */
const PICTURE_SIDE_MAX = 3000;
const SCANS_MAX = 50;
const ANSWER_MS_MAX = 30000;

const field = element("code");
const scans = [];
let key = "";
let running = null;
let current = null;

/** Asks the verifier. `code` is the text as it was scanned; it is empty for a picture. */
async function ask(body, type, shown, code) {
  if (running) running.abort();
  const controller = new AbortController();
  running = controller;
  const timer = setTimeout(() => controller.abort("timeout"), ANSWER_MS_MAX);
  const slow = setTimeout(() => say("Checking…"), 200);
  try {
    const headers = { "Content-Type": type, Accept: "application/json" };
    if (key) headers.Authorization = `Bearer ${key}`;
    const response = await fetch("/verify?evidence=true", { method: "POST", headers, body, signal: controller.signal });
    const text = await response.text();
    if (running !== controller) return;
    const result = parse(text);
    if (response.ok && result) remember({ answer: result, text, code, shown, time: new Date() });
    else show(refusal(response.status, result), shown);
  } catch (error) {
    if (running !== controller) return;
    show(unreachable(controller.signal.reason === "timeout"), shown);
  } finally {
    clearTimeout(timer);
    clearTimeout(slow);
    if (running === controller) {
      running = null;
      say("");
      ready();
    }
  }
}

function askCode() {
  const text = field.value.replaceAll(GS_SHOWN, GS).trim();
  if (text === "") {
    show(own("Nothing to check", "The field is empty.", "Scan the code on the pack, or type it."), "");
    ready();
    return;
  }
  ask(JSON.stringify({ code: text }), "application/json", field.value.trim(), text);
}

async function askPicture(file) {
  try {
    const picture = await fit(file);
    await ask(picture, picture.type, file.name || "picture", "");
  } catch {
    show(own("Cannot read", "This file is no picture that can be opened here.",
      "Use a PNG or JPEG picture of the code."), file.name || "picture");
    ready();
  }
}

/** The picture as PNG or JPEG of at most 8 MiB. */
async function fit(file) {
  const isKnown = file.type === "image/png" || file.type === "image/jpeg";
  if (isKnown && file.size <= PICTURE_BYTES_MAX) return file;
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, PICTURE_SIDE_MAX / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
  if (!blob || blob.size > PICTURE_BYTES_MAX) throw new Error("too large");
  return blob;
}

/** What is said when there is no answer about the pack. */
function own(word, sentence, action) {
  return { colour: "amber", word, sentence, action, notes: [] };
}

function unreachable(isTimeout) {
  return own(
    "No answer",
    isTimeout ? "The verifier did not answer in time." : "The verifier cannot be reached.",
    "This says nothing about the pack. Check the network connection and try again.",
  );
}

function refusal(status, problem) {
  const detail = problem && problem.detail ? sentence(problem.detail) : "";
  if (status === 401) {
    return own("Key not known", "The key given under staff sign-in is not known here.",
      "Check the key, or sign out to go on without one.");
  }
  if (status === 429) {
    return own("Please wait", detail || "Too many checks from here.",
      "This says nothing about the pack. Try again after the time named.");
  }
  if (status >= 500) {
    return own("No answer", "The verifier cannot answer at the moment.",
      "This says nothing about the pack. Try again in a few seconds.");
  }
  return own("Cannot check", detail || "The verifier refused the request.",
    problem && problem.hint ? sentence(problem.hint) : "Scan again, or type what is printed beside the code.");
}

function sentence(text) {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}

function say(text) {
  element("busy").textContent = text;
}

/** Ready for the next scan: whatever is typed now replaces what is there. */
function ready() {
  // On a telephone the focus would bring up the keyboard over the answer; a scanner's keys reach the
  // field all the same.
  if (matchMedia("(pointer: coarse)").matches) {
    field.blur();
    return;
  }
  field.focus({ preventScroll: true });
  field.select();
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function remember(scan) {
  scan.painted = scan.answer;
  scans.unshift(scan);
  scans.length = Math.min(scans.length, SCANS_MAX);
  present(scan);
  await proveScan(scan);
}

/** Checks the evidence of an answer that is shown already, and shows what remains of it. */
async function proveScan(scan) {
  scan.proof = null;
  if (scan === current) drawProof(scan);
  // The answer is painted first.
  await new Promise((painted) => setTimeout(painted));
  const { proof, painted } = await prove(scan);
  scan.proof = proof;
  const isOther = painted !== scan.painted;
  scan.painted = painted;
  drawScans();
  if (scan !== current) return;
  // What is read aloud already is not read aloud again.
  if (isOther) drawAnswer(painted, scan.shown);
  drawProof(scan);
}

function present(scan) {
  current = scan;
  drawScans();
  drawAnswer(scan.painted, scan.shown);
  drawProof(scan);
  reveal();
}

/** Shows what is no answer about a pack. */
function show(message, shown) {
  current = null;
  drawAnswer(message, shown);
  drawProof(null);
  reveal();
}

function reveal() {
  element("answer").scrollIntoView({ block: "nearest", behavior: "instant" });
}

function drawScans() {
  element("history").hidden = scans.length === 0;
  element("scans").replaceChildren(...scans.map((scan) => {
    const button = make("button", "");
    button.type = "button";
    const time = make("time", scan.time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" }));
    time.dateTime = scan.time.toISOString();
    const word = make("span", scan.painted.word);
    word.className = "word";
    const what = make("span", describe(scan));
    what.className = "what";
    button.append(icon(scan.painted.colour), word, what, time);
    button.addEventListener("click", () => {
      present(scan);
      ready();
    });
    const item = document.createElement("li");
    item.append(button);
    return item;
  }));
}

function insert(text) {
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
}

document.addEventListener("keydown", (event) => {
  const target = event.target;
  const isElsewhere = target !== field && (target.tagName === "INPUT" || target.closest("#key-panel[open]"));
  if (isElsewhere) return;
  const isGs = event.key === GS || event.key === "F8" ||
    (event.ctrlKey && !event.altKey && (event.key === "]" || event.code === "BracketRight"));
  // Line ends, sent as control characters: a browser would open its downloads.
  const isEnd = event.ctrlKey && !event.shiftKey && (event.code === "KeyJ" || event.code === "KeyM");
  if (isGs) {
    event.preventDefault();
    field.focus();
    insert(GS_SHOWN);
  } else if (isEnd) {
    event.preventDefault();
    if (field.value !== "") askCode();
  } else if (target !== field && event.key.length === 1 && event.key !== " " &&
      !event.ctrlKey && !event.metaKey && !event.altKey) {
    // The key itself goes to the field, because the focus is there when it arrives.
    field.focus();
    field.select();
  }
}, { capture: true });

field.addEventListener("input", () => {
  if (!field.value.includes(GS)) return;
  const at = field.selectionStart;
  field.value = field.value.replaceAll(GS, GS_SHOWN);
  field.setSelectionRange(at, at);
});

element("code-form").addEventListener("submit", (event) => {
  event.preventDefault();
  askCode();
});

element("picture").addEventListener("change", (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (file) askPicture(file);
});

document.addEventListener("paste", (event) => {
  const [file] = event.clipboardData.files;
  if (!file) return;
  event.preventDefault();
  askPicture(file);
});

let dragged = 0;
document.addEventListener("dragenter", (event) => {
  if (![...event.dataTransfer.types].includes("Files")) return;
  dragged += 1;
  element("drop").hidden = false;
});
document.addEventListener("dragleave", () => {
  dragged = Math.max(0, dragged - 1);
  if (dragged === 0) element("drop").hidden = true;
});
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  dragged = 0;
  element("drop").hidden = true;
  const [file] = event.dataTransfer.files;
  if (file) askPicture(file);
});

element("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  key = element("key").value.trim();
  element("key").value = "";
  element("key-panel").open = false;
  element("key-panel").classList.toggle("signed-in", key !== "");
  element("key-summary").textContent = key === "" ? "Staff sign-in" : "Signed in: change or sign out";
  ready();
});

element("clear").addEventListener("click", () => {
  scans.length = 0;
  drawScans();
  ready();
});

startProof({
  // Trust has changed: what is shown is checked anew, at the time at which it was answered.
  again: () => {
    if (current) proveScan(current);
  },
  ready,
});
ready();
