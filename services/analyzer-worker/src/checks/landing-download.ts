import type { DownloadFacts } from '@sluice/contracts';
import { dangerOfName } from './attachment-dangerous.ts';
import { isMacroName } from './attachment-macro.ts';
import { findingFrom, quoteOf } from './finding.ts';
import type { LandingCheck } from './landing-look.ts';

const PROGRAM_TYPE =
  /^application\/(?:x-(?:msdownload|dosexec|msdos-program|ms-installer|msi|exe|executable|elf|mach-binary|sh|bat|java-archive|ms-shortcut|apple-diskimage)|vnd\.microsoft\.portable-executable|vnd\.android\.package-archive|java-archive|hta|x-java-jnlp-file)\b|^text\/(?:vbscript|x-sh|x-msdos-batch)\b/i;
const MACRO_TYPE = /^application\/vnd\.ms-[a-z.]+\.macroenabled\.12\b/i;
const ARCHIVE_TYPE =
  /^application\/(?:zip|x-zip(?:-compressed)?|x-rar(?:-compressed)?|vnd\.rar|x-7z-compressed|gzip|x-tar|x-iso9660-image|x-ace-compressed)\b/i;
const ARCHIVE_NAME = /\.(?:zip|rar|7z|tar|gz|tgz|bz2|xz|cab|z)$/i;
const PACKAGE_NAME = /\.(?:apk|deb|rpm|sh|run|pkg|py|appimage|xpi|crx)$/i;

type Kind = 'program' | 'container' | 'macros' | 'archive';

const WEIGHTS: Record<Kind, number> = { program: 75, container: 55, macros: 55, archive: 30 };

/** What a link hands over instead of a page, by its name and the type that the server gives; the bytes are not kept. */
export const landingDownload: LandingCheck = ({ visits }) => {
  const hits = visits.flatMap(({ facts: { download } }) => {
    const kind = download === null ? null : kindOf(download);
    return download === null || kind === null ? [] : [{ download, kind }];
  });
  const weight = Math.max(0, ...hits.map(({ kind }) => WEIGHTS[kind]));
  return findingFrom({
    id: 'landing.download',
    severity: weight >= 75 ? 'critical' : weight >= 55 ? 'high' : 'medium',
    weight,
    category: 'malware',
    title: weight >= 55 ? 'A link hands over a file that can run programs' : 'A link hands over an archive',
    explanation:
      weight >= 55
        ? 'Instead of a page, the link gives a file that can start a program on the computer when it is opened.'
        : 'Instead of a page, the link gives a packed file. Filters cannot look into it before it is on the computer.',
    evidence: hits.map(({ download }) =>
      quoteOf(
        'download',
        `${nameOf(download)} (${download.contentType}, ${download.bytes} bytes${download.sha256 === null ? '' : `, SHA-256 ${download.sha256}`}) from ${download.url}`,
      ),
    ),
  });
};

function kindOf(download: DownloadFacts): Kind | null {
  const name = nameOf(download);
  const danger = dangerOfName(name);
  if (danger === 'program' || PACKAGE_NAME.test(name) || PROGRAM_TYPE.test(download.contentType)) return 'program';
  if (danger === 'container') return 'container';
  if (isMacroName(name) || MACRO_TYPE.test(download.contentType)) return 'macros';
  return ARCHIVE_NAME.test(name) || ARCHIVE_TYPE.test(download.contentType) ? 'archive' : null;
}

/** As the server calls it, else the end of the address. */
function nameOf({ fileName, url }: DownloadFacts): string {
  return (fileName ?? URL.parse(url)?.pathname.split('/').at(-1) ?? '').trim().slice(-250);
}
