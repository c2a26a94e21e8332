import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { Authority, type Identity } from '../certificates.ts';
import { freePort } from '../outside.ts';
import { isListening, type Running, startProgram } from './process.ts';

const shipped = join(import.meta.dirname, '..', '..', 'deploy', 'mosquitto');

/** A real mosquitto with the configuration that is shipped, and the authority of its clients. */
export class DeviceBroker {
  readonly port: number;
  readonly authority: Authority;
  readonly #config: string;
  #running: Running;

  private constructor(port: number, authority: Authority, config: string, running: Running) {
    this.port = port;
    this.authority = authority;
    this.#config = config;
    this.#running = running;
  }

  static async start(folder: string): Promise<DeviceBroker> {
    const authority = await Authority.make(folder, 'fleet-authority');
    const broker = await authority.issue('localhost');
    const port = await freePort();
    const config = place(folder, port, authority.certificateFile, broker);
    return new DeviceBroker(port, authority, config, await run(config, port));
  }

  /** One that believes another authority than a test’s own. */
  static async startFor(
    folder: string,
    caFile: string,
    broker: Identity,
  ): Promise<Running & { url: string }> {
    const port = await freePort();
    const running = await run(place(folder, port, caFile, broker), port);
    return { ...running, url: `mqtts://localhost:${port}` };
  }

  get url(): string {
    return `mqtts://localhost:${this.port}`;
  }

  /** Ends it at once, as a power cut does. */
  async kill(): Promise<void> {
    process.kill(this.#running.pid, 'SIGKILL');
    await this.#running.stop();
  }

  async restart(): Promise<void> {
    this.#running = await run(this.#config, this.port);
  }

  stop(): Promise<void> {
    return this.#running.stop();
  }

  output(): string {
    return this.#running.output();
  }
}

function run(config: string, port: number): Promise<Running> {
  return startProgram('mosquitto', ['-c', config], () => isListening(port));
}

/** The files as shipped; only port, folders and the user are the test's own. */
function place(folder: string, port: number, ca: string, broker: Identity): string {
  const [etc, state] = [join(folder, 'etc'), join(folder, 'state')];
  for (const each of [etc, state]) mkdirSync(each);
  copyFileSync(join(shipped, 'acl'), join(etc, 'acl'));
  copyFileSync(ca, join(etc, 'ca.pem'));
  copyFileSync(broker.certificateFile, join(etc, 'broker.pem'));
  copyFileSync(broker.keyFile, join(etc, 'broker.key'));
  chmodSync(join(etc, 'acl'), 0o600);
  const text = [
    ['listener 8883', `listener ${port} 127.0.0.1`],
    ['/etc/mosquitto/', `${etc}/`],
    ['/var/lib/mosquitto/', `${state}/`],
  ].reduce(replaceKnown, readFileSync(join(shipped, 'mosquitto.conf'), 'utf8'));
  const config = join(etc, 'mosquitto.conf');
  const user = process.getuid?.() === 0 ? 'user root\n' : '';
  writeFileSync(config, text + user);
  return config;
}

function replaceKnown(text: string, [from = '', to = '']: string[]): string {
  if (!text.includes(from)) throw new Error(`the shipped configuration has no ${from}`);
  return text.replaceAll(from, to);
}
