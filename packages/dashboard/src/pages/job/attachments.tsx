import type { Attachment, MailDocument, ReportSubject } from '@sluice/contracts';
import { File, FileWarning, Mail } from 'lucide-react';
import { Badge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { bytes } from '../../parts/format.ts';
import { Copy, Hostile } from '../../parts/text.tsx';

type MailSubject = Extract<ReportSubject, { kind: 'mail' }>;

/** Files of the mail; where the mail itself was read, also those in the mails inside it. */
export function Attachments({ subject, document }: { subject: MailSubject; document?: MailDocument | undefined }) {
  const files = document?.mails[0]?.attachments ?? subject.attachments;
  if (files.length === 0) return null;
  return (
    <Card title="Attachments" aside={`${files.length}`}>
      <Tree files={files} document={document} />
    </Card>
  );
}

function Tree({ files, document }: { files: readonly Attachment[]; document: MailDocument | undefined }) {
  return (
    <ul className="flex flex-col gap-3">
      {files.map((file, at) => (
        <li key={`${file.sha256} ${at}`} className="min-w-0">
          <Leaf file={file} />
          {file.mail !== null && document?.mails[file.mail] !== undefined && (
            <div className="mt-2 ml-2 border-l-2 border-line pl-4">
              <p className="mb-2 text-sm text-muted">
                A mail: <Hostile className="text-text">{document.mails[file.mail]?.subject ?? '(no subject)'}</Hostile>
              </p>
              <Tree files={document.mails[file.mail]?.attachments ?? []} document={document} />
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}

function Leaf({ file }: { file: Attachment }) {
  const { fileName, declaredType, detectedType, sizeBytes, sha256, mail } = file;
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
        </p>
        <p className="flex items-center gap-1 text-xs text-muted">
          <span className="truncate font-mono">{sha256}</span>
          <Copy text={sha256} label={`Copy the SHA-256 of ${fileName ?? 'the file'}`} />
        </p>
      </div>
    </div>
  );
}
