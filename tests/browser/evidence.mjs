// The verifier's page in a real browser: what it finds out about evidence by itself.
//
//   node tests/browser/evidence.mjs --verifier URL --key KEY --cases FILE
//
// FILE is JSON: [{ "name", "code", "verdict", "answer" }], with the verdict that the evidence for
// the code has elsewhere (null where there is none). Then a verifier that lies is played, the golden
// evidence of tests/vectors is checked, and the time of a check is taken.

import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { Page } from "./page.mjs";
import { LIES } from "./lies.mjs";
import { answerOf, codeOf, genesis, vectors } from "./vectors.mjs";

/** Checks of one bundle whose times are taken. */
const CHECKS_TIMED = 100;

const { values } = parseArgs({
  options: {
    verifier: { type: "string" },
    key: { type: "string" },
    cases: { type: "string" },
    chromium: { type: "string", default: "/usr/bin/chromium" },
  },
});
for (const name of ["verifier", "key", "cases"]) {
  if (!values[name]) {
    console.error(`evidence.mjs: --${name} is missing`);
    process.exit(2);
  }
}

const outcome = { passed: 0, failed: 0 };

/** Runs one named test; `test` throws what is wrong. */
async function expect(name, test) {
  try {
    await test();
    outcome.passed += 1;
    console.log(`ok      ${name}`);
  } catch (error) {
    outcome.failed += 1;
    console.log(`FAILED  ${name}: ${error.message}`);
  }
}

function check(isSo, message) {
  if (!isSo) throw new Error(message);
}

/** The verdict apart from the block it was found in: a case was made at another height. */
function timeless(verdict) {
  const without = ({ as_of, ...rest }) => rest;
  if (!verdict) return null;
  const { recorded } = verdict;
  return recorded ? { ...verdict, recorded: without(recorded) } : without(verdict);
}

/** JSON with its names in order. */
function canonical(value) {
  return JSON.stringify(value, (_, inner) =>
    inner && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
      : inner,
  );
}

/** The browser finds what others found, and shows what was answered. */
async function holds(page, { code, verdict, answer }) {
  const found = await page.scan(code);
  const expected = verdict ? "holds" : "absent";
  check(found.state === expected, `state ${found.state} instead of ${expected}: ${found.why}`);
  const [own, others] = [canonical(timeless(found.verdict)), canonical(timeless(verdict))];
  check(own === others, `verdict ${own} instead of ${others}`);
  const answers = [found.shown, found.proved[0]];
  check(!answer || answers.includes(answer), `answer ${answers} instead of ${answer}`);
  const badge = await page.badge();
  const words = verdict ? /^Checked in this browser: \d+ of \d+ validators signed, block \d+$/ : /^Not checked/;
  check(words.test(badge), `the badge says: ${badge}`);
}

/** The browser sees through a lie, and nothing of the answer remains. */
async function seesThrough(page, code) {
  const found = await page.scan(code);
  check(found.state === "invalid", `state ${found.state}: ${found.why}`);
  check(found.shown === "EVIDENCE_INVALID", `shown is ${found.shown}`);
  const band = await page.band();
  check(band.startsWith("Stop"), `the band says: ${band}`);
  check(await page.isRed(), "the band is not red");
  const badge = await page.badge();
  check(badge.startsWith("The evidence does not hold: "), `the badge says: ${badge}`);
}

/** Every lie that can be told of the answers to these cases. */
async function testLies(page, cases) {
  for (const [name, lie] of Object.entries(LIES)) {
    // Asked anew for each lie: what is old is refused for its age, and not for the lie.
    const answers = new Map();
    for (const { code } of cases) answers.set(code, await page.answer(code));
    for (const one of cases) {
      const others = [...answers].filter(([code]) => code !== one.code).map(([, answer]) => answer);
      const lied = lie(answers.get(one.code), others);
      if (!lied) continue;
      await page.lie(lied);
      await expect(`${one.name}, where the verifier ${name}`, () => seesThrough(page, one.code));
      await page.honest();
    }
  }
}

/** What a stolen key may have signed is told beside an answer whose evidence holds. */
async function testDispute(page, cases) {
  const good = cases.find((one) => one.answer === "ACTIVE");
  if (!good) return;
  await expect("what is disputed is shown, and the evidence still holds", async () => {
    const sentence = "One event of this pack is disputed: a key of Ponte Pharmacy was stolen.";
    const action = "Hold the pack: do not dispense or pass it on.";
    const event = { kind: "receive", time: "2026-01-01T00:00:00.000Z", organisation: "Ponte Pharmacy", name: "Till" };
    const answer = await page.answer(good.code);
    await page.lie({ ...answer, action, disputed: { sentence, action, events: [event] } });
    const found = await page.scan(good.code);
    await page.honest();
    check(found.state === "holds", `state ${found.state}: ${found.why}`);
    check((await page.band()).includes(action), "the band does not say what to do");
    const notes = await page.notes();
    check(notes.includes(sentence), `the notes say: ${notes}`);
    check(/Disputed: receive, .+, in the name of Ponte Pharmacy, Till\./.test(notes), `the notes say: ${notes}`);
    check(!notes.includes(action), "what to do is said twice");
  });
}

/** The list of checks, the download, and trust files of the user's own. */
async function testEvidence(page, { code }) {
  const genesis = await page.genesis();
  await expect("every check is listed by its name", async () => {
    await page.scan(code);
    const names = await page.checks();
    for (const name of ["Question", "Signatures", "Product", "Age", "Answer"]) {
      check(names.includes(name), `the list lacks ${name}: ${names}`);
    }
  });
  await expect("the evidence that was checked can be downloaded", async () => {
    const { name, text } = await page.download();
    check(/^evidence-[A-Za-z0-9._-]+\.json$/.test(name), `the file is called ${name}`);
    const { evidence } = await page.answer(code);
    check(canonical(JSON.parse(text).question) === canonical(evidence.question), "it is another");
  });
  await expect("what is no trust file is refused, and nothing changes", async () => {
    const message = await page.chooseTrust("shopping-list.json", "[]");
    check(message.includes("is no trust file"), message);
    check((await page.scan(code)).state === "holds", "the evidence no longer holds");
  });
  await expect("evidence of another chain than the user's does not hold", async () => {
    const chain = await page.chain();
    const anchor = JSON.parse(genesis);
    const other = JSON.stringify({ ...anchor, time: anchor.time + 1 });
    await page.chooseTrust("other-chain.json", other);
    check((await page.chain()) !== chain, "the chain that is shown is still the same");
    await seesThrough(page, code);
  });
  await expect("the verifier's trust file is used again when the user says so", async () => {
    await page.forgetTrust();
    const found = await page.scan(code);
    check(found.state === "holds", `state ${found.state}: ${found.why}`);
    check((await page.chain()) === found.chain_id, "another chain id is shown than was used");
  });
}

/** The golden evidence, from its own genesis; the module of the page checks it. */
async function testVectors(page) {
  const trust = await genesis();
  for (const one of await vectors()) {
    const outcome = one.refused ? `is refused by the check ${one.refused}` : "holds";
    await expect(`golden evidence ${one.name} ${outcome}`, async () => {
      const { verdict, failed, error } = await page.checkEvidence(one, trust);
      check(failed === one.refused, `${failed} failed: ${error ?? verdict.why}`);
      const [found, expected] = [canonical(verdict), canonical(one.verdict)];
      check(found === expected, `verdict ${found} instead of ${expected}`);
    });
  }
}

/** Evidence from before and from after changes of the validators, shown on a page of the time of each. */
async function testChanges(open) {
  const trust = await genesis();
  const all = new Map((await vectors()).map((one) => [one.name, one]));
  const steps = { active: 0, "active-amid-changes": 1, "active-after-changes": 4 };
  for (const [name, count] of Object.entries(steps)) {
    const page = await open();
    await expect(`the page follows ${count} changes of the validators from genesis`, async () => {
      const one = all.get(name);
      check(one.bundle.steps.length === count, `${one.bundle.steps.length} steps`);
      await page.stopClock(one.bundle.head.header.time);
      await page.chooseTrust("genesis.json", trust);
      await page.lie(answerOf(one.bundle, await page.checkEvidence(one, trust)));
      await holds(page, { code: codeOf(one.bundle), verdict: one.verdict, answer: "ACTIVE" });
    });
    await expect(`no evidence of ${count} changes holds from another genesis`, async () => {
      await page.chooseTrust("other-chain.json", JSON.stringify({ ...JSON.parse(trust), time: 1 }));
      await seesThrough(page, codeOf(all.get(name).bundle));
    });
    await page.close();
  }
}

const cases = JSON.parse(await readFile(values.cases, "utf8"));
const page = await Page.open(values);
try {
  for (const one of cases) {
    await expect(one.name, () => holds(page, one));
  }
  const proved = cases.filter((one) => one.verdict);
  await testLies(page, proved);
  const [first] = proved;
  if (first) {
    await testEvidence(page, first);
    await testDispute(page, proved);
    const { evidence } = await page.answer(first.code);
    const ms = await page.time(evidence, CHECKS_TIMED);
    console.log(`a check in WebAssembly takes ${ms.toFixed(2)} ms (median of ${CHECKS_TIMED})`);
  }
  await testVectors(page);
  await testChanges(() => Page.open(values));
  await expect("the page reports no error of its own", () =>
    check(page.errors.length === 0, page.errors.join("; ")),
  );
} finally {
  await page.close();
}
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
process.exitCode = outcome.failed === 0 ? 0 : 1;
