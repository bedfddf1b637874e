import type { IndicatorCheck } from './look.ts';
import { findingFrom, quoteOf } from './finding.ts';
import { isFollowed, isWeb } from './look.ts';

/** Where anyone gets a page or a redirect without giving a name; legitimate mail uses them too, so the weight is low. */
const FREE_HOSTS =
  /(?:^|\.)(?:weebly\.com|weeblysite\.com|wixsite\.com|webflow\.io|square\.site|godaddysites\.com|firebaseapp\.com|web\.app|pages\.dev|workers\.dev|r2\.dev|vercel\.app|netlify\.app|herokuapp\.com|glitch\.me|000webhostapp\.com|repl\.co|replit\.app|surge\.sh|onrender\.com|fly\.dev|blogspot\.[a-z.]{2,6}|ipfs\.io|dweb\.link|nftstorage\.link|cf-ipfs\.com|ngrok\.io|ngrok-free\.app|trycloudflare\.com|duckdns\.org|framer\.app|jotform\.com|formstack\.com|typeform\.com|azurewebsites\.net|blob\.core\.windows\.net|web\.core\.windows\.net|cloudfront\.net|myftpupload\.com|sharepoint\.com|translate\.goog)$/;
const SHORTENERS = new Set(
  'bit.ly tinyurl.com t.co goo.gl ow.ly is.gd buff.ly cutt.ly rebrand.ly rb.gy shorturl.at t.ly tiny.cc s.id bl.ink v.gd qr.co lnkd.in x.co u.to clck.ru surl.li urlz.fr did.li me2.kr'.split(
    ' ',
  ),
);

export const urlFreeHost: IndicatorCheck = ({ urls }) =>
  findingFrom({
    id: 'url.free-host',
    severity: 'low',
    weight: 15,
    title: 'A link leads to a free page or a short link',
    explanation: 'The link leads to a service where anyone can put up a page or hide an address behind a short one.',
    evidence: urls
      .filter((url) => isWeb(url) && isFollowed(url) && (FREE_HOSTS.test(url.host) || SHORTENERS.has(url.host)))
      .map((url) => quoteOf('url', url.url)),
  });
