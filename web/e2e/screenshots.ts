/** Pictures for the README and the book: `npm run screenshots`. */

import { settled, test } from "./weir";

const FOLDER = new URL("../../docs/src/images/", import.meta.url).pathname;

for (const scheme of ["light", "dark"] as const) {
  test(`pictures, ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto(`/?from=now-${process.env.WEIR_SCREENSHOTS}&to=now&v=1`);
    await settled(page);
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: `${FOLDER}overview-${scheme}.png` });
    await page.goto(`/flows?from=now-${process.env.WEIR_SCREENSHOTS}&to=now&v=1`);
    await settled(page);
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("complementary", { name: "Record" }).getByText("Export protocol").waitFor();
    await page.screenshot({ path: `${FOLDER}flows-${scheme}.png` });
  });
}
