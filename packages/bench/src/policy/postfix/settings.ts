import type { PostfixPackage } from './package.ts';

export interface PostfixSettings {
  folder: string;
  unpacked: PostfixPackage;
  /** A user of its own for its processes, and a group for its queue: both are there already. */
  owner: string;
  group: string;
  port: number;
  policyPort: number;
  lmtpPort: number;
}

/** The lines of the README first; then what keeps this Postfix to itself and to loopback. */
export function mainConfig({ folder, unpacked, owner, group, policyPort, lmtpPort }: PostfixSettings): string {
  return `
smtpd_recipient_restrictions = reject_unauth_destination, check_policy_service inet:127.0.0.1:${policyPort}
relay_domains = acme.example, small.example, elsewhere.example
relay_transport = lmtp:inet:[127.0.0.1]:${lmtpPort}
recipient_delimiter = +

compatibility_level = 3.6
queue_directory = ${folder}/spool
data_directory = ${folder}/data
command_directory = ${unpacked.commands}
daemon_directory = ${unpacked.daemons}
shlib_directory = ${unpacked.libraries}
meta_directory = ${unpacked.meta}
mail_owner = ${owner}
setgid_group = ${group}
maillog_file = ${folder}/log/mail.log
maillog_file_prefixes = ${folder}/log
import_environment = MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LANG=C LD_LIBRARY_PATH
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = postfix.test
mydestination =
mynetworks =
alias_maps =
alias_database =
local_recipient_maps =
local_transport = error:no local mail
default_transport = error:no mail to elsewhere
smtpd_peername_lookup = no
smtpd_relay_restrictions = reject_unauth_destination
smtpd_policy_service_timeout = 20s
smtpd_policy_service_retry_delay = 1s
smtpd_client_connection_count_limit = 0
smtpd_error_sleep_time = 0
smtpd_hard_error_limit = 1000
lmtp_destination_concurrency_limit = 8
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
`.trimStart();
}

/** Its processes: one listens, on loopback; the others are those that a relay needs. None is moved into a chroot. */
export function masterConfig({ port }: Pick<PostfixSettings, 'port'>): string {
  return `
127.0.0.1:${port} inet n - n - 20 smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`.trimStart();
}
