// Pictures of letters at 600 and 360 pixels, light, dark and forced dark, and what axe finds in them.
//
//   npm install --no-save playwright-core axe-core      (anywhere; Chromium from the system)
//   node benchmarks/letter_pictures.mjs FOLDER/digest-2026-W47.html …
//
// Prints a line for each rendering: size (the width must be that of the window) and axe's findings.
import { chromium } from "playwright-core";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const files = process.argv.slice(2).map((file) => path.resolve(file));
const axe = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const still = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
for (const forced of [false, true]) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: forced ? [...still, "--blink-settings=forceDarkModeEnabled=true"] : still,
  });
  for (const file of files) {
    for (const width of [600, 360]) {
      for (const scheme of forced ? ["light"] : ["light", "dark"]) {
        const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme: scheme, deviceScaleFactor: 1.5 });
        await page.goto(`file://${file}`);
        const name = forced ? "forced" : scheme;
        await page.screenshot({ path: file.replace(/\.html$/, `_${width}_${name}.png`), fullPage: true });
        const [wide, high] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]);
        let found = "";
        if (!forced) {
          await page.evaluate(axe);
          const result = await page.evaluate(() => axe.run());
          found = `axe: ${result.violations.length} violations ${result.violations.map((each) => each.id)}, ${result.incomplete.length} undecided`;
        }
        console.log(path.basename(path.dirname(file)), path.basename(file), width, name, `${wide}x${high}`, found);
        await page.close();
      }
    }
  }
  await browser.close();
}
