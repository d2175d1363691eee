// What a verifier that lies may send: each takes an honest answer and the honest answers to other
// codes, and gives back what is sent instead; null where the lie cannot be told of this answer.

const clone = (answer) => structuredClone(answer);

/** The digit that is not this one. */
const flipped = (digit) => (digit === "0" ? "1" : "0");

/** The good answer among others, to lend its words. */
const good = (others) => others.find((other) => other.answer === "ACTIVE");

export const LIES = {
  "flips a digit of the state root"(answer) {
    const lie = clone(answer);
    const { header } = lie.evidence.head;
    header.state_root = flipped(header.state_root[0]) + header.state_root.slice(1);
    return lie;
  },
  "makes its block younger"(answer) {
    const lie = clone(answer);
    lie.evidence.head.header.time += 1;
    return lie;
  },
  "leaves signatures out"(answer) {
    const lie = clone(answer);
    lie.evidence.head.certificate.signatures.length = 1;
    return lie;
  },
  "changes the status in the evidence and in its words"(answer) {
    const lie = clone(answer);
    const entry = lie.evidence.finding.pack?.entry?.touched?.entry;
    if (!entry) return null;
    entry.status = entry.status === "active" ? "dispensed" : "active";
    lie.status = entry.status;
    return lie;
  },
  "sends no evidence but the frame of it"(answer) {
    return { ...clone(answer), evidence: { version: 1 } };
  },
  "answers for another code"(answer, others) {
    return others.length > 0 ? clone(others[0]) : null;
  },
  "says that all is good"(answer, others) {
    const lender = good(others);
    if (!lender || ["ACTIVE", "EXPIRES_SOON"].includes(answer.answer)) return null;
    const { answer: code, exit, colour, word, sentence, action } = lender;
    return { ...clone(answer), answer: code, exit, colour, word, sentence, action, also: [] };
  },
  "has words of another colour"(answer) {
    return { ...clone(answer), colour: answer.colour === "green" ? "blue" : "green" };
  },
  "states another verdict"(answer, others) {
    const other = others.find((other) => other.verdict.verdict !== answer.verdict.verdict);
    return other ? { ...clone(answer), verdict: other.verdict } : null;
  },
  "names another expiry date"(answer) {
    return answer.expiry ? { ...clone(answer), expiry: "2099-12-31" } : null;
  },
  "names another medicine"(answer) {
    if (!answer.product) return null;
    return { ...clone(answer), product: { ...answer.product, name: "Something Else" } };
  },
};
