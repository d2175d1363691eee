// Drawing: an answer's band, its details, and the small parts that they are made of.

export const element = (id) => document.getElementById(id);

/** Shows an answer and what to compare with the pack; `shown` is what was scanned. */
export function drawAnswer(answer, shown) {
  const band = element("answer");
  band.className = `answer ${answer.colour}`;
  element("answer-icon").setAttribute("href", `#icon-${answer.colour}`);
  element("answer-word").textContent = answer.word;
  element("answer-sentence").textContent = answer.sentence;
  // "May be dispensed" need not be said twice.
  element("answer-action").textContent = answer.action === `${answer.word}.` ? "" : answer.action;
  band.hidden = false;
  document.title = `${answer.word} – Theriac`;
  drawDetails(answer, shown);
}

function drawDetails(answer, shown) {
  const notes = [...disputes(answer), ...(answer.notes || [])].map((note) => make("li", note));
  for (const code of answer.also || []) notes.push(make("li", `Also: ${inWords(code)}.`));
  element("notes").replaceChildren(...notes);
  const rows = facts(answer, shown);
  element("facts").replaceChildren(...rows.flatMap(([name, value, isCode]) => {
    const item = make("dd", value);
    if (isCode) item.className = "code";
    return [make("dt", name), item];
  }));
  const isAnswer = answer.height !== undefined;
  element("details-title").textContent = answer.product ? "Compare with the pack" : "Details";
  element("source").textContent = isAnswer
    ? `Answer ${answer.answer}, from record ${answer.height} of ${moment(answer.as_of)}.`
    : "";
  element("details").hidden = rows.length === 0 && notes.length === 0;
}

function facts(answer, shown) {
  const { code = {}, product, recall, holder } = answer;
  const rows = [
    ["Medicine", product && product.name],
    ["Strength and form", product && [product.strength, product.form].filter(Boolean).join(", ")],
    ["Issued by", product && product.maker],
    ["Batch", code.lot, true],
    ["Expiry", answer.expiry || code.expiry],
    ["Serial number", code.serial, true],
    ["GTIN", code.gtin, true],
    ["Unit (SSCC)", code.sscc, true],
    ["Pack", answer.status && `${inWords(answer.status)}${answer.since ? `, since ${moment(answer.since)}` : ""}`],
    ["Batch on record", answer.lot_state && inWords(answer.lot_state)],
    ["Recall", recall && `class ${recall.class}, since ${moment(recall.since)}`],
    ["Held by", holder && heldBy(holder)],
  ].filter(([, value]) => value);
  if (!code.gtin && !code.sscc && shown) rows.push(["Read", shown, true]);
  return rows;
}

/** What a stolen key may have signed: what it means, what to do, and each event. */
function disputes({ action, disputed }) {
  if (!disputed) return [];
  const events = disputed.events.map((event) =>
    `Disputed: ${inWords(event.kind)}, ${moment(event.time)}, in the name of ${party(event)}.`);
  // Under the word of a good answer it stands already.
  return [disputed.sentence, ...(disputed.action === action ? [] : [disputed.action]), ...events];
}

function heldBy(holder) {
  const own = holder.own ? " (you)" : "";
  return `${party(holder)}${own}${holder.direct ? "" : ", inside a case or pallet"}`;
}

function party({ organisation, name }) {
  return name === organisation ? name : `${organisation}, ${name}`;
}

/** A scan in a few words. */
export function describe({ painted, shown }) {
  const { code = {}, product } = painted;
  const parts = [product && product.name, code.lot && `batch ${code.lot}`, code.serial, code.sscc];
  return parts.filter(Boolean).join(" · ") || shown;
}

export function make(name, text) {
  const node = document.createElement(name);
  node.textContent = text;
  return node;
}

export function icon(colour) {
  const space = "http://www.w3.org/2000/svg";
  const node = document.createElementNS(space, "svg");
  node.setAttribute("class", `icon ${colour}`);
  node.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#icon-${colour}`);
  node.append(use);
  return node;
}

export function inWords(code) {
  return code.toLowerCase().replaceAll("_", " ");
}

function moment(text) {
  return new Date(text).toLocaleString([], {
    year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
  });
}
