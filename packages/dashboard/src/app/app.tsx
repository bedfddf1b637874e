import { SluiceError } from '@sluice/contracts';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from 'react-router/dom';
import { router } from './router.tsx';

const MOST_RETRIES = 3;

/** What time may heal is asked again; what is refused is shown at once. */
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) =>
        failures < MOST_RETRIES && error instanceof SluiceError && error.disposition === 'retry',
      staleTime: 1_000,
      refetchOnWindowFocus: true,
    },
  },
});

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  );
}
