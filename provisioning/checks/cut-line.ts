import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A line to a peer that can be cut as a cable can: it ends what is open and takes nothing new until it is mended. */
export class CutLine {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #isCut = true;

  private constructor(to: { host: string; port: number }) {
    this.#server = createServer((caller) => this.#join(caller, to));
  }

  /** A line that is cut, on a loopback port of its own. */
  static async lay(to: { host: string; port: number }): Promise<CutLine> {
    const line = new CutLine(to);
    await new Promise<void>((resolve) => line.#server.listen(0, '127.0.0.1', resolve));
    return line;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  mend(): void {
    this.#isCut = false;
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #join(caller: Socket, to: { host: string; port: number }): void {
    caller.on('error', () => caller.destroy());
    if (this.#isCut) return void caller.destroy();
    const callee = connect(to);
    for (const [one, other] of [
      [caller, callee],
      [callee, caller],
    ] as const) {
      this.#open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
