/** A source of numbers in [0, 1); the same seed gives the same numbers. */
export type Random = () => number;

/** A small generator (xorshift on 32 bits with a multiplied output). Good enough for names and jitter, not for secrets. */
export function seededRandom(seed: number): Random {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (Math.imul(state, 0x2545f491) >>> 0) / 0x1_0000_0000;
  };
}

/** Kubernetes' alphabet of generated names: no vowels and no 0, 1, 3, so that no words and no look-alikes come out. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** A name suffix as Kubernetes generates it, for example 'x7k2p'. */
export function nameSuffix(random: Random, length = 5): string {
  let suffix = '';
  for (let i = 0; i < length; i++) suffix += alphabet[Math.floor(random() * alphabet.length)] ?? 'b';
  return suffix;
}

/** A version 4 UUID. */
export function uuid(random: Random): string {
  const word = () => Math.floor(random() * 0x1_0000_0000);
  const hex = [word(), word(), word(), word()].map((n) => n.toString(16).padStart(8, '0')).join('');
  const variant = (8 + (parseInt(hex[16] ?? '0', 16) & 3)).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
