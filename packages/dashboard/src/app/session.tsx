import { ROLES, type Role, SluiceError, type SessionView } from '@sluice/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect } from 'react';
import { door, onSignedOut } from '../data/client.ts';
import { SignIn } from '../pages/sign-in/sign-in.tsx';
import { ErrorNote, Loading } from '../parts/note.tsx';

const Session = createContext<SessionView | null>(null);
const SESSION_KEY = ['session'];

/** Shows what is inside to those who are signed in, and the door to everybody else. */
export function SessionGate({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: SESSION_KEY,
    queryFn: ({ signal }) => door.session(signal).catch(nobody),
    staleTime: 60_000,
  });
  useEffect(
    () =>
      onSignedOut(() => {
        queries.setQueryData(SESSION_KEY, null);
      }),
    [queries],
  );
  if (data === null) return <SignIn />;
  if (data !== undefined) return <Session value={data}>{children}</Session>;
  return (
    <main className="mx-auto max-w-lg p-6">
      <h1 className="sr-only">Sluice</h1>
      {error === null ? (
        <Loading what="Looking who you are" />
      ) : (
        <ErrorNote error={error} onRetry={() => void refetch()} />
      )}
    </main>
  );
}

function nobody(error: unknown): null {
  if (error instanceof SluiceError && error.httpStatus === 401) return null;
  throw error;
}

export function useSession(): SessionView {
  const session = useContext(Session);
  if (session === null) throw new TypeError('Nobody is signed in.');
  return session;
}

/** A role may what those before it may; an operator may everything. */
export function mayBe(session: Pick<SessionView, 'role' | 'isOperator'>, needed: Role | 'operator'): boolean {
  if (needed === 'operator') return session.isOperator;
  return ROLES.indexOf(session.role) >= ROLES.indexOf(needed);
}
