import { useRouteError } from 'react-router';
import { PageHead } from '../parts/card.tsx';
import { ErrorNote } from '../parts/note.tsx';

/** What a page threw while it was drawn; the rest of the house stays. */
export function PageError() {
  const error = useRouteError();
  return (
    <>
      <PageHead title="This page could not be shown" />
      <ErrorNote error={error} onRetry={() => globalThis.location.reload()} />
    </>
  );
}
