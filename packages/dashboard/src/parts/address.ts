import { useSearchParams } from 'react-router';

/** What is chosen on a page, kept in its address: some names get new values, empty ones go, and all others stay. */
export function useAddress(): [URLSearchParams, (next: Readonly<Record<string, string | undefined>>) => void] {
  const [params, setParams] = useSearchParams();
  const change = (next: Readonly<Record<string, string | undefined>>) => {
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        for (const [name, value = ''] of Object.entries(next)) {
          if (value === '') after.delete(name);
          else after.set(name, value);
        }
        return after;
      },
      { replace: true },
    );
  };
  return [params, change];
}
