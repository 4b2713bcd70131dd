import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { buildChild } from './bundle.ts';
import { root } from './child.ts';

interface Told {
  readonly services: readonly {
    readonly name: string;
    readonly urls: readonly { readonly protocol: string; readonly url: string }[];
  }[];
}

/** Servers on loopback in a process of their own. */
export interface Served {
  /** For signals. */
  readonly pid: number;
  /** HTTP/1.1 URL of a Service. Throws Error when it has none. */
  readonly urlOf: (service: string) => string;
  /** Sends a line and waits for the line that answers it. */
  readonly command: (line: string) => Promise<string>;
  readonly stop: () => Promise<void>;
}

/** Starts bench/children/NAME.ts and waits until it has told its Services. Throws Error when it ends before that. */
export async function startServed(name: string): Promise<Served> {
  const child = spawn(process.execPath, [await buildChild(name)], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const lines = createInterface(child.stdout);
  const nextLine = () =>
    new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      child.once('error', reject);
      child.once('close', (code) => reject(new Error(`${name} ended with ${code}`)));
    });
  const { services } = JSON.parse(await nextLine()) as Told;
  return {
    pid: child.pid ?? 0,
    urlOf: (service) => {
      const urls = services.find((one) => one.name === service)?.urls ?? [];
      const found = urls.find(({ protocol }) => protocol === 'http1');
      if (!found) throw new Error(`${name} serves no ${service}`);
      return found.url;
    },
    command: (line) => {
      const answer = nextLine();
      child.stdin.write(`${line}\n`);
      return answer;
    },
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
}
