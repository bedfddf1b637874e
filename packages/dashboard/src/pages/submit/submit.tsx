import { FileUp, TextCursorInput } from 'lucide-react';
import { useMemo, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';
import { DropZone } from 'react-aria-components/DropZone';
import { FileTrigger } from 'react-aria-components/FileTrigger';
import { submitMail } from '../../data/jobs.ts';
import { looksLike } from '../../parts/button.tsx';
import { Card, PageHead } from '../../parts/card.tsx';
import { ObservableForm, PasteForm } from './forms.tsx';
import { UploadList } from './upload-list.tsx';
import { createUploads, type Parcel, type Upload } from './uploads.ts';

/** Drop mails, paste the source of one, or ask about a link, domain, address or hash. */
export function Submit() {
  const [uploads, setUploads] = useState<readonly Upload[]>([]);
  const desk = useMemo(() => createUploads({ submit: (mail) => submitMail(mail), onChange: setUploads }), []);
  const addFiles = (files: readonly File[]) => desk.add(files.map(parcelOf));
  return (
    <>
      <PageHead
        title="Submit"
        says="Hand over a suspicious mail. It is taken apart in a closed room: nothing of it is opened on your machine."
      />
      <Drop onFiles={addFiles} />
      <UploadList uploads={uploads} onAgain={desk.again} onClear={desk.clear} />
      <div className="mt-5 grid gap-5 lg:grid-cols-2">
        <Card title="Paste the source of a mail" aside={<TextCursorInput size={16} aria-hidden />}>
          <PasteForm onMail={(parcel) => desk.add([parcel])} />
        </Card>
        <Card title="Look at a link, domain, address or hash">
          <ObservableForm />
        </Card>
      </div>
    </>
  );
}

function parcelOf(file: File): Parcel {
  return { name: file.name, sizeBytes: file.size, bytes: async () => new Uint8Array(await file.arrayBuffer()) };
}

function Drop({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  return (
    <DropZone
      aria-label="Drop mails here"
      getDropOperation={() => 'copy'}
      onDrop={({ items }) => {
        const files = items.filter((item) => item.kind === 'file').map((item) => item.getFile());
        void Promise.all(files).then(onFiles);
      }}
      className="flex flex-col items-center gap-3 rounded-2xl border-2 border-dashed border-edge bg-surface px-6 py-12 text-center transition-colors data-drop-target:border-accent data-drop-target:bg-accent-soft"
    >
      <FileUp size={34} aria-hidden className="text-accent" />
      <p className="text-lg font-semibold">Drop mails here</p>
      <FileTrigger
        allowsMultiple
        acceptedFileTypes={['.eml', 'message/rfc822', 'text/plain']}
        onSelect={(files) => onFiles([...(files ?? [])])}
      >
        <AriaButton className={looksLike('primary')}>Choose files</AriaButton>
      </FileTrigger>
      <p className="text-sm text-muted">One or many, as .eml files with all headers; 25 MB each.</p>
    </DropZone>
  );
}
