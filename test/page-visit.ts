import type { Page } from 'playwright-core';

/** What people do on the page, whichever of it is tested. */

export const fileOf = (mail: Uint8Array, name = 'mail.eml') => ({
  name,
  mimeType: 'message/rfc822',
  buffer: Buffer.from(mail),
});

/** Hands files over as a person would. Everything after it happens in the same document. */
export async function choose(page: Page, files: ReturnType<typeof fileOf>[]): Promise<void> {
  await openSubmit(page);
  await chooseHere(page, files);
}

export async function openSubmit(page: Page): Promise<void> {
  await page.goto('/');
  await page.evaluate('globalThis.sameDocument = true');
}

export async function chooseHere(page: Page, files: ReturnType<typeof fileOf>[]): Promise<void> {
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: 'Choose files' }).click(),
  ]);
  await chooser.setFiles(files);
}

/** Drops a mail and goes to its job. */
export async function drop(page: Page, mail: Uint8Array): Promise<string> {
  await choose(page, [fileOf(mail)]);
  return watch(page);
}

export async function watch(page: Page): Promise<string> {
  await page
    .getByRole('link', { name: /^Watch/ })
    .first()
    .click();
  await page.waitForURL('**/jobs/*');
  return new URL(page.url()).pathname.split('/')[2] ?? '';
}

export const verdict = (page: Page, expected = '\\w+') =>
  page.getByRole('img', { name: new RegExp(`^Verdict ${expected}`) });
export const isSameDocument = (page: Page) => page.evaluate('globalThis.sameDocument === true');

export async function focused(page: Page): Promise<string> {
  return String(
    await page.evaluate(
      "document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? ''",
    ),
  ).trim();
}

/** Goes on by Tab, from where the focus is, until what has this name has it. */
export async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  for (let press = 0; press < 120; press += 1) {
    await page.keyboard.press('Tab');
    const at = await focused(page);
    if (typeof name === 'string' ? at === name : name.test(at)) return;
  }
  throw new Error(`no way leads to ${String(name)} by Tab`);
}
