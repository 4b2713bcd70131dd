import { connect as connectPlain } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { plainOptions, tlsOptions } from './client.ts';
import type { ProtocolContext } from './client.ts';

/** Opens one socket to the target, with TLS when it has it. `onReady` comes when bytes may be sent. */
export function openSocket(context: ProtocolContext, alpn: readonly string[], onReady: () => void): Socket {
  if (!context.target.tls) return connectPlain({ ...plainOptions(context), noDelay: true }, onReady);
  const socket = connectTls({ ...plainOptions(context), ...tlsOptions(context), ALPNProtocols: [...alpn] }, onReady);
  socket.setNoDelay(true);
  return socket;
}
