/** Works off the items chunk by chunk, several chunks at once; waits for all that run, then throws the first error. */
export async function inChunks<T>(
  items: readonly T[],
  size: number,
  atOnce: number,
  work: (chunk: T[]) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const chunk = items.slice(next, next + size);
      next += size;
      await work(chunk);
    }
  };
  const results = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
