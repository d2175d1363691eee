// What this browser found out about an answer: the badge, the list of checks, and whom it trusts.

import { check, evidenceOf, forgetTrust, trust, useTrust } from "/checker.js";
import { element, icon, inWords, make } from "/draw.js";

/** The names of checks, for people. */
const NAMES = {
  question: "Question",
  version: "Version",
  validators: "Authorities",
  commit: "Signatures",
  product: "Product",
  maker: "Maker",
  lot: "Batch",
  run: "Production run",
  identity: "Serial number",
  entry: "State of the pack",
  fresh: "Age",
  answer: "Answer",
};

/** The answer where the check itself broke; all others are rows of the table. */
const BROKEN = {
  code: "EVIDENCE_INVALID",
  colour: "red",
  word: "Stop",
  sentence: "The evidence for this answer could not be checked.",
  action: "Do not dispense. Ask another verifier, and report this one to the authorities.",
};

let shown = null;

/** Checks the evidence of a scan: `{ proof, painted }`, the finding and the answer that remains. */
export async function prove(scan) {
  const { answer } = scan;
  if (!answer.evidence) {
    const why = answer.evidence_note || "The verifier gave no evidence for this answer.";
    return { proof: { state: "absent", why }, painted: answer };
  }
  const proof = await check(scan.text, scan.code, scan.time.getTime());
  return { proof, painted: remains(scan, proof) };
}

/** What remains of an answer: nothing of one whose evidence does not hold. */
function remains({ answer, code }, proof) {
  const row = proof.report?.answers?.[0] ?? BROKEN;
  const words = { ...row, answer: row.code };
  if (proof.state === "invalid") {
    // A picture was read by the verifier alone; of a text, what was scanned is shown.
    return { ...words, code: code === "" ? answer.code : undefined, notes: [] };
  }
  // A reason to stop stays one, however old it is.
  if (proof.state === "stale" && answer.colour !== "red") {
    const notes = [`${sentence(proof.why)} Check the clock of this device.`];
    return { ...answer, ...words, code: answer.code, notes };
  }
  return answer;
}

/** Draws what is known of a scan so far; none hides it all. */
export function drawProof(scan) {
  shown = scan;
  element("proof").hidden = !scan;
  if (!scan) return;
  const { proof } = scan;
  const [colour, text] = badge(proof);
  element("badge").className = `badge ${colour}`;
  element("badge-icon").setAttribute("href", `#icon-${colour}`);
  if (element("badge-text").textContent !== text) element("badge-text").textContent = text;
  const rows = proof ? checks(proof) : [];
  // Evidence that cannot be checked here can be kept and checked elsewhere.
  element("checks").hidden = !proof || !scan.answer.evidence;
  element("check-list").replaceChildren(...rows.map(drawCheck));
  element("checks-scope").textContent = scope(scan, rows);
  element("evidence-result").textContent = proof ? JSON.stringify(forMachines(scan)) : "";
}

function badge(proof) {
  if (!proof) return ["blue", "Checking the evidence in this browser…"];
  const { report, why } = proof;
  switch (proof.state) {
    case "holds":
      return ["green", `Checked in this browser: ${report.signatures} of ${report.validators} validators signed, block ${report.height}`];
    case "invalid":
      return ["red", `The evidence does not hold: ${why}`];
    case "stale":
      return ["amber", `The evidence holds, but is too old: ${why}`];
    case "absent":
      return ["blue", `Not checked in this browser. ${sentence(why)}`];
    default:
      return ["amber", `Not checked in this browser. ${sentence(why)}`];
  }
}

/** The checks that held, then the one that did not: `[colour, name, what it showed]`. */
function checks({ state, why, report }) {
  if (!report?.checks) return [];
  const rows = report.checks.map(({ name, shows }) => ["green", name, shows]);
  if (report.failed) rows.push(["red", report.failed, why]);
  else if (report.contradiction) rows.push(["red", "answer", why]);
  else if (state === "stale") rows.push(["amber", "fresh", why]);
  else rows.push(["green", "answer", "the verifier says what the evidence shows"]);
  return rows;
}

function drawCheck([colour, name, shows]) {
  const item = document.createElement("li");
  const words = make("span", sentence(shows));
  if (colour !== "green") words.prepend(make("strong", colour === "red" ? "Failed. " : "Too old. "));
  item.append(icon(colour), make("span", NAMES[name] ?? inWords(name)), words);
  return item;
}

/** What the checks do not show: what is still the verifier's own word. */
function scope({ answer, code, proof }, rows) {
  if (rows.length === 0) return "Nothing was checked. Download the evidence to have it checked elsewhere: theriac verify --offline.";
  if (proof.state !== "holds") return "";
  const words = [];
  if (code === "") words.push("The code was read from the picture by the verifier: compare it with the pack.");
  if (answer.holder) words.push("Who holds the pack is the verifier's own word; it is not public.");
  if (answer.disputed) words.push("Which events are disputed is the verifier's own word, too.");
  return words.join(" ");
}

/** The finding for programs that drive this page. */
function forMachines({ answer, painted, proof, code }) {
  const { state, why, report, ms } = proof;
  return {
    state,
    why,
    code,
    shown: painted.answer,
    stated: answer.answer,
    proved: report?.answers?.map((row) => row.code) ?? [],
    verdict: report?.verdict ?? null,
    checks: report?.checks?.map((check) => check.name) ?? [],
    failed: report?.failed ?? null,
    contradiction: report?.contradiction ?? null,
    chain_id: proof.trust?.chainId ?? null,
    ms: ms ?? null,
  };
}

function sentence(text) {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}

async function download() {
  if (!shown) return;
  const { answer, text } = shown;
  const { gtin, lot, serial } = answer.code ?? {};
  const name = ["evidence", gtin, lot, serial, answer.height].filter(Boolean).join("-");
  const file = new Blob([await evidenceOf(text)], { type: "application/json" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `${name.replaceAll(/[^A-Za-z0-9._-]/g, "_")}.json`;
  link.click();
  // The browser has taken the file by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** Shows which chain is trusted, and from where that is known. */
async function drawTrust() {
  try {
    const { chainId, validators, source, isOwn } = await trust();
    element("chain").textContent = chainId;
    element("chain-source").textContent = `${source}, ${validators} validators`;
    element("trust-forget").hidden = !isOwn;
  } catch (error) {
    element("chain").textContent = "none";
    element("chain-source").textContent = sentence(error.message);
  }
}

async function chooseTrust(file) {
  const message = element("trust-message");
  try {
    const { source } = await useTrust(file);
    message.textContent = `${source} is trusted now, in this page only.`;
    return true;
  } catch (error) {
    message.textContent = `${file.name} is no trust file: ${error.message}`;
    return false;
  }
}

/** Starts up. `again` checks anew what is shown; `ready` goes back to scanning. */
export function startProof({ again, ready }) {
  element("download").addEventListener("click", download);
  element("trust").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (!file || !(await chooseTrust(file))) return;
    await drawTrust();
    again();
    ready();
  });
  element("trust-forget").addEventListener("click", async () => {
    forgetTrust();
    element("trust-message").textContent = "The verifier's own trust file is used again.";
    await drawTrust();
    again();
    ready();
  });
  drawTrust();
}
