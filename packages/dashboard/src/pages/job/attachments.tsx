import type { Attachment, MailDocument, ParsedMail } from '@sluice/contracts';
import { File, FileWarning, Mail } from 'lucide-react';
import { Badge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { bytes, words } from '../../parts/format.ts';
import { plain } from '../../parts/hostile.ts';
import { Copy, Hostile } from '../../parts/text.tsx';

interface Props {
  files: readonly Attachment[];
  /** Where the mail itself was read: then also those in the mails inside it are known. */
  document?: MailDocument;
}

/** Files of the mail, as a tree. */
export function Attachments({ files, document }: Props) {
  if (files.length === 0) return null;
  return (
    <Card title="Attachments" aside={`${files.length}`}>
      <Tree files={files} document={document} />
    </Card>
  );
}

function Tree({ files, document, parent }: TreeProps) {
  return (
    <ul className="flex flex-col gap-3">
      {files.map((file, at) =>
        file.parent === parent ? (
          <li key={`${file.sha256} ${at}`} className="min-w-0">
            <Leaf file={file} />
            <Inside files={files} document={document} parent={at} />
            {file.mail !== null && document?.mails[file.mail] !== undefined && (
              <InnerMail mail={document.mails[file.mail]} document={document} />
            )}
          </li>
        ) : null,
      )}
    </ul>
  );
}

interface TreeProps {
  files: readonly Attachment[];
  document: MailDocument | undefined;
  /** The file whose content is listed; undefined: what the mail itself carries. */
  parent?: number;
}

/** Files that lie in a file: in an archive, a document, a page. */
function Inside({ files, document, parent }: TreeProps & { parent: number }) {
  if (!files.some((file) => file.parent === parent)) return null;
  return (
    <div className="mt-2 ml-2 border-l-2 border-line pl-4">
      <Tree files={files} document={document} parent={parent} />
    </div>
  );
}

function InnerMail({ mail, document }: { mail: ParsedMail | undefined; document: MailDocument }) {
  return (
    <div className="mt-2 ml-2 border-l-2 border-line pl-4">
      <p className="mb-2 text-sm text-muted">
        A mail: <Hostile className="text-text">{mail?.subject ?? '(no subject)'}</Hostile>
      </p>
      <Tree files={mail?.attachments ?? []} document={document} />
    </div>
  );
}

function Leaf({ file }: { file: Attachment }) {
  const { fileName, declaredType, detectedType, sizeBytes, sha256, mail, features = [], unread = [] } = file;
  const lies = detectedType !== null && detectedType !== declaredType && declaredType !== 'application/octet-stream';
  const Icon = mail !== null ? Mail : lies ? FileWarning : File;
  return (
    <div className="flex gap-2.5 text-sm">
      <Icon size={18} aria-hidden className={`mt-0.5 shrink-0 ${lies ? 'text-warn' : 'text-muted'}`} />
      <div className="min-w-0">
        <p className="font-medium">
          <Hostile>{fileName ?? '(without a name)'}</Hostile>{' '}
          <span className="font-normal text-muted">{bytes(sizeBytes)}</span>
        </p>
        <p className="flex flex-wrap items-center gap-x-2 text-xs text-muted">
          <span>
            says <Hostile>{declaredType}</Hostile>
          </span>
          {detectedType !== null && <span>is {detectedType}</span>}
          {lies && <Badge tone="warn">not what it says</Badge>}
          {features.map((feature) => (
            <Badge key={feature} tone="warn">
              {words(feature)}
            </Badge>
          ))}
        </p>
        {unread.length > 0 && (
          <p className="text-xs text-muted">
            not read in it: <Hostile>{unread.join(', ')}</Hostile>
          </p>
        )}
        <p className="flex items-center gap-1 text-xs text-muted">
          <span className="truncate font-mono">{sha256}</span>
          <Copy text={sha256} label={`Copy the SHA-256 of ${plain(fileName ?? 'the file')}`} />
        </p>
      </div>
    </div>
  );
}
