// Checks evidence in this browser, with the verifier's own crate as WebAssembly.
//
// Whatever goes wrong here is said and never taken for a good answer. The files of the check come
// from the same server as the answer: who trusts neither keeps the evidence and checks it with
// `theriac verify --offline`.

/** Age from which a state is too old: what verifiers allow, and a minute for this device's clock. */
const AGE_MS_MAX = 180000;
const TRUST_BYTES_MAX = 64 * 1024;

/** The module, from the first time that it is asked for. */
let loading = null;
/** The user's trust file, and the verifier's. */
let own = null;
let served = null;

/** Loads the check; the same promise however often it is asked for. */
function load() {
  loading ??= start().catch((error) => {
    // The next answer tries again: a network that failed once may be back.
    loading = null;
    throw error;
  });
  return loading;
}

async function start() {
  if (typeof WebAssembly !== "object") throw new Error("This browser cannot check evidence: it has no WebAssembly");
  const file = await fetch("/evidence.wasm");
  if (file.status === 404) throw new Error("This build of the verifier cannot check evidence in the browser");
  if (!file.ok) throw new Error("The check of evidence could not be loaded");
  const module = await import("/evidence.js");
  await module.default({ module_or_path: file });
  return module;
}

/** The trust in use: `{ text, chainId, validators, source, isOwn }`. */
export async function trust() {
  if (own) return own;
  if (served) return served;
  const module = await load();
  const response = await fetch("/genesis.json").catch(() => null);
  if (!response?.ok) throw new Error("The verifier gives no trust file; choose one of your own");
  served = read(module, await response.text(), "this verifier's genesis", false);
  return served;
}

/** Takes a trust file of the user's, for as long as the page is open. */
export async function useTrust(file) {
  const module = await load();
  if (file.size > TRUST_BYTES_MAX) throw new Error("the file is too large for a trust file");
  own = read(module, await file.text(), file.name, true);
  return own;
}

/** Goes back to the verifier's. */
export function forgetTrust() {
  own = null;
}

function read(module, text, source, isOwn) {
  const result = JSON.parse(module.read_trust(text));
  if (result.error) throw new Error(result.error);
  return { text, chainId: result.chain_id, validators: result.validators, source, isOwn };
}

/**
 * Checks an answer, given as the text that was received at `nowMs`, to a code as it was scanned
 * (empty for a picture). Returns `{ state, why, report, trust, ms }`; `state` is `holds`, `stale`, `invalid`, or
 * `unable` when nothing could be checked, which says nothing about the answer.
 */
export async function check(answerText, code, nowMs) {
  let module;
  let trusted;
  try {
    module = await load();
    trusted = await trust();
  } catch (error) {
    return { state: "unable", why: error.message };
  }
  const before = performance.now();
  let report;
  try {
    report = JSON.parse(module.check_answer(answerText, code, trusted.text, nowMs, AGE_MS_MAX));
  } catch {
    // Memory that ran out, say. A module that failed once is not used again.
    loading = null;
    return { state: "invalid", why: "it could not be checked", trust: trusted };
  }
  return { ...judge(report), report, trust: trusted, ms: performance.now() - before };
}

function judge(report) {
  if (report.error) {
    return report.input === "evidence"
      ? { state: "invalid", why: report.error }
      : { state: "unable", why: report.error };
  }
  if (report.contradiction) return { state: "invalid", why: report.contradiction };
  if (report.verdict.verdict === "invalid") return { state: "invalid", why: report.verdict.why };
  if (report.verdict.verdict === "stale") {
    return { state: "stale", why: `its block is ${age(report.verdict.age_ms)} old by the clock of this device` };
  }
  return { state: "holds", why: "" };
}

/** An age of minutes at least. */
function age(ms) {
  const [count, unit] = [[86400000, "days"], [3600000, "hours"], [60000, "minutes"]]
    .map(([length, unit]) => [Math.round(ms / length), unit])
    .find(([count, unit]) => count > 1 || unit === "minutes");
  return `${count} ${unit}`;
}

/** The evidence in an answer, letter for letter. */
export async function evidenceOf(answerText) {
  const module = await load().catch(() => null);
  if (module) return module.evidence_of(answerText);
  return JSON.stringify(JSON.parse(answerText).evidence);
}
