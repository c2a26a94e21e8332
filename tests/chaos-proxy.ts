import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

interface Pair {
  client: Socket;
  server: Socket;
  /** Carries nothing any more and tells nobody. */
  dead: boolean;
  /** Bytes that still go to the client before the connection is cut. */
  left: number;
}

/**
 * A TCP proxy on a loopback port that misbehaves as networks do: it cuts connections in the middle of what they carry,
 * or swallows everything in silence, in both directions, with no end and no reset.
 */
export class ChaosProxy {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #swallows = false;
  #lifetime = () => Infinity;
  /** How many connections were cut. */
  cuts = 0;
  /** Bytes that went to clients. */
  carried = 0;

  private constructor(target: number) {
    this.#server = createServer((client) => this.#join(client, target));
  }

  /** A proxy in front of a loopback port. */
  static async start(target: number): Promise<ChaosProxy> {
    const proxy = new ChaosProxy(target);
    await new Promise<void>((resolve) => void proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
  }

  /** From now on nothing gets through, on old connections and on new ones. */
  swallow(): void {
    this.#swallows = true;
    for (const pair of this.#pairs) pair.dead = true;
  }

  /** Lets new connections through again. Those that were swallowed stay dead, as behind a cable that was pulled. */
  restore(): void {
    this.#swallows = false;
  }

  /** Cuts each connection that is open once it has carried so many more bytes to the client. Later ones are spared. */
  cutAfter(bytes: number): void {
    for (const pair of this.#pairs) pair.left = bytes;
  }

  /** Cuts each connection that is made from now on after so many bytes to the client. */
  cutEach(bytes: () => number): void {
    this.#lifetime = bytes;
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) this.#destroy(pair);
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket, target: number): void {
    const server = connect(target, '127.0.0.1');
    const pair = { client, server, dead: this.#swallows, left: this.#lifetime() };
    this.#pairs.add(pair);
    client.on('data', (bytes) => pair.dead || server.write(bytes));
    server.on('data', (bytes) => pair.dead || this.#carry(pair, bytes));
    for (const socket of [client, server]) {
      socket.on('error', () => undefined);
      socket.on('close', () => pair.dead || this.#destroy(pair));
    }
  }

  #carry(pair: Pair, bytes: Buffer): void {
    const part = bytes.subarray(0, pair.left);
    pair.left -= bytes.length;
    this.carried += part.length;
    if (pair.left > 0) {
      pair.client.write(part);
      return;
    }
    this.cuts += 1;
    pair.dead = true;
    pair.client.end(part, () => this.#destroy(pair));
  }

  #destroy(pair: Pair): void {
    this.#pairs.delete(pair);
    pair.client.destroy();
    pair.server.destroy();
  }
}
