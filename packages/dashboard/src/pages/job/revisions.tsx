import { useAddress } from '../../parts/address.ts';
import { Select } from '../../parts/select.tsx';
import { Button } from '../../parts/button.tsx';
import { type JobContext, useJob } from './context.ts';

/** Which revision of the report is read, where there is more than one. */
export function Revisions() {
  const context = useJob();
  return context.run.status.revision > 1 ? <Picker {...context} /> : null;
}

function Picker({ run: { status }, report }: JobContext) {
  const [params, change] = useAddress();
  const newest = status.revision;
  const wanted = params.get('revision') ?? '';
  const options = Array.from({ length: newest }, (_, at) => {
    const revision = newest - at;
    const text = revision === newest ? `Revision ${revision}, the newest` : `Revision ${revision}`;
    return { id: revision === newest ? '' : String(revision), name: text, text };
  });
  const isOld = report !== null && report.revision < newest;
  return (
    <div
      className={`flex flex-wrap items-end gap-3 rounded-xl border px-4 py-3 ${isOld ? 'border-warn bg-warn-soft' : 'border-line bg-surface'}`}
    >
      <Select
        label="Report"
        value={Number(wanted) >= newest ? '' : wanted}
        onChange={(revision) => change({ revision })}
        options={options}
        className="w-60"
      />
      {isOld && (
        <p className="flex min-h-9 flex-wrap items-center gap-3 text-sm" role="status">
          This is what was known at revision {report.revision}.
          <Button onPress={() => change({ revision: undefined })}>To the newest</Button>
        </p>
      )}
    </div>
  );
}
