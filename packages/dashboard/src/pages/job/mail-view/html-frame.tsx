import { useState } from 'react';
import { Hint } from '../../../parts/note.tsx';
import { buildMail } from './safe-html.ts';

/** Its own policy: it loads nothing, whatever it holds. */
const CSP = "default-src 'none'; img-src data:; style-src 'self'; base-uri 'none'; form-action 'none'";

/** No script runs in it, nothing in it opens a window, sends a form, or leaves; the page fills it by the object model. */
const SANDBOX = 'allow-same-origin';
const HIGHEST_PX = 720;

/** The mail's HTML, harmless: see {@link buildMail}. */
export function HtmlFrame({ html }: { html: string }) {
  const [isCut, setCut] = useState(false);
  const [heightPx, setHeight] = useState(200);
  const fill = (frame: HTMLIFrameElement) => {
    const target = frame.contentDocument;
    if (target === null) return;
    setCut(buildMail(html, target).isCut);
    dress(target);
    setHeight(Math.min(HIGHEST_PX, target.documentElement.scrollHeight + 4));
  };
  return (
    <>
      <iframe
        title="The mail’s HTML, harmless"
        sandbox={SANDBOX}
        referrerPolicy="no-referrer"
        srcDoc={`<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${CSP}"><html lang="en"><title>Mail</title><body></body></html>`}
        onLoad={({ currentTarget }) => fill(currentTarget)}
        className="w-full rounded-lg border border-line bg-white"
        style={{ height: heightPx }}
      />
      <p className="mt-2 text-xs text-muted">
        Pictures from elsewhere are not loaded, links lead nowhere, nothing runs. Resting on a link shows its address.
      </p>
      {isCut && <Hint>The mail is very large; the rest of it is left out here.</Hint>}
    </>
  );
}

/** How the frame itself looks; style sheets in markup would be refused. */
function dress(target: Document): void {
  const sheet = new (target.defaultView as unknown as typeof globalThis).CSSStyleSheet();
  sheet.replaceSync(`
    :root { color-scheme: light; background: #fff; color: #111; font: 14px/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
    body { margin: 12px; }
    img, table { max-width: 100%; }
    .link { color: #1d4ed8; text-decoration: underline; cursor: help; }
    .picture { display: inline-block; border: 1px dashed #768293; color: #4f5b6b; padding: 2px 6px; font-size: 12px; }
    .control { display: inline-block; border: 1px solid #768293; border-radius: 4px; padding: 2px 8px; min-width: 4em; min-height: 1.2em; }
  `);
  target.adoptedStyleSheets = [sheet];
}
