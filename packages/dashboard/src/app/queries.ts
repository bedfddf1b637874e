import { SluiceError } from '@sluice/contracts';
import { QueryClient } from '@tanstack/react-query';

const MOST_RETRIES = 3;

/** What time may heal is asked again; what is refused is shown at once. */
export function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: (failures, error) =>
          failures < MOST_RETRIES && error instanceof SluiceError && error.disposition === 'retry',
        staleTime: 1_000,
        refetchOnWindowFocus: true,
      },
    },
  });
}
