import { useEffect } from 'react';
import { useBlocker } from 'react-router';
import { Button } from '../../../parts/button.tsx';
import { Window } from '../../../parts/dialog.tsx';

/** Asks before what is not saved is left behind. */
export function LeaveGuard({ isOn }: { isOn: boolean }) {
  const blocker = useBlocker(isOn);
  useEffect(() => {
    if (!isOn) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    globalThis.addEventListener('beforeunload', ask);
    return () => globalThis.removeEventListener('beforeunload', ask);
  }, [isOn]);
  if (blocker.state !== 'blocked') return null;
  return (
    <Window title="Leave without saving?" isOpen onClose={blocker.reset}>
      <p className="text-sm">What you have changed here is not saved yet.</p>
      <div className="mt-5 flex justify-end gap-2">
        <Button onPress={blocker.reset}>Stay</Button>
        <Button look="danger" onPress={blocker.proceed}>
          Leave
        </Button>
      </div>
    </Window>
  );
}
