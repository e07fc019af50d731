// Run code that imports the page's modules, outside a browser: {code, argument} comes in on
// standard input, what the code returns goes out, both as JSON.

import { readFileSync } from "node:fs";
import module from "node:module";

const folder = process.argv[2];
const urlOf = (name) => new URL(`${name.slice("uptake/".length)}.js`, folder).href;

if (module.registerHooks) {
  module.registerHooks({
    resolve: (name, context, next) => (name.startsWith("uptake/") ? { url: urlOf(name), format: "module", shortCircuit: true } : next(name, context)),
  });
} else {
  const hook = `export const resolve = (name, context, next) => name.startsWith("uptake/")
    ? { url: new URL(name.slice(7) + ".js", ${JSON.stringify(folder)}).href, format: "module", shortCircuit: true } : next(name, context);`;
  module.register(`data:text/javascript,${encodeURIComponent(hook)}`);
}

const { code, argument } = JSON.parse(readFileSync(0, "utf8"));
const text = `export default async (a) => { ${code} };`;
const { default: run } = await import(`data:text/javascript,${encodeURIComponent(text)}`);
process.stdout.write(JSON.stringify((await run(argument)) ?? null));
