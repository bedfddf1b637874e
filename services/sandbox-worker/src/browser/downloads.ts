import { createHash } from 'node:crypto';
import { constants, open } from 'node:fs/promises';
import type { DownloadFacts } from '@sluice/contracts';
import type { CDPSession, Download, Page } from 'playwright-core';
import type { BrowserLimits } from './limits.ts';

const NAME_CHARS = 255;
const URL_CHARS = 8192;

export type Downloads = {
  /** Takes what this page saves. */
  of(page: Page): void;
  /** The first file that the visit was given; what is not finished yet has no hash. */
  facts(): DownloadFacts | null;
};

/** Takes the first file of a visit as far as the limit goes, hashes it and deletes it; all others are refused. */
export function createDownloads(config: {
  session: CDPSession;
  limits: BrowserLimits;
  contentTypeOf: (url: string) => string;
  began: () => void;
  ended: () => void;
  tooLarge: (url: string) => void;
}): Downloads {
  let facts: DownloadFacts | null = null;
  let first: Download | null = null;
  let received = 0;

  config.session.on('Page.downloadProgress', ({ receivedBytes }) => {
    if (!facts || !first || facts.sha256 !== null) return;
    received = Math.max(received, receivedBytes);
    facts = { ...facts, bytes: Math.min(received, config.limits.downloadBytes) };
    if (received <= config.limits.downloadBytes) return;
    config.tooLarge(facts.url);
    void first.cancel().catch(() => undefined);
  });

  async function take(download: Download): Promise<void> {
    config.began();
    first = download;
    const url = download.url().slice(0, URL_CHARS);
    const fileName = download.suggestedFilename().slice(0, NAME_CHARS).toWellFormed() || null;
    facts = { url, fileName, contentType: config.contentTypeOf(url), bytes: 0, sha256: null };
    try {
      const { bytes, sha256 } = await digestOf(await download.path(), config.limits.downloadBytes);
      if (sha256 === null) config.tooLarge(url);
      facts = { ...facts, bytes, sha256 };
      await download.delete();
    } catch {
      // Broken off, by the server, by us, or by the end of the visit: what came is told.
    } finally {
      config.ended();
    }
  }

  return {
    of(page) {
      page.on('download', (download) => void (first ? download.cancel().catch(() => undefined) : take(download)));
    },
    facts: () => facts,
  };
}

/** The browser's user owns the folder: a link that it may have put there is not followed. */
async function digestOf(path: string, capBytes: number): Promise<{ bytes: number; sha256: string | null }> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = await file.stat();
    if (size > capBytes) return { bytes: capBytes, sha256: null };
    const hash = createHash('sha256');
    for await (const chunk of file.createReadStream({ autoClose: false, end: capBytes })) hash.update(chunk as Buffer);
    return { bytes: size, sha256: hash.digest('hex') };
  } finally {
    await file.close();
  }
}
