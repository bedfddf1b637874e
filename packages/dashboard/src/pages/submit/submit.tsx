import { type AcceptedRequest, SluiceError } from '@sluice/contracts';
import { FileUp } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';
import { DropZone } from 'react-aria-components/DropZone';
import { FileTrigger } from 'react-aria-components/FileTrigger';
import { useReach } from '../../data/reach.tsx';
import { looksLike } from '../../parts/button.tsx';
import { Card, PageHead } from '../../parts/card.tsx';
import { ObservableForm, PasteForm } from './forms.tsx';
import { type Handling, HandlingForm, useHandling } from './handling.tsx';
import { parcelOf } from './parcels.ts';
import { UploadList } from './upload-list.tsx';
import type { Answer, Upload } from './ledger.ts';
import { createUploads } from './uploads.ts';

/** Drop mails, paste the source of one, or ask about a link, domain, address or hash. */
export function Submit() {
  const [handling, setHandling] = useHandling();
  const { uploads, desk } = useUploads(handling);
  return (
    <>
      <PageHead
        title="Submit"
        says="Hand over a suspicious mail. It is taken apart in a closed room: nothing of it is opened on your machine."
      />
      <Drop onFiles={(files) => desk.add(files.map(parcelOf))} />
      <UploadList uploads={uploads} onAgain={desk.again} onClear={desk.clear} />
      <div className="mt-5 grid gap-5 lg:grid-cols-2">
        <div className="lg:col-span-2">
          <HandlingForm handling={handling} onChange={setHandling} />
        </div>
        <Card title="Paste the source of a mail">
          <PasteForm onMail={(parcel) => desk.add([parcel])} />
        </Card>
        <Card title="Look at a link, domain, address or hash">
          <ObservableForm handling={handling} />
        </Card>
      </div>
    </>
  );
}

function useUploads(handling: Handling) {
  const { client } = useReach();
  const [uploads, setUploads] = useState<readonly Upload[]>([]);
  const chosen = useRef(handling);
  chosen.current = handling;
  const desk = useMemo(
    () =>
      createUploads({
        submitOne: (mail) => client.submitMail(mail, chosen.current),
        submitMany: async (mails) =>
          answerOf(await client.requests.submit({ mails }, { ...chosen.current, name: nameOf(mails) })),
        submitArchive: async (kind, archive, name) => {
          const batch = kind === 'zip' ? { zip: archive } : { mbox: archive };
          return answerOf(await client.requests.submit(batch, { ...chosen.current, name: given(name) }));
        },
        onChange: setUploads,
      }),
    [client],
  );
  return { uploads, desk };
}

function answerOf({ requestId, mails, fault }: AcceptedRequest): Answer {
  if (fault === null) return { requestId, mails, fault };
  return {
    requestId,
    mails,
    fault: new SluiceError(fault.code, fault.detail ?? fault.title, { httpStatus: fault.status }),
  };
}

const nameOf = ([first, ...more]: readonly { name: string }[]): string | undefined =>
  first === undefined ? undefined : given(`${first.name} and ${more.length} more`);

/** As the gateway takes names: one line of what can be seen. */
function given(name: string): string | undefined {
  const line = name.replaceAll(/\p{Cc}/gu, ' ').trim();
  return line === '' ? undefined : line.slice(0, 120);
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
        acceptedFileTypes={['.eml', '.mbox', '.zip', 'message/rfc822', 'text/plain']}
        onSelect={(files) => onFiles([...(files ?? [])])}
      >
        <AriaButton className={looksLike('primary')}>Choose files</AriaButton>
      </FileTrigger>
      <p className="text-sm text-muted">One or many .eml files with all headers, an mbox or a zip; 25 MB each mail.</p>
    </DropZone>
  );
}
