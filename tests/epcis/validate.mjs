// Checks documents against the published JSON Schema of EPCIS 2.0.
// Arguments: the schema, documents.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { default: Ajv } = require('ajv');
const { default: addFormats } = require('ajv-formats');
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const [schema, ...documents] = process.argv.slice(2);

const ajv = new Ajv({ allErrors: true, strict: false });
addFormats(ajv);
const validate = ajv.compile(read(schema));
for (const file of documents) {
  if (!validate(read(file))) {
    throw new Error(`${file}: ${ajv.errorsText(validate.errors)}`);
  }
  console.log(`${file}: valid`);
}
