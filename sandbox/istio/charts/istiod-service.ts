import type { JsonObject } from '../../store/json.ts';
import type { Labels } from './labels.ts';

const ports: readonly JsonObject[] = [
  { name: 'grpc-xds', port: 15010, protocol: 'TCP' },
  { name: 'https-dns', port: 15012, protocol: 'TCP' },
  { name: 'https-webhook', port: 443, targetPort: 15017, protocol: 'TCP' },
  { name: 'http-monitoring', port: 15014, protocol: 'TCP' },
];

/** Spec of a Service in front of istiod. */
export function istiodServiceSpec(selector: Labels): JsonObject {
  return { ports, selector };
}
