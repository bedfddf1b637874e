import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { CertificateFacts } from '@sluice/contracts';
import { canonicalAddress, isAddress } from './addresses.ts';
import { certificateFacts } from './certificate.ts';
import { messageOf } from './error-text.ts';
import { GuardError } from './errors.ts';
import type { CheckedAddress } from './resolve.ts';

/** An open connection. `certificate` is there exactly when TLS was asked for. The caller destroys the socket. */
export type Connection = { socket: Socket; address: string; port: number; certificate?: CertificateFacts };

/**
 * Opens TCP to exactly the address that was checked; no name is resolved again.
 * Throws GuardError `connection`, or the signal's reason when aborted.
 */
export async function openTcp(checked: CheckedAddress, signal: AbortSignal): Promise<Connection> {
  const socket = connectTcp({
    host: checked.address,
    port: checked.port,
    lookup: neverLookUp,
    autoSelectFamily: false,
  });
  // An error after the opening reaches the reader by the stream's end; without a listener it would end the process.
  socket.on('error', () => {});
  await opened(socket, { event: 'connect', code: 'connection', signal });
  if (canonicalAddress(socket.remoteAddress ?? '::') !== checked.address) {
    socket.destroy();
    throw new GuardError('connection', 'connected to another address than the checked one');
  }
  return { socket, address: checked.address, port: checked.port };
}

/**
 * As `openTcp`, then TLS with the host as server name. Unless `trusted`, a certificate that does not verify does not end the connection: it is a fact to
 * report, for callers that send nothing secret. Throws GuardError `connection` or `tls`, or the signal's reason when aborted.
 */
export async function openTls(
  checked: CheckedAddress,
  { trusted, signal }: { trusted: boolean; signal: AbortSignal },
): Promise<Connection> {
  const plain = await openTcp(checked, signal);
  const named = isAddress(checked.host) ? {} : { servername: checked.host };
  const socket = connectTls({
    socket: plain.socket,
    host: checked.host,
    ...named,
    rejectUnauthorized: trusted,
    ALPNProtocols: ['http/1.1'],
  });
  socket.on('error', () => {});
  try {
    await opened(socket, { event: 'secureConnect', code: 'tls', signal });
  } catch (error) {
    plain.socket.destroy();
    throw error;
  }
  return { ...plain, socket, certificate: certificateFacts(socket) };
}

async function opened(
  socket: Socket,
  how: { event: 'connect' | 'secureConnect'; code: 'connection' | 'tls'; signal: AbortSignal },
): Promise<void> {
  try {
    await once(socket, how.event, { signal: how.signal });
  } catch (error) {
    socket.destroy();
    how.signal.throwIfAborted();
    throw new GuardError(how.code, messageOf(error, 'no connection'), error);
  }
}

function neverLookUp(): never {
  throw new GuardError('connection', 'a checked address is never looked up again');
}
