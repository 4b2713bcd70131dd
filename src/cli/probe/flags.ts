/** `meshlift probe`: its flags. The command itself is loaded when it runs. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { duration, type Done } from '../flags.ts';
import type { CliIo } from '../io.ts';
import type { ProbeFlags } from './options.ts';

/** The command for commander. */
export function probeCommand(io: CliIo, done: Done): Command {
  return withResultFlags(withRequestFlags(withLoadFlags(new Command('probe'))))
    .description('Send requests on a fixed schedule and report honestly what failed, for how long, and how.')
    .argument('<url...>', 'targets: http, https, h2c, h2, grpc, grpcs, tcp, tls, ws or wss')
    .action(async (urls: string[], flags: ProbeFlags) => {
      const { probe } = await import('./command.ts');
      done(await probe(urls, flags, io));
    });
}

function withLoadFlags(command: Command): Command {
  return command
    .addOption(new Option('--rate <n>', 'requests a second to each target').argParser(aNumber).default(100))
    .addOption(new Option('--duration <duration>', 'how long to send').argParser(duration).default(60_000, '60s'))
    .option('--protocol <name>', 'http1, h2, grpc, tcp or ws instead of what the URL says')
    .addOption(
      new Option('--connections <n>', 'kept connections to each target; 0, only for tcp and ws: one for each message')
        .argParser(aNumber)
        .default(10),
    )
    .addOption(
      new Option('--hold <n>', 'long-lived connections held to each target besides').argParser(aNumber).default(0),
    )
    .addOption(new Option('--timeout <duration>', 'time for one request').argParser(duration).default(5000, '5s'))
    .option('--yes-really', 'allow more than 1,000 requests a second in all, or more than 1h');
}

function withRequestFlags(command: Command): Command {
  return command
    .addOption(new Option('--method <method>', 'HTTP method').choices(['GET', 'POST']).default('GET'))
    .addOption(
      new Option('--header <line>', "header 'Name: value'; may be repeated").argParser(collect).default([], 'none'),
    )
    .option('--host <name>', 'Host header or :authority')
    .option('--sni <name>', 'name to ask for and to verify in TLS')
    .option('--ca <file>', 'authorities to trust, PEM')
    .option('--cert <file>', 'client certificate, PEM')
    .option('--key <file>', 'key of the client certificate, PEM')
    .addOption(new Option('--expect-status <code>', 'HTTP status of a right answer').argParser(aStatus).default(200))
    .option('--body-contains <text>', 'text that the body of a right answer contains');
}

function withResultFlags(command: Command): Command {
  return command
    .addOption(new Option('--max-failed <n>', 'failures that are still a pass').argParser(aNumber).default(0))
    .option('--out <file>', 'write the report as JSON')
    .option('--html <file>', 'write the report as one HTML page')
    .addOption(new Option('-o, --output <format>', 'format of the answer').choices(['table', 'json']).default('table'));
}

function aNumber(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw new InvalidArgumentError('Give a number that is not below 0.');
  return value;
}

/** A final status: an informational one is never the answer. */
function aStatus(text: string): number {
  if (!/^[2-5]\d\d$/.test(text)) throw new InvalidArgumentError('Give a status from 200 to 599.');
  return Number(text);
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
