import type { Attachment, Place } from '@sluice/contracts';

/** How a file is read. */
export type FileKind =
  | 'archive'
  | 'gzip'
  | 'pdf'
  | 'office'
  | 'old-office'
  | 'rtf'
  | 'page'
  | 'calendar'
  | 'text'
  | 'words'
  | 'picture';

type Named = Pick<Attachment, 'fileName' | 'declaredType' | 'detectedExtension' | 'detectedType'>;

const ARCHIVES = new Set('zip 7z rar tar bz2 xz lz lzma lzh cab iso ar deb rpm cpio xpi jar apk crx tar.gz'.split(' '));
const OFFICE = new Set(
  'docx docm dotx dotm xlsx xlsm xltx xltm pptx pptm potx potm ppsx ppsm odt ods odp ott ots otp'.split(' '),
);
const OFFICE_NAME = /\.(?:do[ct]|xl[stab]|pp[tsa]|pot|sld)[xmb]$/i;
const PICTURES = new Set(['png', 'apng', 'jpg', 'gif', 'bmp']);

/** By its bytes first, by its name and declared type where they have no signature; null for what is not opened. */
export function kindOf(file: Named): FileKind | null {
  const extension = file.detectedExtension;
  if (extension !== null) return kindOfBytes(extension, file);
  const name = file.fileName ?? '';
  const type = file.declaredType;
  if (/\.(?:s|x)?html?$|\.svg$/i.test(name) || /^(?:text\/html|application\/xhtml|image\/svg)/.test(type))
    return 'page';
  if (/\.(?:ics|ifb|vcs)$/i.test(name) || /^(?:text\/calendar|application\/ics)/.test(type)) return 'calendar';
  if (/\.pdf$/i.test(name) || type === 'application/pdf') return 'pdf';
  if (/\.(?:iso|img|7z|rar|zip|cab|tar)$/i.test(name)) return 'archive';
  if (/^(?:message\/(?:rfc822|global))/.test(type)) return null;
  return isText(name, type) ? 'text' : null;
}

function kindOfBytes(extension: string, { fileName }: Named): FileKind | null {
  if (OFFICE.has(extension) || (extension === 'zip' && OFFICE_NAME.test(fileName ?? ''))) return 'office';
  if (ARCHIVES.has(extension)) return 'archive';
  if (PICTURES.has(extension)) return 'picture';
  switch (extension) {
    case 'gz':
      return 'gzip';
    case 'pdf':
    case 'rtf':
      return extension;
    case 'cfb':
      return 'old-office';
    case 'html':
    case 'svg':
      return 'page';
    case 'ics':
      return 'calendar';
    case 'xml':
    case 'vcf':
      return 'text';
    case 'lnk':
      return 'words';
    default:
      return null;
  }
}

function isText(name: string, type: string): boolean {
  return (
    /\.(?:txt|csv|md|log|json|xml|url|website|js|jse|vbs|vbe|ps1|bat|cmd|hta|wsf|vcf|ini|eml|reg|py|sh)$/i.test(name) ||
    type.startsWith('text/')
  );
}

/** The place that the links of such a file have. */
export function placeOfKind(kind: FileKind | null): Place['where'] {
  switch (kind) {
    case 'pdf':
      return 'attachment-pdf';
    case 'office':
    case 'old-office':
    case 'rtf':
      return 'attachment-document';
    case 'page':
      return 'attachment-html';
    case 'text':
      return 'attachment-text';
    case 'calendar':
      return 'calendar';
    default:
      return 'attachment';
  }
}
