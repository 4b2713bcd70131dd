/** Istio versions as images, istiod and humans write them. */

const VARIANT = /-(distroless|debug)$/;
const VERSION = /^v?(\d+\.\d+(?:\.\d+)?(?:-[0-9A-Za-z.-]+)?)$/;

/**
 * Version from an image reference without its variant: '…/pilot:1.29.6-distroless' gives '1.29.6'. Null when the tag
 * names no version (digest only, 'latest', 'auto').
 */
export function imageVersion(image: string): string | null {
  const withoutDigest = image.split('@')[0] ?? '';
  const last = withoutDigest.slice(withoutDigest.lastIndexOf('/') + 1);
  const colon = last.indexOf(':');
  if (colon < 0) return null;
  return VERSION.exec(last.slice(colon + 1).replace(VARIANT, ''))?.[1] ?? null;
}

/**
 * Version from the text of istiod's /version, which is VERSION-GITREVISION-STATUS: '1.29.6-1.29.6-Clean' gives
 * '1.29.6', '1.31.0-rc.0-<sha>-Clean' gives '1.31.0-rc.0'. Null when it does not begin with a version.
 */
export function serverVersion(text: string): string | null {
  const parts = text.trim().split('-');
  if (!/^\d+\.\d+(\.\d+)?$/.test(parts[0] ?? '')) return null;
  if (parts.length < 3) return parts.join('-');
  const both = parts.slice(0, -1);
  const half = both.slice(0, both.length / 2).join('-');
  // In released builds the git revision is the version itself, hyphens included; else it is a hash without any.
  return both.join('-') === `${half}-${half}` ? half : both.slice(0, -1).join('-');
}

/** Order of two versions, pre-releases before their release: negative, 0 or positive. Texts without numbers come first. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parse(a), parse(b)];
  for (let index = 0; index < 3; index += 1) {
    const difference = (left.numbers[index] ?? 0) - (right.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (left.pre === right.pre) return 0;
  if (left.pre === '') return 1;
  if (right.pre === '') return -1;
  return compareNatural(left.pre, right.pre);
}

interface Parsed {
  readonly numbers: readonly number[];
  readonly pre: string;
}

function parse(version: string): Parsed {
  const match = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-(.+))?$/.exec(version);
  if (!match) return { numbers: [-1], pre: version };
  return { numbers: match.slice(1, 4).map((part) => Number(part ?? 0)), pre: match[4] ?? '' };
}

/** Text order in which runs of digits count as numbers: 1-9-0 before 1-29-6, rc.2 before rc.10. For revisions and names. */
export function compareNatural(a: string, b: string): number {
  const [left, right] = [chunks(a), chunks(b)];
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = compareChunk(left[index] ?? '', right[index] ?? '');
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function chunks(text: string): readonly string[] {
  return text.match(/\d+|\D+/g) ?? [];
}

function compareChunk(a: string, b: string): number {
  if (/^\d/.test(a) && /^\d/.test(b)) return Number(a) - Number(b);
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
