import { readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, RequestHandler, Response } from 'express';

/** Where `vite build` leaves the page. */
export const PAGE_FOLDER = fileURLToPath(new URL('../../../../packages/dashboard/dist', import.meta.url));
const squeeze = promisify(gzip);

/** Nothing of it runs or loads but its own files; what it frames is made by itself. */
const PAGE_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // Pictures that a mail itself holds are shown in a frame, which has this policy too.
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};
const YEAR_SECONDS = 31_536_000;

interface PageConfig {
  /** The folder that the page was built into. */
  folder: string;
}

/**
 * The page: its files, and for every other path that a browser opens as a page, its front. What is below `/api`, and everything that does
 * not ask for a page, goes on to the next handler; so does everything where the page was not built.
 */
export function createPage({ folder }: PageConfig): RequestHandler {
  const squeezed = new Map<string, Promise<Buffer>>();
  return async (request, response, next) => {
    if (!['GET', 'HEAD'].includes(request.method) || isApi(request.path)) return next();
    const file = request.path.startsWith('/assets/') ? assetOf(folder, request.path) : null;
    if (file !== null && (await isFile(file))) {
      const isSqueezed = /\bgzip\b/.test(request.get('accept-encoding') ?? '');
      const bytes = isSqueezed ? await squeezeOnce(squeezed, file) : await readFile(file);
      if (isSqueezed) response.set('content-encoding', 'gzip');
      return send(response.vary('accept-encoding'), file, bytes, `public, max-age=${YEAR_SECONDS}, immutable`);
    }
    const front = join(folder, 'index.html');
    if (!wantsPage(request) || extname(request.path) !== '' || !(await isFile(front))) return next();
    return send(response, front, await readFile(front), 'no-store');
  };
}

function isApi(path: string): boolean {
  return path === '/api' || path.startsWith('/api/') || path.startsWith('/health') || path === '/metrics';
}

/** A browser that opens a page names it; curl and programs ask for anything. */
function wantsPage(request: Request): boolean {
  return /\btext\/html\b/.test(request.get('accept') ?? '');
}

/** Null for what would lead out of the folder. */
function assetOf(folder: string, path: string): string | null {
  if (!/^\/assets\/[\w.-]+$/.test(path)) return null;
  return join(folder, path);
}

/** A file's name holds a hash of its content: it is squeezed once. */
async function squeezeOnce(held: Map<string, Promise<Buffer>>, file: string): Promise<Buffer> {
  const known = held.get(file) ?? readFile(file).then((bytes) => squeeze(bytes, { level: 9 }));
  held.set(file, known);
  try {
    return await known;
  } catch (error) {
    held.delete(file);
    throw error;
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() === true;
}

function send(response: Response, file: string, bytes: Buffer, caching: string): void {
  response.locals.route = 'page';
  response
    .set({
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': PAGE_CSP,
      'cache-control': caching,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-dns-prefetch-control': 'off',
      'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    })
    .send(bytes);
}
