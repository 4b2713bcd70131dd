import { holdGrpc, holdH2 } from '../hold/h2.ts';
import { holdHttp1 } from '../hold/http1.ts';
import { holdTcp } from '../hold/tcp.ts';
import type { OpenHold } from '../held.ts';
import type { ProbeProtocol } from '../target.ts';
import type { ProbeClient, ProtocolContext } from './client.ts';
import { grpcClient } from './grpc.ts';
import { h2Client } from './h2.ts';
import { http1Client } from './http1.ts';
import { tcpClient } from './tcp.ts';

/** The two uses of a protocol: requests, and connections that are held. */
export interface ProtocolUse {
  readonly client: (context: ProtocolContext) => ProbeClient;
  readonly hold: OpenHold;
}

const loaders: Readonly<Record<ProbeProtocol, () => Promise<ProtocolUse>>> = {
  http1: () => Promise.resolve({ client: http1Client, hold: holdHttp1 }),
  h2: () => Promise.resolve({ client: h2Client, hold: holdH2 }),
  grpc: () => Promise.resolve({ client: grpcClient, hold: holdGrpc }),
  tcp: () => Promise.resolve({ client: tcpClient, hold: holdTcp }),
  // The only one with a package behind it; loaded when a target needs it.
  ws: async () => {
    const [client, hold] = await Promise.all([import('./ws.ts'), import('../hold/ws.ts')]);
    return { client: client.wsClient, hold: hold.holdWs };
  },
};

/** Loads what speaks the protocol. */
export function loadProtocol(protocol: ProbeProtocol): Promise<ProtocolUse> {
  return loaders[protocol]();
}
