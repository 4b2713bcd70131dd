/** Fingerprints of certificates: enough to compare trust roots, without keeping them. */
import { createHash } from 'node:crypto';

const prefix = 'sha256:';
const pem = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/;

/** SHA-256 (hex) of a text. */
export function sha256(value: string | Uint8Array): string {
  return createHash('sha256').update(value).digest('hex');
}

/** How a snapshot writes a fingerprint in the place of a certificate. */
export function writtenFingerprint(hash: string): string {
  return prefix + hash;
}

/** SHA-256 (hex) of the first certificate (its DER bytes) in PEM text; '' when there is none. Reads the form of snapshots too. */
export function certificateHash(value: string): string {
  if (/^sha256:[0-9a-f]{64}$/.test(value)) return value.slice(prefix.length);
  const body = pem.exec(value)?.[1];
  return body === undefined ? '' : sha256(Buffer.from(body, 'base64'));
}

/** The same of a webhook's `caBundle`: base64 of PEM. */
export function caBundleHash(value: string): string {
  return certificateHash(value.startsWith(prefix) ? value : Buffer.from(value, 'base64').toString('latin1'));
}
