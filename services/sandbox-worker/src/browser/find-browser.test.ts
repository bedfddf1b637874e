import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { findBrowser } from './find-browser.ts';

describe('findBrowser', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-find-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const place = (name: string, text: string, mode = 0o755) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };

  test('passes over what only starts a snap', () => {
    place('chromium-browser', '#!/bin/sh\nexec /snap/bin/chromium "$@"\n');
    expect(findBrowser(undefined, folder)).toEqual({ path: null, why: 'Chromium is there as a snap only' });
    const chrome = place('google-chrome-stable', '#!/bin/sh\nexec /opt/google/chrome/chrome "$@"\n');
    expect(findBrowser(undefined, folder)).toEqual({ path: chrome });
  });

  test('takes what the setting names, or says that it is nothing to run', () => {
    expect(findBrowser(place('mine', ''), '')).toEqual({ path: join(folder, 'mine') });
    expect(findBrowser(place('text', '', 0o644), folder)).toMatchObject({ path: null });
    place('chromium', '');
    expect(findBrowser('off', folder)).toEqual({ path: null, why: 'SANDBOX_BROWSER is off' });
  });

  test('says when there is none', () => {
    expect(findBrowser(undefined, `${folder}:/nowhere`)).toEqual({ path: null, why: 'no Chromium is installed' });
  });
});
