import { afterEach, describe, expect, it } from 'vitest';
import { readSchema, subschemas, understood, violations } from '../../test/json-schema.ts';
import { systemClock } from './clock.ts';
import type { ProbeReport } from './report.ts';
import { runProbe } from './run.ts';
import { probeSpec } from './spec.ts';
import type { ProbeInput } from './spec.ts';
import { parseTarget } from './target.ts';
import { closedPort, cutOff, http1Server, tcpServer, wsServer } from './testing/servers.ts';
import type { LoopbackServer } from './testing/servers.ts';

const schema = readSchema('probe-report');

let servers: LoopbackServer[] = [];

afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
});

async function portOf(opening: Promise<LoopbackServer>): Promise<number> {
  const server = await opening;
  servers.push(server);
  return server.port;
}

/** The document as it is written, of a probe of these URLs. */
async function document(urls: readonly string[], more: Omit<ProbeInput, 'targets'> = {}, signal?: AbortSignal) {
  const targets = urls.map((url) => parseTarget(url));
  const spec = probeSpec({ targets, durationMs: 200, ratePerSecond: 50, ...more });
  const report = await runProbe(spec, { clock: systemClock, wallClock: () => 0, ...(signal && { signal }) });
  return JSON.parse(JSON.stringify(report)) as ProbeReport;
}

/** Names of the fields that a schema allows and a document lacks. */
function unused(reports: readonly ProbeReport[]): string[] {
  const text = JSON.stringify(reports);
  const names = subschemas(schema).flatMap(({ properties = {} }) => Object.keys(properties));
  return [...new Set(names)].filter((name) => !text.includes(`"${name}":`));
}

describe('JSON Schema of ProbeReport', () => {
  it('describes what a probe reports, and nothing that none does', async () => {
    const overflow = 'upstream connect error or disconnect/reset before headers. reset reason: overflow';
    const wrong = await portOf(http1Server((_request, response) => response.writeHead(503).end(overflow)));
    const fine = await portOf(http1Server((_request, response) => response.end('fine')));
    const cut = await portOf(tcpServer((socket) => socket.on('data', () => cutOff(socket))));
    const leaving = await portOf(wsServer((socket) => socket.on('message', () => socket.close(1001))));
    const urls = [`http://127.0.0.1:${fine}/?q`, `http://127.0.0.1:${wrong}`, `tcp://127.0.0.1:${cut}`];
    const closed = `http://127.0.0.1:${await closedPort()}`;
    const held = { hold: 1, holdIntervalMs: 30, request: { headers: { 'x-team': 'mesh' } } };
    const reports = [
      await document([...urls, closed, `ws://127.0.0.1:${leaving}`], held),
      await document([`http://127.0.0.1:${fine}`]),
      await document([closed], { durationMs: Infinity, reallyHeavy: true }, AbortSignal.abort()),
    ];
    for (const report of reports) expect(violations(report, schema)).toEqual([]);
    expect(unused(reports)).toEqual([]);
  });

  it('refuses a field that it does not describe, a missing one and a wrong value', async () => {
    const report = await document([`http://127.0.0.1:${await closedPort()}`]);
    const { startedAt, ...rest } = report;
    expect(violations({ ...report, novelty: 1 }, schema)).toEqual(['$.novelty: not described']);
    expect(violations(rest, schema)).toEqual(['$: lacks startedAt']);
    expect(violations({ ...report, durationMs: startedAt }, schema)).toEqual([
      '$.durationMs: string instead of number',
    ]);
    const histogram = [[1, 2], [3]];
    const targets = report.targets.map((target) => ({ ...target, ok: -1, protocol: 'udp', histogram }));
    expect(violations({ ...report, targets }, schema)).toEqual([
      '$.targets[0].protocol: udp is not in the enum',
      '$.targets[0].ok: below the minimum',
      '$.targets[0].histogram[1]: 1 items',
    ]);
  });

  it('describes every field in words, closes every object, and uses nothing that this test does not check', () => {
    for (const one of subschemas(schema)) {
      expect(Object.keys(one).filter((key) => !understood.has(key))).toEqual([]);
      if (one.$ref === undefined) expect(one.description, JSON.stringify(one)).toBeTruthy();
      if (one.properties === undefined) continue;
      expect(one.additionalProperties).toBe(false);
      expect(Object.keys(one.properties)).toEqual(expect.arrayContaining([...(one.required ?? [])]));
    }
  });
});
