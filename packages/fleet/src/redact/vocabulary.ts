import { constants } from 'node:os';
import { POOLS, tasks } from '@sluice/contracts';

const wordsOf = (text: string): string[] => text.trim().split(/\s+/);

/** Words that say nothing by themselves: they hold a sentence together. */
export const FILLERS: ReadonlySet<string> = new Set(
  wordsOf(`
    a after against all already before due false true an and any are as at be because been before being both but by can can't cannot could couldn't did didn't does doesn't
    during each either established first hang else for from has have if in instead into is isn't it its more most must no non nor not of off on once one only onto or other out
    over per same should since so some still such than that the their then there these this to too two under until up upon use used using was wasn't were
    when where which while will with within without won't would yet
  `),
);

/** Technical English, as programs, drivers and servers speak it. Nothing that letters between people live on. */
export const TERMS: ReadonlySet<string> = new Set(
  wordsOf(`
    abort aborted aborting accept accepted access acquire acquired action active actual add address addresses agent allocate allocation allowed alphabet
    anonymous answer answered api append argument arguments array assert assertion assign assigned async atomic attempt attempted attempts authenticate
    authentication authorized available await away backoff backend bad base64 begin behind binary bind blob block blocked body boolean broken bucket
    buffer buffering bug build busy byte bytes cache call callback called calling cancelled capacity cast category ceased certificate chain changed channel
    character characters check checksum child chunk class clear client clock close closed closing cluster code codec collection column columns command commands
    commit committed compare compile complete completed compression concurrency concurrent config configuration configured conflict connect connected
    connecting connection connections consecutive constraint constructor consumed container contains content context convert converting corrupt corrupted count
    crash crashed create created credentials current cursor cycle data database dead deadline deadlock decode decoded decoding decompress decrypt default
    defined delay delayed delete deleted denied depth descriptor deserialize detail detected device different digest dimension directory disabled disconnected
    disk dns document domain down driver drop dropped duplicate duration elapsed element empty enabled encode encoded encoding encountered end ended endpoint
    engine entries entry enum environment error errors escape etag evaluate event events exceed exceeded exceeds exception execute executing execution exhausted
    exist existing exists exit exited expected expired expires expiry export expression extension external extra failed failing fails failure fatal fetch field
    fields file files filter finished flag flags flush folder follow for forbidden force foreign forced format found fraction frame frames free frozen full function gateway
    generation get getaddrinfo getter given goaway got graceful group half handle handler handles handshake hangup hash header headers heap hex hook
    hold holding hop host hostname html http https id identifier idle ignored illegal image implementation implemented import incoming incomplete incorrect index indices infinite
    infinity init initialize initialized input insert inside instance instanceof insufficient int integer interface internal interrupted interval invalid invocation
    ip issue issuer item items iterable iterator job jobs journal json keepalive key keyword keys kind large last leader leaf lease length level limit line lines
    link list listen listener literal load loaded loading local locale lock locked long lookup loop lost low malformed map master match matched matching max maximum
    mb mean memory merge message messages metadata method middleware migration milliseconds min minimum mismatch missing mode module modified move moved ms multiple
    mutex name named namespace nan native negative nested network never new next node nonexistent non-whitespace null number numeric object offline offset ok old open
    opened opening operation operations operator option optional options order origin outdated outgoing output overflow overloaded own owner packet page param
    parameter parameters parent parse parsed parser parsing part partial patch path pattern paused payload peer pending permission permissions permitted persist
    pid ping pipe pipeline plan plugin point pointer policy pool port position positive precision prefix prepared present primary prior priority private process
    processed promise properties property protocol prototype provider proxy public publish query queue queued quota range rate ratio raw reach reached read reading
    readonly ready reason reassign receive received recoverable recursion recursive redirect redirects redis reference refused regex region register registered registry regular
    reject rejected rejection relation relative released remote removed rename render repeated replica reply replied request requested requests required requires reset
    resolve resolved resource resources response responded responses restart result resume retried retries retry return returned reused revision revoked role rollback
    root route row rows run running runtime sample schema scope script search second secure seconds section segment select self self-signed send sending sent
    sequence serialize server service session set setting settings setter share shutdown signal signature signed size slot slow small snapshot socket sort source
    space spawn specified stack stage stale stalled standard start started state statement static status step stop stopped storage store stored stream strict
    string stub subprocess subscribe success support supported switch symbol synchronous syntax system tab table tag target task temporarily temporary tenant
    terminate terminated termination text thread threads threw throw thrown time timed timeout timeouts timer timestamp token tokens topic trace trailing
    transaction transform transport tree trigger truncated try tuple type types unable unauthorized unavailable unbalanced unclosed undefined unexpected unhandled uncaught
    unicode unique unit unknown unmatched unprocessable unreachable unreadable unrecognized unresolved unsafe unsigned unspecified unsupported unterminated
    unverified update updated upgrade upload upstream url user utf utf-8 uuid valid validate validation value values variable verification verify verified version violate
    violates violation visit void wait waited waiting warning websocket whitespace wire worker workers write writable writing wrong yield zero zone
    ms s sec kb gb kib mib
  `),
);

const RESOLVER_CODES = wordsOf(
  'ENOTFOUND ENODATA ESERVFAIL EREFUSED EFORMERR ETIMEOUT EBADNAME EBADQUERY EBADRESP ECANCELLED EDESTRUCTION EAI_AGAIN EAI_FAIL EAI_NODATA EAI_NONAME',
);
const SERVER_WORDS = wordsOf(
  'API BUSY BUSYGROUP CA CLUSTERDOWN CONNECT CPU CROSSSLOT CSS DELETE DNS EOF EXECABORT GET HEAD HTML HTTP HTTPS ID IO IP JSON LMTP LOADING LOOP MASTERDOWN MISCONF MOVED ' +
    'ASK NOAUTH NOPERM NOREPLICAS NOSCRIPT NaN OOM OK PATCH PID POST PUT READONLY REDIS SHA SIGABRT SIGHUP SIGINT SIGKILL SIGSEGV SIGTERM SMTP SQL SSL TCP TIMEOUT TLS TRYAGAIN TTL ' +
    'UDP UNKILLABLE URI URL UTF UUID VM WRONGTYPE XML ERR',
);
const ERRORS = wordsOf(
  'Error TypeError RangeError SyntaxError ReferenceError EvalError URIError AggregateError AbortError TimeoutError DOMException AssertionError SluiceError ReplyError ' +
    'SystemError ZodError DatabaseError MaxRetriesPerRequestError ConnectTimeoutError HeadersTimeoutError BodyTimeoutError SocketError RequestAbortedError JSONParseError',
);
const BUILT_INS = wordsOf(
  'Array ArrayBuffer BigInt Boolean Buffer Date Function JSON.parse JSON.stringify Map Object Promise Proxy Reflect RegExp Set String Symbol Uint8Array WebAssembly WebSocket',
);

/** Said as they are: error codes and names, verbs of protocols, names of our own tasks and pools. */
export const NAMES: ReadonlySet<string> = new Set([
  ...Object.keys(constants.errno),
  ...RESOLVER_CODES,
  ...SERVER_WORDS,
  ...ERRORS,
  ...BUILT_INS,
  ...Object.keys(tasks),
  ...POOLS,
]);

/** What follows one of these in its line is not said. */
export const SECRETS: ReadonlySet<string> = new Set(
  wordsOf(
    'apikey auth authorization bearer basic cookie credential credentials key keys otp passphrase passwd password pin pwd secret secrets session signature token tokens',
  ),
);

/** Where such a word is meant otherwise: the word before it. */
export const HARMLESS: Readonly<Record<string, readonly string[]>> = {
  token: ['unexpected'],
  key: ['duplicate', 'foreign', 'primary', 'a'],
};
