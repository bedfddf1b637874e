import {
  type CreatedWebhook,
  type Verdict,
  VERDICTS,
  WEBHOOK_EVENTS,
  type WebhookEvent,
  type WebhookView,
} from '@sluice/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useReach } from '../../data/reach.tsx';
import { Button } from '../../parts/button.tsx';
import { CheckBox } from '../../parts/check-box.tsx';
import { Window } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { ErrorNote } from '../../parts/note.tsx';
import { Select } from '../../parts/select.tsx';

const SAYS: Readonly<Record<WebhookEvent, string>> = {
  'job.completed': 'A job has its report',
  'job.failed': 'A job has failed or expired',
  'report.amended': 'A report was amended',
  verdict: 'A verdict was reached',
  'dead-letter': 'A task has given up',
};

interface Props {
  /** Null: a new one. */
  webhook: WebhookView | null;
  onClose: () => void;
  onMade: (created: CreatedWebhook) => void;
}

export function WebhookForm({ webhook, onClose, onMade }: Props) {
  const { client } = useReach();
  const queries = useQueryClient();
  const [draft, setDraft] = useState({
    url: webhook?.url ?? '',
    name: webhook?.name ?? '',
    events: [...(webhook?.events ?? (['verdict'] as const))],
    minVerdict: webhook?.minVerdict ?? ('suspicious' as const),
    isActive: webhook?.isActive ?? true,
  });
  const save = useMutation({
    async mutationFn() {
      if (webhook === null) return client.webhooks.create(draft);
      await client.webhooks.replace(webhook.id, draft);
      return null;
    },
    onSuccess(created) {
      void queries.invalidateQueries({ queryKey: ['webhooks'] });
      if (created === null) onClose();
      else onMade(created);
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const turn = (event: WebhookEvent) => {
    const { events } = draft;
    setDraft({
      ...draft,
      events: events.includes(event) ? events.filter((each) => each !== event) : [...events, event],
    });
  };
  return (
    <Window title={webhook === null ? 'A new webhook' : 'Edit the webhook'} isOpen onClose={onClose} isFirm>
      <form onSubmit={send} className="flex flex-col gap-4">
        <Field
          label="Address"
          value={draft.url}
          onChange={(url) => setDraft({ ...draft, url })}
          placeholder="https://soc.your.example/hooks/sluice"
          inputMode="url"
          isRequired
        />
        <Field label="Name" value={draft.name} onChange={(name) => setDraft({ ...draft, name })} />
        <fieldset className="flex flex-col gap-1">
          <legend className="mb-1 text-sm font-medium">Tell it when</legend>
          {WEBHOOK_EVENTS.map((event) => (
            <CheckBox
              key={event}
              label={SAYS[event]}
              isChecked={draft.events.includes(event)}
              onChange={() => turn(event)}
            />
          ))}
        </fieldset>
        {draft.events.includes('verdict') && (
          <Select
            label="Verdicts from"
            value={draft.minVerdict}
            onChange={(minVerdict) => setDraft({ ...draft, minVerdict: minVerdict as Verdict })}
            options={VERDICTS.map((id) => ({ id, name: id, text: id }))}
          />
        )}
        <CheckBox
          label="Active"
          isChecked={draft.isActive}
          onChange={() => setDraft({ ...draft, isActive: !draft.isActive })}
        />
        {save.error !== null && <ErrorNote error={save.error} />}
        <div className="flex justify-end gap-2">
          <Button onPress={onClose}>Leave it</Button>
          <Button
            type="submit"
            look="primary"
            isDisabled={draft.url.trim() === '' || draft.events.length === 0 || save.isPending}
          >
            {webhook === null ? 'Make the webhook' : 'Save'}
          </Button>
        </div>
      </form>
    </Window>
  );
}
