import { SluiceError } from '@sluice/contracts';

/** After a change was recorded: waits until the cache has forgotten what was before. Throws `cache-unreachable` (503) and says what that means. */
export async function forgotten(work: Promise<void> | undefined): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof SluiceError && error.code === 'cache-unreachable')) throw error;
    const message = 'The change is recorded, but not everything may know of it yet: ask again.';
    throw new SluiceError(error.code, message, { httpStatus: 503, disposition: 'retry', cause: error });
  }
}
