// The golden evidence of tests/vectors: what an honest verifier says about it, and what must come of it.

import { readFile, readdir } from "node:fs/promises";

const FOLDER = new URL("../vectors/", import.meta.url);

const read = (file) => readFile(new URL(file, FOLDER), "utf8");

/** The trust file, as text. */
export const genesis = () => read("genesis.json");

/** `{ name, text, bundle, verdict, refused }` of each bundle; `refused` is the check that must fail, or null. */
export async function vectors() {
  const refused = JSON.parse(await read("refused.json"));
  const names = (await readdir(FOLDER)).map((file) => /^bundle-(.+)\.json$/.exec(file)?.[1]);
  return Promise.all(names.filter(Boolean).map(async (name) => {
    const text = await read(`bundle-${name}.json`);
    const verdict = JSON.parse(await read(`verdict-${name}.json`));
    return { name, text, bundle: JSON.parse(text), verdict, refused: refused[name] ?? null };
  }));
}

/** The code of a pack that evidence is about, as brackets show it. */
export function codeOf({ question: { gtin, lot, serial, expiry } }) {
  return `(01)${gtin}(17)${expiry.slice(2).replaceAll("-", "")}(10)${lot}(21)${serial}`;
}

/** What an honest verifier answers about an active pack, by what was found out about its evidence. */
export function answerOf(bundle, report) {
  const { code, exit, colour, word, sentence, action } = report.answers[0];
  const { product, maker } = report.about;
  return {
    answer: code, also: [], exit, colour, word, sentence, action,
    code: { form: "bracketed", ...bundle.question },
    product: { name: product.name, strength: product.strength, form: product.form, maker: maker.legal_name },
    expiry: report.verdict.expiry, status: report.verdict.pack.status,
    height: report.height, notes: [],
    verdict: report.verdict, evidence: bundle, evidence_note: null,
  };
}
