// Captures documents with a client that others wrote, and waits until the ledger has decided each. Then captures
// one that is refused by name, which the client must hear.
// Arguments: address of the service's EPCIS interface, file with the API key, documents.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { CaptureResponse, EPCISDocument, capture, setup } = createRequire(import.meta.url)('epcis2.js');
const [apiUrl, keyFile, ...documents] = process.argv.slice(2);
const key = readFileSync(keyFile, 'utf8').trim();

setup({
  apiUrl,
  headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
});
const REFUSED = new URL('transformation.json', import.meta.url);
const CODE = 'transformation_event_refused';

/** Sends a document; gives its job once it has ended. */
async function ended(file) {
  // The client checks the document against the published schema before it sends it.
  const document = new EPCISDocument(JSON.parse(readFileSync(file, 'utf8')));
  const answer = await capture(document);
  if (answer.status !== 202) throw new Error(`${file}: ${answer.status} ${await answer.text()}`);
  const job = new CaptureResponse(answer);
  await job.pollForTheCaptureToFinish(150, 200);
  if (job.getRunningStatus()) throw new Error(`${file}: still running`);
  return job;
}

for (const file of documents) {
  const job = await ended(file);
  if (!job.getSuccessStatus()) throw new Error(`${file}: ${JSON.stringify(job.getErrors())}`);
  console.log(`${file}: ${job.getLocation()}`);
}
const job = await ended(REFUSED);
const codes = job.getErrors().map((error) => error.code);
if (job.getSuccessStatus() || codes.length !== 1 || codes[0] !== CODE) {
  throw new Error(`${REFUSED}: ${CODE} expected, not ${JSON.stringify(job.getErrors())}`);
}
console.log(`${REFUSED}: ${CODE}`);
