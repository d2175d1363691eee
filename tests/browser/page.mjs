// The page for staff, opened in Debian's Chromium and used as a person uses it.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "playwright-core";

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // The services are on loopback: no proxy of the environment is in between.
  "--no-proxy-server",
];

/** Everything here is on this machine; what takes longer is broken. */
const WAIT_MS_MAX = 30000;

export class Page {
  #context;
  #folder;
  #page;
  #verifier;
  #key;
  /** What the page itself reports: exceptions, refusals of the security policy. */
  errors = [];

  /** Opens the page with a fresh profile and signs in. */
  static async open({ verifier, key, chromium: executablePath }) {
    const self = new Page();
    self.#verifier = verifier.replace(/\/$/, "");
    self.#key = key;
    self.#folder = await mkdtemp(join(tmpdir(), "theriac-browser-"));
    self.#context = await chromium.launchPersistentContext(join(self.#folder, "profile"), {
      executablePath,
      args: ARGUMENTS,
      headless: true,
      acceptDownloads: true,
    });
    const page = self.#context.pages()[0] ?? (await self.#context.newPage());
    self.#page = page;
    page.setDefaultTimeout(WAIT_MS_MAX);
    page.on("pageerror", (error) => self.errors.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") self.errors.push(message.text());
    });
    await page.goto(`${self.#verifier}/`);
    await page.click("#key-summary");
    await page.fill("#key", key);
    await page.press("#key", "Enter");
    return self;
  }

  async close() {
    await this.#context.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Enters a code and waits for what the page finds out about its evidence. */
  async scan(code) {
    await this.#page.evaluate(() => {
      document.getElementById("evidence-result").textContent = "";
    });
    await this.#page.fill("#code", code);
    await this.#page.press("#code", "Enter");
    return this.#finding();
  }

  async #finding() {
    // In one step: the page empties it again when what is trusted has changed.
    const text = await this.#page.waitForFunction(
      () => document.getElementById("evidence-result").textContent || null,
    );
    return JSON.parse(await text.jsonValue());
  }

  async badge() {
    return (await this.#page.innerText("#badge")).trim();
  }

  async band() {
    return (await this.#page.innerText("#answer")).trim();
  }

  async notes() {
    return this.#page.innerText("#notes");
  }

  async isRed() {
    return this.#page.$eval("#answer", (band) => band.classList.contains("red"));
  }

  /** The names of the checks that are listed. */
  async checks() {
    const list = this.#page.locator("#checks");
    if (!(await list.evaluate((list) => list.open))) await list.locator("summary").click();
    return this.#page.locator("#check-list li > span:first-of-type").allInnerTexts();
  }

  /** What the verifier answers, past the page. */
  async answer(code) {
    const response = await this.#context.request.post(`${this.#verifier}/verify?evidence=true`, {
      headers: { Authorization: `Bearer ${this.#key}` },
      data: { code },
    });
    return response.json();
  }

  /** Has the verifier send this from now on, whatever is asked. */
  async lie(answer) {
    await this.#page.route("**/verify?**", (route) => route.fulfill({ json: answer }));
  }

  async honest() {
    await this.#page.unroute("**/verify?**");
  }

  /** Downloads the evidence that is shown: `{ name, text }`. */
  async download() {
    await this.checks();
    const [file] = await Promise.all([
      this.#page.waitForEvent("download"),
      this.#page.click("#download"),
    ]);
    return { name: file.suggestedFilename(), text: await readFile(await file.path(), "utf8") };
  }

  /** The verifier's trust file. */
  async genesis() {
    return (await this.#context.request.get(`${this.#verifier}/genesis.json`)).text();
  }

  /** Chooses a trust file and gives back what the page says of it. */
  async chooseTrust(name, text) {
    const path = join(this.#folder, name);
    await writeFile(path, text);
    await this.#openTrust();
    await this.#page.setInputFiles("#trust", path);
    await this.#page.waitForFunction(
      (name) => document.getElementById("trust-message").textContent.includes(name),
      name,
    );
    return this.#page.innerText("#trust-message");
  }

  async forgetTrust() {
    await this.#openTrust();
    await this.#page.click("#trust-forget");
  }

  /** The chain id as it is shown. */
  async chain() {
    await this.#openTrust();
    return this.#page.innerText("#chain");
  }

  async #openTrust() {
    const panel = this.#page.locator("#trust-panel");
    if (!(await panel.evaluate((panel) => panel.open))) await panel.locator("summary").click();
  }

  /** Stops the clock of this page for good. */
  async stopClock(timeMs) {
    await this.#page.clock.setFixedTime(timeMs);
  }

  /** What a check of this evidence in the page finds out, at the time of its own head. */
  async checkEvidence({ text, bundle }, trust) {
    const nowMs = bundle.head.header.time;
    return this.#page.evaluate(
      async ({ text, trust, nowMs }) => {
        const module = await import("/evidence.js");
        return JSON.parse(module.check_evidence(text, trust, nowMs, 0));
      },
      { text, trust, nowMs },
    );
  }

  /** Median time of a check of this evidence in the page, in milliseconds. */
  async time(evidence, count) {
    const bundle = JSON.stringify(evidence);
    const trust = await this.genesis();
    const times = await this.#page.evaluate(
      async ({ bundle, trust, count }) => {
        const module = await import("/evidence.js");
        return Array.from({ length: count }, () => {
          const before = performance.now();
          const report = JSON.parse(module.check_evidence(bundle, trust, Date.now(), 1e9));
          if (report.failed !== null) throw new Error("the evidence does not hold");
          return performance.now() - before;
        });
      },
      { bundle, trust, count },
    );
    return times.sort((left, right) => left - right)[count >> 1];
  }
}
