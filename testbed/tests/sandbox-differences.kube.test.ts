import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHttp, type HttpDoor } from '../../sandbox/http/server.ts';
import { seededRandom } from '../../sandbox/store/random.ts';
import { resources } from '../../sandbox/store/resources.ts';
import { Store } from '../../sandbox/store/store.ts';
import { type Server, tellAll, type Told } from '../compare/exchange.ts';
import { objectRows } from '../compare/objects.ts';
import { policyRows } from '../compare/policies.ts';
import { readingRows } from '../compare/reading.ts';
import { namespace, reasons, type Row } from '../compare/row.ts';
import { workloadRows } from '../compare/workloads.ts';
import { writingRows } from '../compare/writing.ts';
import { ownLayout } from '../src/environment.ts';
import { apiServer } from '../src/layout.ts';
import { testNamespace, type TestNamespace } from './cluster.ts';

const families = {
  objects: objectRows,
  patches: writingRows,
  reading: readingRows,
  workloads: workloadRows,
  'services and policies': policyRows,
};
const rows: readonly Row[] = Object.values(families).flat();

let place: TestNamespace;
let door: HttpDoor;
let real: ReadonlyMap<Row, Told>;
let sandbox: ReadonlyMap<Row, Told>;

beforeAll(async () => {
  place = await testNamespace(namespace);
  const store = new Store({ clock: () => Date.now(), random: seededRandom(1) });
  store.create(resources.namespaces, { metadata: { name: namespace } });
  door = await startHttp({ store });
  real = await answers({ url: apiServer, tls: await adminTls() });
  sandbox = await answers({ url: door.url });
});
afterAll(async () => {
  await door.close();
  await place.cleanup();
});

async function adminTls(): Promise<NonNullable<Server['tls']>> {
  const read = (name: string) => readFile(join(ownLayout().certificates, name), 'utf8');
  return { ca: await read('ca.crt'), cert: await read('admin.crt'), key: await read('admin.key') };
}

async function answers(server: Server): Promise<ReadonlyMap<Row, Told>> {
  const told = await tellAll(server, rows);
  return new Map(rows.map((row, index) => [row, told[index] ?? { status: 0, reason: '', message: '', body: '' }]));
}

describe.each(Object.entries(families))('the sandbox answers as a real API server does: %s', (_, family) => {
  test.each(family.map((row) => [row.says, row] as const))('%s', (_says, row) => {
    const [expected, actual] = [real.get(row), sandbox.get(row)];
    if (row.differs === undefined) return expect(actual).toEqual(expected);
    // Where this fails because they agree by now: take `differs` off the row.
    expect(actual, reasons[row.differs]).not.toEqual(expected);
    if (row.differs === 'words') expect([actual?.status, actual?.reason]).toEqual([expected?.status, expected?.reason]);
  });
});
