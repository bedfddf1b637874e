import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { within } from '../within.ts';
import { type BrowserFolder, makeBrowserFolder } from './folder.ts';

const LAUNCHER = fileURLToPath(new URL('run-unprivileged.sh', import.meta.url));
const LAUNCH_MS = 20_000;
/** A browser that has not ended by itself by then is killed. */
const CLOSE_MS = 5_000;

/** Of Chromium's features: what would call home, change what is asked for, or get between the visit and the page. One switch replaces Playwright's list. */
const FEATURES_OFF = [
  'AimEnabled',
  'AutofillServerCommunication',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'CertificateTransparencyComponentUpdater',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationGuideModelDownloading',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
  'Translate',
];

/** A browser that runs, until `stop` or `gone`. */
export type RunningBrowser = {
  browser: Browser;
  pid: number;
  downloads: string;
  /** Aborts when the browser has ended, whoever ended it. */
  gone: AbortSignal;
  /** Ends every process of it and removes its folder. May be called twice. */
  stop(): Promise<void>;
};

/**
 * Starts Chromium with its own sandbox on, as nobody where we are root. Whatever it does without a visit's pass meets the proxy's 407; names
 * are never resolved by the browser. Rejects where it cannot start: also where the system gives it no sandbox.
 */
export async function launchBrowser(config: {
  program: string;
  searchPath: string;
  proxyUrl: string;
}): Promise<RunningBrowser> {
  const folder = await makeBrowserFolder();
  try {
    const browser = await chromium.launch({
      executablePath: LAUNCHER,
      chromiumSandbox: true,
      env: {
        SANDBOX_CHROMIUM: config.program,
        SANDBOX_PID_FILE: folder.pidFile,
        PATH: config.searchPath,
        HOME: folder.home,
        TMPDIR: folder.temporary,
        LANG: 'C.UTF-8',
      },
      downloadsPath: folder.downloads,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
      timeout: LAUNCH_MS,
      proxy: { server: config.proxyUrl, bypass: '<-loopback>' },
      args: [
        `--disable-features=${FEATURES_OFF.join(',')}`,
        '--disable-blink-features=AutomationControlled',
        '--disable-auto-reload',
        '--disable-quic',
        '--disable-domain-reliability',
        '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
        '--no-pings',
        '--lang=en-US',
      ],
    });
    return running(browser, folder, Number(await readFile(folder.pidFile, 'utf8')));
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

function running(browser: Browser, folder: BrowserFolder, pid: number): RunningBrowser {
  const ending = new AbortController();
  browser.once('disconnected', () => ending.abort());
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    if (!(await within(CLOSE_MS, browser.close()))) killGroup(pid);
    await folder.remove();
  };
  return { browser, pid, downloads: folder.downloads, gone: ending.signal, stop: () => (stopped ??= stop()) };
}

/** Playwright starts the browser as the leader of a process group. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
