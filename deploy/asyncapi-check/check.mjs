// Reads an AsyncAPI document (a file, or standard input) with AsyncAPI's own parser; exits 1 and says why if it is wrong.
//
//     npm install --prefix deploy/asyncapi-check
//     relight asyncapi | node deploy/asyncapi-check/check.mjs
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const SEVERITIES = ["error", "warning", "info", "hint"];
// "The latest version is 3.x": we say which version we write, and change it when we choose to.
const ACCEPTED = new Set(["asyncapi-latest-version"]);

const text = readFileSync(process.argv[2] ?? 0, "utf8");
const { document, diagnostics } = await new Parser().parse(text);
const found = diagnostics.filter(({ code }) => !ACCEPTED.has(code));

for (const { severity, code, path, message } of found) {
  console.error(`${SEVERITIES[severity]} ${code} at ${path.join("/") || "/"}: ${message}`);
}
if (!document || found.some(({ severity }) => severity < 2)) {
  process.exit(1);
}
const count = (things) => things.all().length;
console.log(
  `AsyncAPI ${document.version()}: ${count(document.channels())} channels, ` +
    `${count(document.operations())} operations, ${count(document.messages())} messages, no errors`,
);
