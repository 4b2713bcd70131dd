import { createHash } from 'node:crypto';
import { tar, type TarEntry } from './tar.ts';

/** An image to make. */
export interface ImageWish {
  /** Name with tag, for example 'testbed.local/pause:1'. Not `latest`: then the default would be to pull it always. */
  readonly name: string;
  readonly files: readonly TarEntry[];
  readonly entrypoint: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Number of the user that runs it. Default: root. */
  readonly user?: number;
  /** As Go names it. */
  readonly arch: string;
}

interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly bytes: Buffer;
}

const oci = (kind: string) => `application/vnd.oci.image.${kind}`;

function blob(mediaType: string, bytes: Buffer): Blob {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { mediaType, digest, size: bytes.length, bytes };
}

function document(mediaType: string, value: unknown): Blob {
  return blob(mediaType, Buffer.from(JSON.stringify(value)));
}

const reference = ({ mediaType, digest, size }: Blob) => ({ mediaType, digest, size });

/** An archive of one image with one layer, in the OCI image layout that `ctr images import` reads. The same wish gives the same bytes. */
export function ociArchive({ name, files, entrypoint, env = {}, user, arch }: ImageWish): Buffer {
  const layer = blob(oci('layer.v1.tar'), tar(files));
  const config = document(oci('config.v1+json'), {
    architecture: arch,
    os: 'linux',
    config: {
      Entrypoint: entrypoint,
      Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
      ...(user === undefined ? {} : { User: String(user) }),
    },
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  });
  const manifest = document(oci('manifest.v1+json'), {
    schemaVersion: 2,
    mediaType: oci('manifest.v1+json'),
    config: reference(config),
    layers: [reference(layer)],
  });
  const annotations = { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name };
  const index = { schemaVersion: 2, manifests: [{ ...reference(manifest), annotations }] };
  return tar([
    { name: 'oci-layout', data: Buffer.from(JSON.stringify({ imageLayoutVersion: '1.0.0' })), mode: 0o644 },
    { name: 'index.json', data: Buffer.from(JSON.stringify(index)), mode: 0o644 },
    ...[layer, config, manifest].map(({ digest, bytes }) => ({
      name: `blobs/sha256/${digest.slice('sha256:'.length)}`,
      data: bytes,
      mode: 0o644,
    })),
  ]);
}
