export const HELP = `Usage: sluice scan FILE… [options]
       sluice scan --url URL | --domain NAME | --ip ADDRESS | --hash HASH

Scans mails and prints a verdict with its reasons. FILE is a mail, a folder (with all folders in it),
an mbox, or - for standard input.

Options
  --json          one report a line on standard output, and nothing else; "file" names where it came from
  --priority P    urgent, high, normal (the default) or low
  --parallel N    mails with the fleet at once: 16
  --wait-amendments SECONDS
                  where something was not examined: wait so long for late answers, and print the amended report
  --url, --domain, --ip, --hash
                  scan this instead of a mail; each may be given more than once
  -h, --help      this text

Where the fleet is
  SLUICE_URL, SLUICE_API_KEY    a fleet anywhere
  SLUICE_DATA_DIR               the data folder of the local one (.data); if none runs there, one is started
                                for the call and stopped in the end

Exit status: the worst verdict
  0 clean   10 suspicious   20 malicious
  1 something could not be scanned (outranks the verdicts)   2 wrong usage   130 Ctrl-C
`;
