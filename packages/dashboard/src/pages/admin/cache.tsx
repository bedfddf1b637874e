import { CACHE_NAMESPACES } from '@sluice/contracts';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useSession } from '../../app/session.tsx';
import { useReach } from '../../data/reach.tsx';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { Window } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { ErrorNote, Hint } from '../../parts/note.tsx';
import { Select } from '../../parts/select.tsx';

type Part = keyof typeof CACHE_NAMESPACES;

/** How keys of a part are written, for people. */
const KEYS: Readonly<Record<string, string>> = {
  virustotal: 'url:https://a.example/',
  abuseipdb: 'ip:192.0.2.1',
  urlscan: 'domain:a.example',
  shodan: 'ip:192.0.2.1',
  gemini: 'model and digest',
  'urlscan-visit': 'public:https://a.example/',
  'urlscan-submitted': 'public:https://a.example/',
  visits: 'https://a.example/',
  'job-status': 'id of the job',
  'api-keys': 'id of the key',
  policy: 'someone@your.example',
};

/** What the cache is to forget, so that it is asked anew: one answer, or for an operator a whole part. */
export function Cache() {
  const { isOperator } = useSession();
  const { client, tenant } = useReach();
  const parts = partsFor(isOperator);
  const [part, setPart] = useState<Part>(parts[0] ?? 'visits');
  const [key, setKey] = useState('');
  const [asks, setAsks] = useState(false);
  const forget = useMutation({
    mutationFn: () => client.admin.cache.forget(part, key.trim(), CACHE_NAMESPACES[part].isPrivate ? { tenant } : {}),
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    forget.mutate();
  };
  return (
    <Card title="Forget what is cached">
      <Hint>
        The next mail that needs it asks anew, and spends a call of the quota. All workers forget within a second.
      </Hint>
      <form onSubmit={send} className="mt-4 grid items-start gap-3 md:grid-cols-[14rem_minmax(0,1fr)_auto]">
        <Select
          label="Part"
          value={part}
          onChange={(next) => setPart(parts.find((each) => each === next) ?? part)}
          options={parts.map((id) => ({ id, name: id, text: id }))}
        />
        <Field
          label="Answer"
          value={key}
          onChange={setKey}
          placeholder={KEYS[part] ?? ''}
          hint={`Written like ${KEYS[part] ?? 'its key'}`}
        />
        <div className="flex gap-2 md:pt-6">
          <Button type="submit" look="primary" isDisabled={key.trim() === '' || forget.isPending}>
            Forget
          </Button>
          {isOperator && (
            <Button look="danger" onPress={() => setAsks(true)}>
              Forget the whole part
            </Button>
          )}
        </div>
      </form>
      {forget.error !== null && <ErrorNote error={forget.error} />}
      <p role="status" className="mt-3 text-sm text-muted empty:hidden">
        {forget.isSuccess && 'Forgotten, also where nothing was held.'}
      </p>
      {asks && <ForgetPart part={part} onClose={() => setAsks(false)} />}
    </Card>
  );
}

/** What all share is an operator's to forget. */
function partsFor(isOperator: boolean): Part[] {
  const all = Object.keys(CACHE_NAMESPACES) as Part[];
  return isOperator ? all : all.filter((part) => CACHE_NAMESPACES[part].isPrivate);
}

function ForgetPart({ part, onClose }: { part: Part; onClose: () => void }) {
  const { client } = useReach();
  const forget = useMutation({ mutationFn: () => client.admin.cache.forgetAll(part), onSuccess: onClose });
  return (
    <Window title={`Forget all of ${part}?`} isOpen onClose={onClose}>
      <p className="text-sm">Of all tenants. What was known has to be asked again, within the quotas.</p>
      {forget.error !== null && <ErrorNote error={forget.error} />}
      <div className="mt-5 flex justify-end gap-2">
        <Button onPress={onClose}>Leave it</Button>
        <Button look="danger" onPress={() => forget.mutate()} isPending={forget.isPending}>
          Forget it
        </Button>
      </div>
    </Window>
  );
}
