const MAX_SCRIPTS = 200;

/** The scripts of a page, their opening tag included. By position, not by pattern: a page of nothing but opening tags costs no more than its length. */
export function scriptsOf(html: string): string[] {
  const scripts: string[] = [];
  const lower = html.toLowerCase();
  let start = lower.indexOf('<script');
  while (start >= 0 && scripts.length < MAX_SCRIPTS) {
    const end = lower.indexOf('</script', start);
    scripts.push(html.slice(start, end < 0 ? undefined : end));
    start = end < 0 ? -1 : lower.indexOf('<script', end);
  }
  return scripts;
}
